#include "common/log_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <system_error>

#include "common/io/descriptor.h"

namespace outpost {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// The log's own standard message.
constexpr int kLinesLost = 1;

bool is_recent(const std::optional<LogFiles::Time>& failure, LogFiles::Time now) {
  // A clock that was set back must not make the wait longer.
  return failure && now >= *failure && now < *failure + LogFiles::kRetry;
}

}  // namespace

Result<std::unique_ptr<LogFiles>> LogFiles::open(const Log::Options& options, Time now) {
  auto segments = LogSegments::open(options, now);
  if (!segments) return pass(segments);
  int segment = segments->make(now);
  if (segment < 0) return fail(segments->failure(errno));
  std::unique_ptr<LogFiles> files(new LogFiles(options));
  files->segments_ = *std::move(segments);
  files->use_segment(segment, now);
  return files;
}

std::unique_ptr<LogFiles> LogFiles::adopt(const Log::Options& options, int segment, std::function<void()> want_segment,
                                          Time now) {
  std::unique_ptr<LogFiles> files(new LogFiles(options));
  files->want_segment_ = std::move(want_segment);
  files->use_segment(segment, now);
  return files;
}

LogFiles::LogFiles(const Log::Options& options)
    : limits_{options.segment_bytes, options.segment_hours, options.keep_files}, bare_(options.bare) {}

LogFiles::~LogFiles() {
  flush(std::chrono::system_clock::now());
  close_segment();
}

void LogFiles::set_limits(const Limits& limits) {
  limits_ = limits;
  if (segments_) segments_->set_keep_files(limits.keep_files);
}

std::string_view LogFiles::stamp(Time time) {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  auto second = std::chrono::floor<std::chrono::seconds>(ms);
  if (second != stamp_second_ || stamp_.empty()) {
    stamp_ = local_stamp(time);
    stamp_second_ = second;
    return stamp_;
  }
  auto digits = static_cast<int>((ms - second).count());
  char* end = stamp_.data() + stamp_.size();
  end[-3] = static_cast<char>('0' + digits / 100);
  end[-2] = static_cast<char>('0' + digits / 10 % 10);
  end[-1] = static_cast<char>('0' + digits % 10);
  return stamp_;
}

void LogFiles::append(std::string_view lines, Time now) {
  if (is_recent(write_failed_at_, now)) return lose(1);
  if (is_due(lines.size(), now)) begin_segment(now);
  if (fd_ < 0) return lose(1);
  if (unreported_ > announced_ && !bare_) {
    fmt::format_to(std::back_inserter(buffer_), "{} Std {:05} {} log lines were lost: {}\n", stamp(now), kLinesLost,
                   unreported_ - announced_, failure_);
    announced_ = unreported_;
  }
  buffer_.append(lines);
  ++buffered_records_;
  ++segment_records_;
  if (buffer_.size() >= kBufferBytes) flush(now);
}

void LogFiles::note_loss(std::uint64_t lines, std::string_view why) {
  unreported_ += lines;
  failure_ = why;
}

void LogFiles::flush(Time now) {
  if (buffer_.empty()) return;
  // Somebody may have removed the file, or the whole directory. What another process makes is not there at once: it is
  // asked for, and meanwhile the removed file is as good as any.
  if (!see_segment() && !open_segment(now) && segments_) close_segment();
  if (fd_ >= 0 && write_all(fd_, buffer_)) {
    segment_size_ += buffer_.size();
    unreported_ -= announced_;
    write_failed_at_.reset();
  } else {
    if (fd_ >= 0) failure_ = std::generic_category().message(errno);
    // Half a record may have been written: the next one must begin on a line of its own.
    if (fd_ >= 0 && ::ftruncate(fd_, static_cast<off_t>(segment_size_)) != 0) close_segment();
    write_failed_at_ = now;
    lose(buffered_records_);
  }
  announced_ = 0;
  buffer_.clear();
  buffered_records_ = 0;
}

void LogFiles::begin_segment(Time now) {
  flush(now);
  open_segment(now);
}

void LogFiles::take_segment(int segment, Time now) {
  flush(now);
  use_segment(segment, now);
}

// On failure the old segment, if there is one, stays in use. A segment that somebody else makes comes later, by
// take_segment(): until then this is a failure, so that the wish is told again when nothing comes.
bool LogFiles::open_segment(Time now) {
  int segment = segments_ ? segments_->make(now) : -1;
  if (segment >= 0) {
    use_segment(segment, now);
    return true;
  }
  if (segments_) failure_ = std::generic_category().message(errno);
  if (!segments_ && !is_recent(open_failed_at_, now)) want_segment_();
  open_failed_at_ = now;
  return false;
}

void LogFiles::use_segment(int segment, Time now) {
  close_segment();
  fd_ = segment;
  segment_size_ = 0;
  see_segment();
  segment_records_ = buffered_records_;
  segment_opened_ = now;
  open_failed_at_.reset();
}

bool LogFiles::is_due(std::size_t bytes, Time now) const {
  if (is_recent(open_failed_at_, now)) return false;
  if (fd_ < 0) return true;
  if (limits_.segment_hours != 0 && now - segment_opened_ >= std::chrono::hours(limits_.segment_hours)) return true;
  // A segment holds at least one record, whatever its size.
  return limits_.segment_bytes != 0 && segment_records_ > 0 &&
         segment_size_ + buffer_.size() + bytes > limits_.segment_bytes;
}

// Whether the segment can still be found by its name. Takes its size as it is: others may have cut the file.
bool LogFiles::see_segment() {
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0 || info.st_nlink == 0) return false;
  segment_size_ = static_cast<std::uint64_t>(info.st_size);
  return true;
}

void LogFiles::close_segment() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void LogFiles::lose(std::uint64_t records) {
  unreported_ += records;
  lost_.fetch_add(records, std::memory_order_relaxed);
}

}  // namespace outpost
