// Files that outpostctl reads and writes. Errors are Errc::io and name the path. The path "-" is standard input or
// standard output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost::supervisor::ctl {

inline constexpr std::string_view kStandardStream = "-";
// The most that is kept of a standard input that cannot be read twice.
inline constexpr std::uint64_t kSpoolBytesMax = 16ULL * 1024 * 1024 * 1024;

// For a sentence: the path, or "standard input".
std::string shown_source(const std::string& path);

// Whoever has closed a standard stream: what is opened next would take its number, and the connection be read as a
// file, or get what is printed. Afterwards such a number is taken, by what cannot be used in its direction. To be
// called before anything is opened.
void fill_closed_streams();
// Refuses STDIN_FILENO or STDOUT_FILENO when it is closed, or open in the other direction only.
Result<> check_stream(int stream);

// A file opened for as long as this lives.
class File {
 public:
  // A regular file, for reading. Standard input is copied into a file without a name first (in TMPDIR, or /var/tmp),
  // unless it is a regular file itself and nothing was read of it: an import asks for its rows again, and wants to know
  // all of it before it begins. So what comes from a pipe is held to its end, and the same bytes are the same file.
  static Result<File> open_source(const std::string& path);
  // Created when absent, for adding at the end.
  static Result<File> open_journal(const std::string& path);
  // One that is not there yet, for append(). Its name outlives a power failure.
  static Result<File> create_new(const std::string& path);
  // Created when absent, for overwrite().
  static Result<File> open_position(const std::string& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  [[nodiscard]] int fd() const { return fd_; }
  // A text that changes when somebody writes to the file or replaces it in place.
  [[nodiscard]] Result<std::string> version() const;
  [[nodiscard]] Result<std::uint64_t> size() const;
  Result<> append(std::string_view bytes);
  // Puts `bytes` at the front, in one system call.
  Result<> overwrite(std::string_view bytes);
  Result<> truncate(std::uint64_t size);
  // What was appended outlives a power failure.
  Result<> sync();

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  static Result<File> open(const std::string& path, int flags);
  static Result<File> standard_input();

  int fd_;
  std::string path_;
};

// The whole of a file of at most `bytes_max`.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

// Writes to standard output, or into a file that takes its name only when it is complete.
class OutputFile {
 public:
  // An empty path means standard output, too. What is there and is not a regular file (a pipe, /dev/null) is written
  // directly.
  static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  // Removes what was not finished.
  ~OutputFile();

  Result<> write(std::string_view bytes);
  Result<> finish();

 private:
  OutputFile(int fd, std::string path, std::string part) : fd_(fd), path_(std::move(path)), part_(std::move(part)) {}

  int fd_;
  std::string path_;
  std::string part_;  // the name until then; empty when written directly
};

}  // namespace outpost::supervisor::ctl
