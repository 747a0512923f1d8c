// The files of one log: segments, their header, the stable link, rotation, and what happens when the disk fails.
// Used by the log's own thread only; time is an argument, so that a test need not wait. Source: ocs.md section 8.
//
// A disk that is full or a directory that vanished costs lines, never the program: what cannot be written is counted,
// the next try is made kRetry later, and the log then says how many lines are missing and why.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/log.h"

namespace outpost {

class LogFiles {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::seconds kRetry{5};

  struct Limits {  // 0: none
    std::uint64_t segment_bytes = 0;
    std::uint32_t segment_hours = 0;
    std::uint32_t keep_files = 0;
  };

  // Makes the directory and the first segment.
  static Result<std::unique_ptr<LogFiles>> open(const Log::Options& options, Time now);
  ~LogFiles();
  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  void set_limits(const Limits& limits) { limits_ = limits; }
  // "2026-01-02T03:04:05.678", local time; valid until the next call.
  std::string_view stamp(Time time);
  // One record: whole lines that stay together in a segment. Buffered until flush() or until the buffer is large.
  void append(std::string_view lines, Time now);
  // `lines` were lost before they came here: the next record is preceded by a line that says so.
  void note_loss(std::uint64_t lines, std::string_view why);
  void flush(Time now);
  void begin_segment(Time now);

  // Records that could not be written. Any thread.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::string link_path() const { return directory_ + '/' + options_.name + ".log"; }

 private:
  explicit LogFiles(const Log::Options& options, std::string directory, Time now);
  bool open_segment(Time now);
  int create_segment(Time now, std::string& name);
  [[nodiscard]] std::string header(const std::string& segment, Time now);
  void point_link_at(const std::string& segment) const;
  void remove_old_segments(const std::string& current) const;
  [[nodiscard]] bool is_due(std::size_t bytes, Time now) const;
  bool see_segment();
  void close_segment();
  void lose(std::uint64_t records);

  const Log::Options options_;
  const std::string directory_;  // absolute
  const Time started_;
  Limits limits_;

  int fd_ = -1;
  std::uint64_t segment_number_ = 0;
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
