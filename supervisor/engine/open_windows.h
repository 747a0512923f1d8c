// Which daily windows are open now, on the clocks of those who are called.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "supervisor/engine/catalogue.h"

namespace outpost::supervisor {

class OpenWindows {
 public:
  // The catalogue outlives this. `now` in epoch seconds.
  OpenWindows(const CatalogueIndex& catalogue, std::int64_t now) : catalogue_(catalogue), now_(now) {}

  // Of these those that are open, the one that closes first standing first.
  std::vector<DialWindow> among(const std::vector<DialWindow>& windows);

 private:
  std::int32_t second_of_day(std::int64_t tz_dbid);

  const CatalogueIndex& catalogue_;
  std::int64_t now_;
  std::unordered_map<std::int64_t, std::int32_t> second_of_day_;  // by time zone, now
};

}  // namespace outpost::supervisor
