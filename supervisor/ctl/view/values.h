// Single values as people read them. Times are local, ISO 8601; enumerations show their number and their name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::supervisor::ctl {

// "1 Ready"; a number without a name stands alone.
std::string show_enumeration(const protocol::Enumeration& enumeration, std::int64_t number);
// "2026-01-02T03:04:05+01:00"; "-" for 0.
std::string show_time(std::int64_t epoch_seconds);
// "08:00", seconds since midnight; with seconds where there are any.
std::string show_clock(std::int64_t seconds);
// "08:00..18:00", each as show_clock().
std::string show_window(std::int64_t from, std::int64_t till);
// A time that an object has under `key`, as show_time().
std::string time_of(const JsonValue& object, std::string_view key);
// A number of things that an object has under `key`: "1,234".
std::string count_of(const JsonValue& object, std::string_view key);

}  // namespace outpost::supervisor::ctl
