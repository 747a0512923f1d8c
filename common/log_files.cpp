#include "common/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "common/text.h"

namespace outpost {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::string_view kSuffix = ".log";
// Segments begun within one millisecond take the next free ones.
constexpr int kNameTries = 1000;
// The log's own standard message.
constexpr int kLinesLost = 1;

std::tm local_time(std::chrono::seconds second) {
  auto seconds = static_cast<std::time_t>(second.count());
  std::tm tm{};
  localtime_r(&seconds, &tm);
  return tm;
}

std::chrono::milliseconds since_epoch(LogFiles::Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
}

std::string text_of(const std::tm& tm, std::chrono::milliseconds time) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                     tm.tm_hour, tm.tm_min, tm.tm_sec, (time % std::chrono::seconds(1)).count());
}

std::string utc_text(LogFiles::Time time) {
  std::chrono::milliseconds ms = since_epoch(time);
  auto seconds = static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(ms).count());
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  return text_of(tm, ms);
}

std::string segment_name(const std::string& log, LogFiles::Time time) {
  std::chrono::milliseconds ms = since_epoch(time);
  std::tm tm = local_time(std::chrono::floor<std::chrono::seconds>(ms));
  return fmt::format("{}.{:04}{:02}{:02}_{:02}{:02}{:02}_{:03}{}", log, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                     tm.tm_hour, tm.tm_min, tm.tm_sec, (ms % std::chrono::seconds(1)).count(), kSuffix);
}

// Exactly the form above, so that "outpost" never takes a file of "outpost_HTTPPRX" or of a person for its own.
bool is_segment_name(std::string_view file, std::string_view log) {
  constexpr std::string_view kStamp = ".dddddddd_dddddd_ddd";
  if (file.size() != log.size() + kStamp.size() + kSuffix.size()) return false;
  if (!file.starts_with(log) || !file.ends_with(kSuffix)) return false;
  std::string_view stamp = file.substr(log.size(), kStamp.size());
  return std::equal(stamp.begin(), stamp.end(), kStamp.begin(),
                    [](char c, char form) { return form == 'd' ? c >= '0' && c <= '9' : c == form; });
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// True when the directory is there afterwards; errno tells why not.
bool make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    if (::mkdir(path.substr(0, slash).c_str(), 0750) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

bool is_recent(const std::optional<LogFiles::Time>& failure, LogFiles::Time now) {
  // A clock that was set back must not make the wait longer.
  return failure && now >= *failure && now < *failure + LogFiles::kRetry;
}

}  // namespace

Result<std::unique_ptr<LogFiles>> LogFiles::open(const Log::Options& options, Time now) {
  if (options.name.empty() || options.name.find('/') != std::string::npos) {
    return fail(Errc::invalid, "\"{}\" is no name for a log: it must be a file name without a slash", options.name);
  }
  std::error_code error;
  // The working directory may be another one by the time of the next segment.
  std::string directory = std::filesystem::absolute(options.directory, error).lexically_normal().string();
  if (error || options.directory.empty()) {
    return fail(Errc::invalid, "\"{}\" is no directory for logs: {}", options.directory,
                error ? error.message() : "it is empty");
  }
  if (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  if (!make_directories(directory)) {
    return fail_errno(errno, fmt::format("cannot make the log directory {}", directory));
  }
  std::unique_ptr<LogFiles> files(new LogFiles(options, std::move(directory), now));
  struct stat link {};
  if (::lstat(files->link_path().c_str(), &link) == 0 && !S_ISLNK(link.st_mode)) {
    return fail(Errc::exists, "{} is no link, and the log will not replace it: move it away", files->link_path());
  }
  tzset();
  if (!files->open_segment(now)) {
    return fail(Errc::io, "cannot begin a log file in {}: {}", files->directory_, files->failure_);
  }
  return files;
}

LogFiles::LogFiles(const Log::Options& options, std::string directory, Time now)
    : options_(options),
      directory_(std::move(directory)),
      started_(now),
      limits_{options.segment_bytes, options.segment_hours, options.keep_files},
      segment_opened_(now) {}

LogFiles::~LogFiles() {
  flush(std::chrono::system_clock::now());
  close_segment();
}

std::string_view LogFiles::stamp(Time time) {
  std::chrono::milliseconds ms = since_epoch(time);
  auto second = std::chrono::floor<std::chrono::seconds>(ms);
  if (second != stamp_second_ || stamp_.empty()) {
    stamp_ = text_of(local_time(second), ms);
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
  if (unreported_ > announced_) {
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
  // Somebody may have removed the file, or the whole directory.
  if (!see_segment() && !open_segment(now)) close_segment();
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

// On failure the old segment, if there is one, stays in use.
bool LogFiles::open_segment(Time now) {
  std::string name;
  int fd = create_segment(now, name);
  std::string head = fd >= 0 ? header(name, now) : std::string();
  if (fd < 0 || !write_all(fd, head)) {
    failure_ = std::generic_category().message(errno);
    if (fd >= 0) {
      ::unlink((directory_ + '/' + name).c_str());
      ::close(fd);
    }
    open_failed_at_ = now;
    return false;
  }
  close_segment();
  fd_ = fd;
  ++segment_number_;
  segment_size_ = head.size();
  segment_records_ = buffered_records_;
  segment_opened_ = now;
  open_failed_at_.reset();
  point_link_at(name);
  remove_old_segments(name);
  return true;
}

int LogFiles::create_segment(Time now, std::string& name) {
  for (int i = 0; i < kNameTries; ++i) {
    name = segment_name(options_.name, now + std::chrono::milliseconds(i));
    std::string path = directory_ + '/' + name;
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0 && errno == ENOENT && make_directories(directory_)) {
      fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
    }
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

std::string LogFiles::header(const std::string& segment, Time now) {
  std::string out;
  auto line = [&out](std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}: {}\n", key, escape_control(value));
  };
  line("Application name", options_.application_name);
  line("Application type", options_.application_type);
  line("Version", options_.version);
  line("Host name", options_.host_name);
  line("Time zone", fmt::format("{}, {}, {}", ::timezone, ::tzname[0], ::tzname[1]));
  line("Start time (UTC)", utc_text(started_));
  line("Local time", stamp(now));
  line("File", fmt::format("({}) {}", segment_number_ + 1, segment));
  out += '\n';
  return out;
}

// A new link is renamed over the old one: whoever follows it finds one segment or the other, never nothing.
void LogFiles::point_link_at(const std::string& segment) const {
  std::string link = link_path();
  struct stat info {};
  if (::lstat(link.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) return;
  std::string fresh = fmt::format("{}/.{}.link", directory_, options_.name);
  ::unlink(fresh.c_str());
  if (::symlink(segment.c_str(), fresh.c_str()) == 0 && ::rename(fresh.c_str(), link.c_str()) != 0) {
    ::unlink(fresh.c_str());
  }
}

void LogFiles::remove_old_segments(const std::string& current) const {
  if (limits_.keep_files == 0) return;
  std::vector<std::string> older;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::string file = it->path().filename().string();
    if (file != current && is_segment_name(file, options_.name)) older.push_back(std::move(file));
  }
  std::size_t keep = limits_.keep_files - 1;
  if (older.size() <= keep) return;
  std::sort(older.begin(), older.end());
  older.resize(older.size() - keep);
  for (const std::string& file : older) ::unlink((directory_ + '/' + file).c_str());
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
