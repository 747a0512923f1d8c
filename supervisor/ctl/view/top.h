// What a supervisor does right now: the difference of two of its states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"

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

// How long requests took between two samples, in milliseconds.
struct TopLatency {
  double mean_ms = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

// Of the supervisor, its proxy and its store, then the outcomes of requests, the most frequent first.
std::vector<TopRate> top_rates(const TopSample* before, const TopSample& now);
// Out of "requests"."duration": {"count", "sum_ms", "buckets": [{"le_ms": upper bound, "count": at most as long} ..]}.
// Nothing when the status has none, or nothing was answered in between.
std::optional<TopLatency> top_latency(const TopSample* before, const TopSample& now);

// `before` is nullptr for the first one. Lines for a terminal of any width: what matters most stands in front.
std::string show_top(const TopSample* before, const TopSample& now, const std::string& clock);
std::string top_json(const TopSample* before, const TopSample& now);

}  // namespace outpost::supervisor::ctl
