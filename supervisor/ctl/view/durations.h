// How long requests took, out of "requests"."duration" of the status: {"count", "sum_ms", "buckets": [{"le_ms": upper
// bound, "count": of those that took at most as long} ..]}. What took longer than the last bound is in "count" alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json.h"

namespace outpost::supervisor::ctl {

struct Durations {
  struct Bucket {
    double le_ms = 0;
    double count = 0;
  };
  double count = 0;
  double sum_ms = 0;
  std::vector<Bucket> buckets;
};

// All since the start; none when the status tells none.
Durations durations_of(const JsonValue& status);
// Those that `now` has and `before`, of the same process, had not.
Durations durations_since(const Durations& before, const Durations& now);

// The smallest bound that this share of the requests kept; infinity when they took longer than the last. Nothing when
// there were none. Between two bounds nothing is guessed.
std::optional<double> quantile_ms(const Durations& durations, double share);
// "p50 <= 0.5 ms, p99 > 30 s, mean 1.2 ms"; "p50 -, p99 -, mean -" when there were none.
std::string durations_text(const Durations& durations);

}  // namespace outpost::supervisor::ctl
