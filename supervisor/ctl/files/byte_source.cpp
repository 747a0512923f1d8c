#include "supervisor/ctl/files/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kTakenBytes = 256 * 1024;

}  // namespace

Result<> FileSource::read(std::string& out, std::size_t n) {
  auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(n, end_ - at_));
  if (wanted == 0) return {};
  std::size_t kept = out.size();
  out.resize(kept + wanted);
  ssize_t got;
  do got = pread(fd_, out.data() + kept, wanted, static_cast<off_t>(at_));
  while (got < 0 && errno == EINTR);
  int error = errno;
  out.resize(kept + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got < 0) return fail_errno(error, "cannot read the file");
  if (got == 0) return fail(Errc::io, "the file became shorter while it was read");
  at_ += static_cast<std::uint64_t>(got);
  return {};
}

Result<> TextSource::read(std::string& out, std::size_t n) {
  std::string_view piece = left_.substr(0, n);
  out += piece;
  left_.remove_prefix(piece.size());
  return {};
}

Result<> DecodedSource::read(std::string& out, std::size_t n) {
  std::size_t before = out.size();
  std::string bytes;
  while (out.size() == before && !ended_) {
    bytes.clear();
    if (auto read = encoded_->read(bytes, n); !read) return read;
    ended_ = bytes.empty();
    ended_ ? decoder_.finish(out) : decoder_.feed(bytes, out);
    std::size_t skipped = std::min<std::uint64_t>(skip_, out.size() - before);
    out.erase(before, skipped);
    skip_ -= skipped;
  }
  return {};
}

Result<Fingerprint> fingerprint(ByteSource& source) {
  std::uint64_t hash = kEmptyHash;
  std::uint64_t bytes = 0;
  for (std::string piece;;) {
    piece.clear();
    if (auto read = source.read(piece, kTakenBytes); !read) return pass(read);
    if (piece.empty()) return Fingerprint{fmt::format("csv-{}-{:016x}", bytes, hash), bytes};
    hash = hash_more(hash, piece);
    bytes += piece.size();
  }
}

std::uint64_t hash_more(std::uint64_t hash, std::string_view bytes) noexcept {
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace outpost::supervisor::ctl
