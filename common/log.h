// Log files that a person can follow and the format's known parser can read. Source: ocs.md section 8.
//
//   <directory>/<name>.<yyyymmdd_hhmmss_mmm>.log     the segments; <directory>/<name>.log links to the newest
//
// Lines are handed to a thread of their own over a bounded queue: a slow disk never stalls the caller. When the queue
// is full the oldest lines go, are counted, and the log says how many are missing. A line is in the file some
// milliseconds after it was written, together with others (log_queue.h).
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/io/journal.h"
#include "common/words.h"

namespace outpost {

class LogFiles;

enum class LogLevel : std::uint8_t { standard, interaction, trace, debug };
inline constexpr std::array<std::string_view, 4> kLogLevelWords{"standard", "interaction", "trace", "debug"};
constexpr std::span<const std::string_view> words_of(LogLevel) { return kLogLevelWords; }

// A standard message is known by its number, so that scripts can look for it; each program lists its own in one place.
struct LogMessage {
  std::uint32_t number;  // printed with five digits
  LogLevel level;
  Severity severity = Severity::info;  // in the journal, which gets what is echoed
};

class Log {
 public:
  struct Options {
    std::string directory;
    std::string name;  // "outpost" or "outpost_HTTPPRX"
    LogLevel level = LogLevel::interaction;
    std::uint64_t segment_bytes = 0;  // 0: no limit
    std::uint32_t segment_hours = 0;  // 0: no limit
    std::uint32_t keep_files = 0;     // 0: all; older segments of this name are removed
    bool bare = false;                // the files hold the lines of write_bare() and nothing else, not even a header
    bool echo_to_stderr = false;      // standard messages too, for a program in the foreground
    // For the file header:
    std::string application_name;
    std::string application_type;  // "OCServer (n)" as the parser expects
    std::string host_name;
    std::string version;
  };

  // Creates the directory (mode 0750) when it is absent. Must not be called before a fork that detaches: it starts a
  // thread.
  static Result<std::unique_ptr<Log>> open(Options options);
  // A log whose files another process makes: it writes into `segment`, an open file that is owned from now on. When the
  // segment is full, old or was removed, `want_segment` is called on the log's thread, and the log goes on in it until
  // take_segment() brings the next. Of `options` only level, limits, bare and echo count. Starts a thread too.
  static Result<std::unique_ptr<Log>> adopt(Options options, int segment, std::function<void()> want_segment);
  // Writes out what is queued.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] bool wants(LogLevel level) const noexcept;
  // "2026-01-02T03:04:05.678 Std 05060 text". Control bytes in the text are escaped, so that no input forges a line,
  // and a text over 16 KiB is cut with a mark. Any thread.
  template <class... Args>
  void write(LogMessage message, fmt::format_string<Args...> text, Args&&... args) {
    if (wants(message.level)) write_formatted(message, text, fmt::make_format_args(args...));
  }
  void write_line(LogMessage message, std::string_view text);
  // A stamped line without level and number, then lines that the caller has made safe (attribute lines, each starting
  // with a tab and ending with a line feed). Any thread.
  void write_block(LogLevel level, std::string_view first_line, std::string_view attribute_lines);

  // A line of a bare log, which the caller has made safe; without its line feed, and cut at 16 KiB. Any thread.
  void write_bare(std::string_view line);

  // Changes level and rotation limits at once.
  void reconfigure(LogLevel level, std::uint64_t segment_bytes, std::uint32_t segment_hours, std::uint32_t keep_files);
  // Closes the segment and begins a new one.
  void reopen();
  // The next segment of an adopted log, an open file that is owned from now on.
  void take_segment(int segment);
  [[nodiscard]] std::uint64_t lines_lost() const noexcept;
  // The stable link, for messages to people; empty for an adopted log.
  [[nodiscard]] std::string link_path() const;

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  void write_formatted(LogMessage message, fmt::string_view text, fmt::format_args args);
  static Result<std::unique_ptr<Log>> start(const Options& options, std::unique_ptr<LogFiles> files);
  std::unique_ptr<Impl> impl_;
};

}  // namespace outpost
