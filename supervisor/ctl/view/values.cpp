#include "supervisor/ctl/view/values.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

std::string show_enumeration(const protocol::Enumeration& enumeration, std::int64_t number) {
  std::string digits = std::to_string(number);
  if (number < 0 || number > INT32_MAX) return digits;
  std::string name = enumeration.name_of(static_cast<std::int32_t>(number));
  return name == digits ? digits : digits + " " + name;
}

std::string show_time(std::int64_t epoch_seconds) {
  if (epoch_seconds == 0) return "-";
  std::time_t time = epoch_seconds;
  std::tm local{};
  std::array<char, 40> text{};
  if (!localtime_r(&time, &local) || std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &local) == 0) {
    return std::to_string(epoch_seconds);
  }
  long minutes = local.tm_gmtoff / 60;
  long distance = minutes < 0 ? -minutes : minutes;
  return fmt::format("{}{}{:02}:{:02}", text.data(), minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

std::string show_clock(std::int64_t seconds) {
  std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds % 3600 / 60);
  return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

std::string show_window(std::int64_t from, std::int64_t till) { return show_clock(from) + ".." + show_clock(till); }

std::string time_of(const JsonValue& object, std::string_view key) { return show_time(integer_of(object, key)); }

std::string count_of(const JsonValue& object, std::string_view key) {
  return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer_of(object, key))));
}

}  // namespace outpost::supervisor::ctl
