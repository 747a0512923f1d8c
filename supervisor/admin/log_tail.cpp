#include "supervisor/admin/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace outpost::supervisor {

LogTail::Piece LogTail::read() {
  Piece piece;
  if (file_ || follow_link()) piece = read_on();
  if (piece.lines.empty() && follow_link()) piece = read_on();
  begun_ = true;
  return piece;
}

// False: it is the segment that is read already, or there is none.
bool LogTail::follow_link() {
  struct stat newest {};
  if (stat(path_.c_str(), &newest) != 0 || (file_ && newest.st_ino == inode_)) return false;
  Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file || fstat(file.get(), &newest) != 0 || !S_ISREG(newest.st_mode)) return false;
  file_ = std::move(file);
  inode_ = newest.st_ino;
  at_ = 0;
  return true;
}

LogTail::Piece LogTail::read_on() {
  struct stat now {};
  if (fstat(file_.get(), &now) != 0 || now.st_size <= at_) return {};
  Piece piece;
  auto most = static_cast<off_t>(kBytesMax);
  bool cut = now.st_size - at_ > most;
  if (cut) {
    if (begun_) piece.passed_over = static_cast<std::uint64_t>(now.st_size - most - at_);
    at_ = now.st_size - most;
  }
  piece.lines.resize(static_cast<std::size_t>(now.st_size - at_));
  ssize_t got = pread(file_.get(), piece.lines.data(), piece.lines.size(), at_);
  piece.lines.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  // The rest of a line comes with the next piece; one that fills a piece by itself is shown as it is.
  if (std::size_t end = piece.lines.rfind('\n'); end != std::string::npos)
    piece.lines.resize(end + 1);
  else if (piece.lines.size() < kBytesMax)
    piece.lines.clear();
  at_ += static_cast<off_t>(piece.lines.size());
  if (cut) piece.lines.erase(0, std::min(piece.lines.find('\n'), piece.lines.size() - 1) + 1);
  return piece;
}

}  // namespace outpost::supervisor
