// What ServiceApi shows of itself.
#include <algorithm>

#include "common/json.h"
#include "supervisor/metrics/exposition.h"
#include "supervisor/mobile/services/service_api.h"

namespace outpost::supervisor::mobile {

// Those that the configuration has: what it has no longer is nobody's any more.
std::vector<ServiceApi::ShownService> ServiceApi::shown_services(const NameCounts& live) const {
  std::vector<ShownService> shown;
  for (const auto& [name, section] : sections_) {
    auto counts = counts_.find(name);
    auto living = std::ranges::find(live, name, &NameCounts::value_type::first);
    shown.push_back(
        {name, counts == counts_.end() ? Counts() : counts->second, living == live.end() ? 0 : living->second});
  }
  return shown;
}

std::vector<ServiceApi::ShownGroup> ServiceApi::shown_groups(const std::vector<GroupCount>& groups) const {
  std::vector<ShownGroup> shown;
  for (const auto& [name, rules] : resources_.groups) {
    ShownGroup& group = shown.emplace_back();
    group.name = name;
    group.total = static_cast<std::int64_t>(rules.values.size());
    if (rules.strategy == AllocationStrategy::random) continue;
    std::string scope = booking_scope(rules, config_.node.node_id);
    auto counted = std::ranges::find_if(
        groups, [&](const GroupCount& one) { return one.group == group.name && one.scope == scope; });
    if (counted != groups.end()) group.booked = counted->booked;
  }
  return shown;
}

void ServiceApi::write_counters(JsonWriter& out, const NameCounts& live, const std::vector<GroupCount>& groups) const {
  out.key("services").begin_object();
  for (const ShownService& one : shown_services(live)) {
    out.key(one.name).begin_object().member("created", one.counts.created).member("failed", one.counts.failed);
    out.member("live", one.live).end_object();
  }
  out.end_object().key("resources").begin_object();
  for (const ShownGroup& one : shown_groups(groups)) {
    out.key(one.name).begin_object().member("total", one.total).member("booked", one.booked).end_object();
  }
  out.end_object();
}

void ServiceApi::write_metrics(MetricsWriter& out, const NameCounts& live,
                               const std::vector<GroupCount>& groups) const {
  auto shown = shown_services(live);
  MetricFamily& created =
      out.counter("outpost_mobile_services_created", "Requests for a service that it has answered with 200.");
  for (const ShownService& one : shown) created.add({{"service", one.name}}, one.counts.created);
  MetricFamily& failed =
      out.counter("outpost_mobile_services_failed", "Requests for a service that it could not serve.");
  for (const ShownService& one : shown) failed.add({{"service", one.name}}, one.counts.failed);
  MetricFamily& living = out.gauge("outpost_mobile_services", "Services that live, of all nodes, up to 100,000.");
  for (const ShownService& one : shown) living.add({{"service", one.name}}, one.live);
  auto groups_shown = shown_groups(groups);
  MetricFamily& total = out.gauge("outpost_mobile_resources", "Numbers of a group.");
  for (const ShownGroup& one : groups_shown) total.add({{"group", one.name}}, one.total);
  MetricFamily& booked = out.gauge("outpost_mobile_resources_booked", "Those that are booked now.");
  for (const ShownGroup& one : groups_shown) booked.add({{"group", one.name}}, one.booked);
}

}  // namespace outpost::supervisor::mobile
