#include "common/log_stamp.h"

#include <fmt/core.h>

#include <ctime>

namespace outpost {

namespace {

std::string stamp(LogTime time, tm* (*broken_down)(const std::time_t*, tm*)) {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  auto seconds = static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(ms).count());
  std::tm tm{};
  broken_down(&seconds, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                     tm.tm_hour, tm.tm_min, tm.tm_sec, (ms - std::chrono::seconds(seconds)).count());
}

}  // namespace

std::string local_stamp(LogTime time) { return stamp(time, localtime_r); }

std::string utc_stamp(LogTime time) { return stamp(time, gmtime_r); }

}  // namespace outpost
