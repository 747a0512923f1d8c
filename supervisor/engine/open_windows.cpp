#include "supervisor/engine/open_windows.h"

#include <algorithm>
#include <utility>

namespace outpost::supervisor {

std::vector<DialWindow> OpenWindows::among(const std::vector<DialWindow>& windows) {
  std::vector<std::pair<std::int32_t, DialWindow>> open;  // with the seconds that are left
  for (const DialWindow& window : windows) {
    std::int32_t second = second_of_day(window.tz_dbid);
    if (second >= window.daily_from && second < window.daily_till)
      open.emplace_back(window.daily_till - second, window);
  }
  std::ranges::stable_sort(open, {}, &std::pair<std::int32_t, DialWindow>::first);
  std::vector<DialWindow> sorted;
  sorted.reserve(open.size());
  for (const auto& [left, window] : open) sorted.push_back(window);
  return sorted;
}

// -1, which no window holds, for a zone that this machine does not know.
std::int32_t OpenWindows::second_of_day(std::int64_t tz_dbid) {
  auto [entry, fresh] = second_of_day_.emplace(tz_dbid, -1);
  const Zone* zone = fresh ? catalogue_.zone(tz_dbid) : nullptr;
  if (zone) entry->second = zone->at(now_).second_of_day;
  return entry->second;
}

}  // namespace outpost::supervisor
