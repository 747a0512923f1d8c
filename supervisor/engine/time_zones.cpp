#include "supervisor/engine/time_zones.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <optional>
#include <vector>

#include "common/excerpt.h"
#include "common/integers.h"
#include "common/text.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::supervisor {

namespace {

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t n) {
  int value = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<date::local_seconds> parse_local(std::string_view text) {
  constexpr std::string_view kForm = protocol::kDateTimeForm;
  if (text.size() != kForm.size() || text[2] != '/' || text[5] != '/' || text[10] != ' ' || text[13] != ':') return {};
  auto month = digits(text, 0, 2);
  auto day = digits(text, 3, 2);
  auto year = digits(text, 6, 4);
  auto hour = digits(text, 11, 2);
  auto minute = digits(text, 14, 2);
  if (!month || !day || !year || !hour || !minute || *hour > 23 || *minute > 59) return {};
  auto date = date::year(*year) / *month / *day;
  if (!date.ok()) return {};
  return date::local_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

// The tz library reads no rule behind the changes that the database lists. A later time is as the one, in a year that
// is listed, that lies as many days behind a first of March of the same weekday: rules are of the kind "second Sunday
// in March". Any eleven years have all seven.
constexpr date::year kLastListedYear(2037);

template <class TimePoint>
date::days days_to_listed(TimePoint time) {
  date::year year = date::year_month_day(date::floor<date::days>(time)).year();
  auto march = [](date::year of) { return date::sys_days(of / date::March / 1); };
  date::days shift(0);
  for (date::year listed = std::min(year, kLastListedYear); listed < year; --listed) {
    shift = march(listed) - march(year);
    if (shift % date::weeks(1) == date::days(0)) break;
  }
  return shift;
}

bool is_last(const date::sys_info& info) { return info.end > date::sys_days(date::year(9999) / date::December / 31); }

date::sys_info info_at(const date::time_zone& zone, date::sys_seconds time) {
  date::sys_info info = zone.get_info(time);
  return is_last(info) ? zone.get_info(time + days_to_listed(time)) : info;
}

date::local_info info_at(const date::time_zone& zone, date::local_seconds time) {
  date::local_info info = zone.get_info(time);
  return is_last(info.first) ? zone.get_info(time + days_to_listed(time)) : info;
}

// Los_Angeles of America/Los_Angeles.
std::string_view city_of(std::string_view name) { return name.substr(name.rfind('/') + 1); }

// The zone whose city this is, or one whose name is nearly this; not of a few letters, of which any is near any other.
std::string nearest_zone(std::string name) try {
  constexpr std::size_t kLettersMin = 5;
  std::ranges::replace(name, ' ', '_');
  std::vector<std::string_view> names;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    if (equal_ignoring_case(zone.name(), name) || equal_ignoring_case(city_of(zone.name()), name)) return zone.name();
    names.push_back(zone.name());
  }
  return name.size() < kLettersMin ? std::string() : std::string(nearest(name, names));
} catch (const std::exception&) {
  return {};  // there is no tz database at all
}

}  // namespace

Result<Zone> Zone::find(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // The library loads a zone's file at its first use and throws when it is damaged: here, where it is caught.
    static_cast<void>(zone->get_info(date::sys_seconds(std::chrono::seconds(0))));
    return Zone(zone);
  } catch (const std::exception&) {
    std::string near = nearest_zone(name);
    return fail(Errc::not_found, "the tz database of this machine has no zone \"{}\"{}", excerpt(name),
                near.empty() ? std::string() : fmt::format("; is \"{}\" meant?", near));
  }
}

Zone::Local Zone::at(std::int64_t epoch) const {
  date::sys_info info = info_at(*zone_, date::sys_seconds(std::chrono::seconds(epoch)));
  auto offset = static_cast<std::int32_t>(info.offset.count());
  std::int64_t second = (epoch + offset) % kDaySeconds;
  return {offset, static_cast<std::int32_t>(second < 0 ? second + kDaySeconds : second)};
}

std::string Zone::format(std::int64_t epoch) const {
  Local local = at(epoch);
  date::sys_seconds wall{std::chrono::seconds(epoch + local.offset_seconds)};
  date::year_month_day day(date::floor<date::days>(wall));
  return fmt::format("{:02}/{:02}/{:04} {:02}:{:02}", static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()), static_cast<int>(day.year()), local.second_of_day / 3600,
                     local.second_of_day / 60 % 60);
}

Result<std::int64_t> Zone::parse(std::string_view text) const {
  auto local = parse_local(text);
  if (!local)
    return fail(Errc::invalid,
                "must be a date and time that exist, as MM/DD/YYYY HH:MM, 24-hour, such as 12/31/2030 17:05");
  date::local_info info = info_at(*zone_, *local);
  if (info.result == date::local_info::nonexistent) {
    return fail(Errc::invalid, "must not be a local time that the change to daylight saving skips");
  }
  std::int64_t epoch = (local->time_since_epoch() - info.first.offset).count();
  if (epoch <= 0 || epoch > kEpochMax) {
    return fail(Errc::invalid, "must be a time after 1970-01-01 00:00 and before 9999-12-31 00:00 in UTC");
  }
  return epoch;
}

std::string utc_text(std::int64_t epoch) {
  std::time_t seconds = epoch;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts));
}

}  // namespace outpost::supervisor
