#include "supervisor/ctl/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "common/io/access.h"
#include "common/text.h"

namespace outpost::supervisor::ctl {

namespace {

Result<> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, fmt::format("cannot write to {}", path));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

// Bytes read at `offset`; 0 at the end.
Result<std::size_t> read_at(int fd, std::string& buffer, std::uint64_t offset, const std::string& path) {
  for (;;) {
    ssize_t n = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return fail_errno(errno, fmt::format("cannot read {}", path));
  }
}

// A file outlives a power failure when its folder knows it.
Result<> sync_folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return {};  // one in which files may be made, and which may not be read
  int failed = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  close(fd);
  return failed == 0 ? Result<>() : fail_errno(failed, fmt::format("cannot write to {}", folder));
}

std::string spool_folder() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen && *chosen != '\0' ? chosen : "/var/tmp";
}

// A file without a name, which nobody has to remove.
Result<int> open_nameless(const std::string& folder) {
  int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  // Not every file system can do without a name.
  std::string name = folder + "/outpostctl.XXXXXX";
  fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0)
    return fail_errno(errno, fmt::format("cannot copy standard input into {} (TMPDIR names another)", folder));
  unlink(name.c_str());
  return fd;
}

Result<> spool(int from, int to, const std::string& folder) {
  const std::string copy = fmt::format("the copy of standard input in {} (TMPDIR names another)", folder);
  std::uint64_t size = 0;
  for (std::string piece(1024 * 1024, '\0');;) {
    ssize_t n = ::read(from, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "cannot read standard input");
    if (n == 0) return {};
    size += static_cast<std::uint64_t>(n);
    if (size > kSpoolBytesMax) {
      return fail(Errc::io, "standard input has more than {}: save it in a file first", human_bytes(kSpoolBytesMax));
    }
    auto kept = write_all(to, std::string_view(piece).substr(0, static_cast<std::size_t>(n)), copy);
    if (!kept) return kept;
  }
}

}  // namespace

std::string shown_source(const std::string& path) { return path == kStandardStream ? "standard input" : path; }

void fill_closed_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest number that is free is this one's.
    ::open("/dev/null", (stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  }
}

Result<> check_stream(int stream) {
  bool input = stream == STDIN_FILENO;
  int flags = fcntl(stream, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) != (input ? O_WRONLY : O_RDONLY)) return {};
  return fail(Errc::io, "standard {} is closed, or not open for {}", input ? "input" : "output",
              input ? "reading" : "writing");
}

Result<File> File::standard_input() {
  if (auto usable = check_stream(STDIN_FILENO); !usable) return pass(usable);
  const std::string name = shown_source(std::string(kStandardStream));
  struct stat info {};
  bool whole = fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
  if (whole) {
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    return fd >= 0 ? Result<File>(File(fd, name)) : Result<File>(fail_errno(errno, "cannot read standard input"));
  }
  const std::string folder = spool_folder();
  auto fd = open_nameless(folder);
  if (!fd) return pass(fd);
  File file(*fd, name);
  if (auto kept = spool(STDIN_FILENO, *fd, folder); !kept) return pass(kept);
  return file;
}

Result<File> File::open(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno(errno, fmt::format("cannot open {}", path));
  return File(fd, path);
}

Result<File> File::open_source(const std::string& path) {
  if (path == kStandardStream) return standard_input();
  auto file = open(path, O_RDONLY | O_NONBLOCK);
  if (!file) return file;
  struct stat info {};
  if (fstat(file->fd(), &info) != 0) return fail_errno(errno, fmt::format("cannot look at {}", path));
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::io, "{} is not a regular file: save its content in one first, so that it can be read again",
                path);
  }
  return file;
}

Result<File> File::open_journal(const std::string& path) { return open(path, O_RDWR | O_CREAT | O_APPEND); }

Result<File> File::create_new(const std::string& path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd >= 0) {
    File file(fd, path);
    auto kept = sync_folder_of(path);
    if (kept) return file;
    ::unlink(path.c_str());  // in nobody's way who tries again
    return pass(kept);
  }
  if (errno == EEXIST) return fail(Errc::io, "{} is there already, and is not overwritten: name another file", path);
  return fail_access(errno, fmt::format("cannot create {}", path), path);
}

Result<File> File::open_position(const std::string& path) { return open(path, O_RDWR | O_CREAT); }

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

Result<std::string> File::version() const {
  struct stat info {};
  if (fstat(fd_, &info) != 0) return fail_errno(errno, fmt::format("cannot look at {}", path_));
  return fmt::format("{}-{}.{:09}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

Result<std::uint64_t> File::size() const {
  struct stat info {};
  if (fstat(fd_, &info) != 0) return fail_errno(errno, fmt::format("cannot look at {}", path_));
  return static_cast<std::uint64_t>(info.st_size);
}

Result<> File::append(std::string_view bytes) { return write_all(fd_, bytes, path_); }

Result<> File::overwrite(std::string_view bytes) {
  if (pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) return {};
  return fail_errno(errno, fmt::format("cannot write to {}", path_));
}

Result<> File::truncate(std::uint64_t size) {
  if (ftruncate(fd_, static_cast<off_t>(size)) == 0) return {};
  return fail_errno(errno, fmt::format("cannot shorten {}", path_));
}

Result<> File::sync() {
  if (fsync(fd_) == 0) return {};
  return fail_errno(errno, fmt::format("cannot write to {}", path_));
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  auto file = File::open_source(path);
  if (!file) return pass(file);
  const std::string name = shown_source(path);
  std::string text;
  for (std::string piece(64 * 1024, '\0'); text.size() <= bytes_max;) {
    auto n = read_at(file->fd(), piece, text.size(), name);
    if (!n) return pass(n);
    if (*n == 0) return text;
    text.append(piece, 0, *n);
  }
  return fail(Errc::io, "{} is larger than {}, the most that can be read", name, human_bytes(bytes_max));
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  if (path.empty() || path == kStandardStream) {
    if (auto usable = check_stream(STDOUT_FILENO); !usable) return pass(usable);
    return OutputFile(STDOUT_FILENO, "standard output", {});
  }
  struct stat info {};
  bool direct = stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  std::string part = direct ? std::string() : path + ".part";
  int fd = direct ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC)
                  : ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno(errno, fmt::format("cannot create {}", direct ? path : part));
  return OutputFile(fd, path, part);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), part_(std::exchange(other.part_, {})) {}

OutputFile::~OutputFile() {
  if (!part_.empty()) unlink(part_.c_str());
  if (fd_ >= 0 && fd_ != STDOUT_FILENO) close(fd_);
}

Result<> OutputFile::write(std::string_view bytes) { return write_all(fd_, bytes, path_); }

Result<> OutputFile::finish() {
  if (part_.empty()) return {};
  if (fsync(fd_) != 0) return fail_errno(errno, fmt::format("cannot write to {}", part_));
  if (rename(part_.c_str(), path_.c_str()) != 0) return fail_errno(errno, fmt::format("cannot create {}", path_));
  part_.clear();
  return {};
}

}  // namespace outpost::supervisor::ctl
