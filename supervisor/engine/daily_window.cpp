#include "supervisor/engine/daily_window.h"

#include <fmt/core.h>

namespace outpost::supervisor {

namespace {

// A window that ends this early in the night is nobody's; what the number would be in another unit says which.
constexpr std::int32_t kHoursMax = 24;
constexpr std::int32_t kMinutesMax = 24 * 60;
constexpr std::int32_t kHourMinuteMax = 2400;
constexpr std::int64_t kSaidAgainSeconds = 3600;

}  // namespace

std::string window_doubt(std::int32_t from, std::int32_t till) {
  const char* unit = nullptr;
  if (till <= kHoursMax || (from > 0 && from <= kHoursMax)) {
    unit = "hours";
  } else if (till <= kMinutesMax) {
    unit = "minutes";
  } else if (till <= kHourMinuteMax) {
    unit = "hours and minutes";
  }
  if (!unit) return {};
  return fmt::format("probably {}, but both ends are seconds since midnight: 28800 is 8:00, 64800 is 18:00", unit);
}

bool WindowWatch::is_due(const std::string& list, std::int64_t now) {
  std::erase_if(said_at_, [now](const auto& said) { return now - said.second >= kSaidAgainSeconds; });
  if (said_at_.size() == kListsMax) return false;
  return said_at_.emplace(list, now).second;
}

}  // namespace outpost::supervisor
