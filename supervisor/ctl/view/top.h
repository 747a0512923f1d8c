// What a supervisor does right now: the difference of two of its states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "supervisor/ctl/view/durations.h"

namespace outpost::supervisor::ctl {

struct TopSample {
  JsonValue status;
  JsonValue sessions;  // null: it tells none, as a backup
  double at_s = 0;     // of any clock that is not set
};

// A counter of the status, and how it rises.
struct TopRate {
  std::string name;
  std::int64_t total = 0;
  std::optional<double> per_s;  // nothing before there are two samples of one process
};

// Of the supervisor, its proxy and its store, then the outcomes of requests, the most frequent first.
std::vector<TopRate> top_rates(const TopSample* before, const TopSample& now);
// Of the requests that were answered between two samples of one process; else none.
Durations top_durations(const TopSample* before, const TopSample& now);

// `before` is nullptr for the first one. Lines for a terminal of any width: what matters most stands in front.
std::string show_top(const TopSample* before, const TopSample& now, const std::string& clock);
// Of the latency the JSON has {"mean", "p50_le", "p99_le"} in milliseconds: bounds, null beyond the last of them.
std::string top_json(const TopSample* before, const TopSample& now);

}  // namespace outpost::supervisor::ctl
