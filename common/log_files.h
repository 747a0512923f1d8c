// What writes the lines of one log into its segments: when the next one is due, and what happens when the disk fails.
// The segments are made here (log_segments.h) or come from another process, which is asked for them.
// Used by the log's own thread only; time is an argument, so that a test need not wait. Source: ocs.md section 8.
//
// A disk that is full or a directory that vanished costs lines, never the program: what cannot be written is counted,
// the next try is made kRetry later, and the log then says how many lines are missing and why.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/log.h"
#include "common/log_segments.h"
#include "common/log_stamp.h"

namespace outpost {

class LogFiles {
 public:
  using Time = LogTime;
  static constexpr std::chrono::seconds kRetry{5};

  struct Limits {  // 0: none
    std::uint64_t segment_bytes = 0;
    std::uint32_t segment_hours = 0;
    std::uint32_t keep_files = 0;
  };

  // Makes the directory and the first segment.
  static Result<std::unique_ptr<LogFiles>> open(const Log::Options& options, Time now);
  // Writes into `segment`, an open file that is owned from now on. `want_segment` is called when the next one is due,
  // again each kRetry, until take_segment() brings it.
  static std::unique_ptr<LogFiles> adopt(const Log::Options& options, int segment, std::function<void()> want_segment,
                                         Time now);
  ~LogFiles();
  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  void set_limits(const Limits& limits);
  // "2026-01-02T03:04:05.678", local time; valid until the next call.
  std::string_view stamp(Time time);
  // One record: whole lines that stay together in a segment. Buffered until flush() or until the buffer is large.
  void append(std::string_view lines, Time now);
  // `lines` were lost before they came here: the next record is preceded by a line that says so.
  void note_loss(std::uint64_t lines, std::string_view why);
  void flush(Time now);
  void begin_segment(Time now);
  // Goes on in `segment`, an open file that is owned from now on.
  void take_segment(int segment, Time now);

  // Records that could not be written. Any thread.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::string link_path() const { return segments_ ? segments_->link_path() : std::string(); }

 private:
  explicit LogFiles(const Log::Options& options);
  bool open_segment(Time now);
  void use_segment(int segment, Time now);
  [[nodiscard]] bool is_due(std::size_t bytes, Time now) const;
  bool see_segment();
  void close_segment();
  void lose(std::uint64_t records);

  std::optional<LogSegments> segments_;  // absent: they come from elsewhere
  std::function<void()> want_segment_;
  Limits limits_;
  const bool bare_;  // no line tells of those that were lost

  int fd_ = -1;
  std::uint64_t segment_size_ = 0;     // bytes in the file before the buffer, all of them whole records
  std::uint64_t segment_records_ = 0;  // buffered ones included
  Time segment_opened_;

  std::string buffer_;
  std::uint64_t buffered_records_ = 0;

  std::optional<Time> open_failed_at_;
  std::optional<Time> write_failed_at_;
  std::string failure_;           // why records were lost last
  std::uint64_t unreported_ = 0;  // lost records that no line in a file tells of yet
  std::uint64_t announced_ = 0;   // those of them that a line in the buffer tells of
  std::atomic<std::uint64_t> lost_{0};

  std::chrono::seconds stamp_second_{-1};
  std::string stamp_;
};

}  // namespace outpost
