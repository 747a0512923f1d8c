#include "common/log_segments.h"

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

#include "common/io/access.h"
#include "common/io/descriptor.h"
#include "common/text.h"

namespace outpost {

namespace {

constexpr std::string_view kSuffix = ".log";
// Segments begun within one millisecond take the next free ones.
constexpr int kNameTries = 1000;

// "outpost.20260102_030405_678.log"
std::string segment_name(const std::string& log, LogTime time) {
  std::string stamp = local_stamp(time);
  std::string digits;
  for (char c : stamp) {
    if (c != '-' && c != ':') digits += c == 'T' || c == '.' ? '_' : c;
  }
  return fmt::format("{}.{}{}", log, digits, kSuffix);
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

// True when the directory is there afterwards; errno tells why not.
bool make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    if (::mkdir(path.substr(0, slash).c_str(), 0750) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

}  // namespace

Result<LogSegments> LogSegments::open(const Log::Options& options, LogTime now) {
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
    return fail_access(errno, fmt::format("cannot make the log directory {}", directory), directory);
  }
  LogSegments segments(options, std::move(directory), now);
  struct stat link {};
  if (::lstat(segments.link_path().c_str(), &link) == 0 && !S_ISLNK(link.st_mode)) {
    return fail(Errc::exists, "{} is no link, and the log will not replace it: move it away", segments.link_path());
  }
  tzset();
  return segments;
}

LogSegments::LogSegments(const Log::Options& options, std::string directory, LogTime now)
    : options_(options), directory_(std::move(directory)), started_(now), keep_files_(options.keep_files) {}

int LogSegments::make(LogTime now) {
  std::string name;
  int fd = create(now, name);
  if (fd < 0) return -1;
  if (!options_.bare && !write_all(fd, header(name, now))) {
    int reason = errno;
    ::unlink((directory_ + '/' + name).c_str());
    ::close(fd);
    errno = reason;
    return -1;
  }
  ++made_;
  point_link_at(name);
  remove_old(name);
  return fd;
}

Error LogSegments::failure(int errno_value) const {
  return fail_access(errno_value, fmt::format("cannot begin a log file in {}", directory_), directory_).value();
}

int LogSegments::create(LogTime now, std::string& name) const {
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

std::string LogSegments::header(const std::string& segment, LogTime now) const {
  std::string out;
  auto line = [&out](std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}: {}\n", key, escape_control(value));
  };
  line("Application name", options_.application_name);
  line("Application type", options_.application_type);
  line("Version", options_.version);
  line("Host name", options_.host_name);
  line("Time zone", fmt::format("{}, {}, {}", ::timezone, ::tzname[0], ::tzname[1]));
  line("Start time (UTC)", utc_stamp(started_));
  line("Local time", local_stamp(now));
  line("File", fmt::format("({}) {}", made_ + 1, segment));
  out += '\n';
  return out;
}

// A new link is renamed over the old one: whoever follows it finds one segment or the other, never nothing.
void LogSegments::point_link_at(const std::string& segment) const {
  std::string link = link_path();
  struct stat info {};
  if (::lstat(link.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) return;
  std::string fresh = fmt::format("{}/.{}.link", directory_, options_.name);
  ::unlink(fresh.c_str());
  if (::symlink(segment.c_str(), fresh.c_str()) == 0 && ::rename(fresh.c_str(), link.c_str()) != 0) {
    ::unlink(fresh.c_str());
  }
}

void LogSegments::remove_old(const std::string& current) const {
  if (keep_files_ == 0) return;
  std::vector<std::string> older;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::string file = it->path().filename().string();
    if (file != current && is_segment_name(file, options_.name)) older.push_back(std::move(file));
  }
  std::size_t keep = keep_files_ - 1;
  if (older.size() <= keep) return;
  std::sort(older.begin(), older.end());
  older.resize(older.size() - keep);
  for (const std::string& file : older) ::unlink((directory_ + '/' + file).c_str());
}

}  // namespace outpost
