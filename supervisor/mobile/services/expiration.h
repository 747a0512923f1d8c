// The text of _expiration_time. Pure. Source: gms.md 1.4, 7.4.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace outpost::supervisor::mobile {

// Whole seconds that are left, none when the time is over. With `date_format` (server.dateFormat, of which the
// configuration is checked) the time at which it ends instead, in UTC. What counts as one field is a run of one letter:
//
//   y  year, of two digits when there are two     H  hour, 0 to 23     S  millisecond
//   M  month; MMM its first letters, MMMM name    m  minute            Z  +0000
//   d  day of the month                           s  second            z  UTC      X  Z
//
// Numbers have as many digits as there are letters at least. Text stands between apostrophes, and two of these are one.
std::string expiration_text(std::chrono::milliseconds left, std::string_view date_format,
                            std::chrono::system_clock::time_point now);

}  // namespace outpost::supervisor::mobile
