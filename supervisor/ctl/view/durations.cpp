#include "supervisor/ctl/view/durations.h"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <string_view>

#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

std::string bound_text(double ms) {
  constexpr double kMsPerSecond = 1'000;
  return ms < kMsPerSecond ? fmt::format("{:g} ms", ms) : fmt::format("{:g} s", ms / kMsPerSecond);
}

std::string quantile_text(const Durations& durations, double share) {
  auto bound = quantile_ms(durations, share);
  if (!bound) return "-";
  if (!std::isinf(*bound)) return "<= " + bound_text(*bound);
  return "> " + bound_text(durations.buckets.empty() ? 0 : durations.buckets.back().le_ms);
}

}  // namespace

Durations durations_of(const JsonValue& status) {
  const JsonValue* requests = status.find("requests");
  const JsonValue* told = requests ? requests->find("duration") : nullptr;
  if (!told) return {};
  Durations durations{number_of(*told, "count"), number_of(*told, "sum_ms"), {}};
  for (const JsonValue& bucket : array_of(*told, "buckets")) {
    durations.buckets.push_back({number_of(bucket, "le_ms"), number_of(bucket, "count")});
  }
  return durations;
}

Durations durations_since(const Durations& before, const Durations& now) {
  Durations since{now.count - before.count, now.sum_ms - before.sum_ms, now.buckets};
  for (std::size_t i = 0; i < since.buckets.size() && i < before.buckets.size(); ++i) {
    since.buckets[i].count -= before.buckets[i].count;
  }
  return since;
}

std::optional<double> quantile_ms(const Durations& durations, double share) {
  if (durations.count <= 0) return std::nullopt;
  for (const Durations::Bucket& bucket : durations.buckets) {
    if (bucket.count > 0 && bucket.count >= share * durations.count) return bucket.le_ms;
  }
  return std::numeric_limits<double>::infinity();
}

std::string durations_text(const Durations& durations) {
  std::string mean = durations.count > 0 ? fmt::format("{:.1f} ms", durations.sum_ms / durations.count) : "-";
  return fmt::format("p50 {}, p99 {}, mean {}", quantile_text(durations, 0.5), quantile_text(durations, 0.99), mean);
}

}  // namespace outpost::supervisor::ctl
