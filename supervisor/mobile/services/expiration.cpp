#include "supervisor/mobile/services/expiration.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/text.h"

namespace outpost::supervisor::mobile {

namespace {

using std::chrono::milliseconds;

constexpr char kApostrophe = '\'';
constexpr std::array<std::string_view, 12> kMonthNames{"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};

struct UtcMoment {
  std::int64_t year = 0;
  std::size_t month = 0;  // from 1
  std::int64_t day = 0;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t millisecond = 0;
};

UtcMoment moment_of(std::chrono::system_clock::time_point at) {
  auto whole = std::chrono::floor<milliseconds>(at);
  auto day = std::chrono::floor<std::chrono::days>(whole);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss time(whole - day);
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = time.hours().count(),
          .minute = time.minutes().count(),
          .second = time.seconds().count(),
          .millisecond = time.subseconds().count()};
}

std::string padded(std::int64_t number, std::size_t letters) { return fmt::format("{:0{}}", number, letters); }

std::string month_text(std::size_t month, std::size_t letters) {
  constexpr std::size_t kShort = 3;
  if (letters < kShort) return padded(static_cast<std::int64_t>(month), letters);
  std::string_view name = kMonthNames[month - 1];
  return std::string(letters == kShort ? name.substr(0, kShort) : name);
}

std::string field_text(char letter, std::size_t letters, const UtcMoment& moment) {
  constexpr std::size_t kLongZone = 4;
  switch (letter) {
    case 'y': return padded(letters == 2 ? moment.year % 100 : moment.year, letters);
    case 'M': return month_text(moment.month, letters);
    case 'd': return padded(moment.day, letters);
    case 'H': return padded(moment.hour, letters);
    case 'm': return padded(moment.minute, letters);
    case 's': return padded(moment.second, letters);
    case 'S': return padded(moment.millisecond, letters);
    case 'Z': return "+0000";
    case 'z': return letters < kLongZone ? "UTC" : "Coordinated Universal Time";
    case 'X': return "Z";
    default: return std::string(letters, letter);
  }
}

// Appends what stands between apostrophes, of which `pattern` begins with the first; gives what follows it.
std::string_view append_quoted(std::string& out, std::string_view pattern) {
  pattern.remove_prefix(1);
  if (pattern.starts_with(kApostrophe)) {
    out += kApostrophe;
    return pattern.substr(1);
  }
  for (;;) {
    std::size_t end = std::min(pattern.find(kApostrophe), pattern.size());
    out += pattern.substr(0, end);
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
    if (!pattern.starts_with(kApostrophe)) return pattern;
    out += kApostrophe;
    pattern.remove_prefix(1);
  }
}

std::string date_text(std::string_view pattern, const UtcMoment& moment) {
  std::string out;
  while (!pattern.empty()) {
    if (pattern.front() == kApostrophe) {
      pattern = append_quoted(out, pattern);
      continue;
    }
    std::size_t run = std::min(pattern.find_first_not_of(pattern.front()), pattern.size());
    out += field_text(pattern.front(), run, moment);
    pattern.remove_prefix(run);
  }
  return out;
}

}  // namespace

std::string expiration_text(milliseconds left, std::string_view date_format,
                            std::chrono::system_clock::time_point now) {
  left = std::max(left, milliseconds(0));
  if (date_format.empty()) return std::to_string(std::chrono::floor<std::chrono::seconds>(left).count());
  return date_text(date_format, moment_of(now + left));
}

}  // namespace outpost::supervisor::mobile
