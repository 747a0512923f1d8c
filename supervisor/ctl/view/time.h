// Times as people type them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outpost::supervisor::ctl {

// Epoch seconds of one of: a decimal number (epoch seconds), "now", "YYYY-MM-DD", "YYYY-MM-DDTHH:MM" with ":SS" or not;
// from 1970 to kEpochMax, as over HTTP. With "Z" or an offset such as "+02:00" at the end it is that zone's
// time, otherwise that of the shell (TZ). A date alone is its first second. Nothing for anything else.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now);

}  // namespace outpost::supervisor::ctl
