#include "supervisor/ctl/view/top.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

constexpr std::size_t kSessionsShown = 10;

// Where a counter of the status is, and its name here.
struct Counter {
  const char* part;
  const char* key;
  const char* name;
};
constexpr Counter kCounters[] = {
    {"requests", "received", "requests received"},
    {"requests", "refused", "requests refused"},
    {"proxy", "responses_2xx", "responses 2xx"},
    {"proxy", "responses_4xx", "responses 4xx"},
    {"proxy", "responses_5xx", "responses 5xx"},
    {"proxy", "connections_total", "connections opened"},
    {"proxy", "rate_limited", "requests limited"},
    {"store", "works", "store works"},
    {"store", "syncs", "store syncs"},
};

const JsonValue& part_of(const JsonValue& status, std::string_view name) {
  static const JsonValue kNone;
  const JsonValue* part = status.find(name);
  return part ? *part : kNone;
}

// Counters of another process, or of another proxy, are no beginning.
bool goes_on(const JsonValue& before, const JsonValue& now, std::string_view part) {
  if (integer_of(before, "pid") != integer_of(now, "pid")) return false;
  return part != "proxy" || integer_of(part_of(before, part), "pid") == integer_of(part_of(now, part), "pid");
}

std::optional<double> rate_of(std::int64_t before, std::int64_t now, double seconds) {
  if (seconds <= 0 || now < before) return std::nullopt;
  return static_cast<double>(now - before) / seconds;
}

std::vector<TopRate> outcome_rates(const TopSample* before, const TopSample& now, double seconds) {
  std::vector<TopRate> rates;
  const JsonValue& requests = part_of(now.status, "requests");
  bool comparable = before && goes_on(before->status, now.status, "requests");
  for (const auto& [name, value] : object_of(requests, "by_outcome")) {
    const auto* total = std::get_if<std::int64_t>(&value.value);
    if (!total) continue;
    std::optional<double> per_s;
    if (comparable) {
      const JsonValue& outcomes = part_of(part_of(before->status, "requests"), "by_outcome");
      per_s = rate_of(integer_of(outcomes, name), *total, seconds);
    }
    rates.push_back({name, *total, per_s});
  }
  std::ranges::stable_sort(rates, [](const TopRate& a, const TopRate& b) {
    return std::pair(a.per_s.value_or(0), a.total) > std::pair(b.per_s.value_or(0), b.total);
  });
  return rates;
}

double seconds_between(const TopSample* before, const TopSample& now) { return before ? now.at_s - before->at_s : 0; }

void write_bound(JsonWriter& out, std::string_view name, const std::optional<double>& bound) {
  out.key(name);
  bound&& std::isfinite(*bound) ? out.value(*bound) : out.null();
}

void write_latency(JsonWriter& out, const Durations& durations) {
  if (durations.count <= 0) {
    out.null();
    return;
  }
  out.begin_object().member("mean", durations.sum_ms / durations.count);
  write_bound(out, "p50_le", quantile_ms(durations, 0.5));
  write_bound(out, "p99_le", quantile_ms(durations, 0.99));
  out.end_object();
}

std::string rate_text(const std::optional<double>& per_s) {
  if (!per_s) return "-";
  return *per_s < 100 ? fmt::format("{:.1f}", *per_s) : grouped(static_cast<std::uint64_t>(*per_s + 0.5));
}

std::string uptime_text(const JsonValue& object) {
  return human_duration(std::chrono::duration<double>(static_cast<double>(integer_of(object, "uptime_s"))));
}

std::string head_text(const TopSample& now, const std::string& clock) {
  const JsonValue& status = now.status;
  std::string text = fmt::format("{}  {}, {}, up {}\n", clock, text_of(status, "program"), text_of(status, "role"),
                                 uptime_text(status));
  const JsonValue& proxy = part_of(status, "proxy");
  if (proxy.kind() == JsonValue::Kind::object) {
    text += fmt::format("proxy {}: {} connections, {} requests in flight, {} restarts\n", text_of(proxy, "state"),
                        count_of(proxy, "connections"), count_of(proxy, "in_flight"), count_of(proxy, "restarts"));
  } else {
    text += "no proxy here\n";
  }
  const JsonValue& store = part_of(status, "store");
  return text + fmt::format("store: {} works waiting, {:.1f} rows per sync\n", count_of(store, "queue"),
                            number_of(store, "rows_per_sync"));
}

std::string sessions_text(const TopSample& now) {
  if (now.sessions.kind() != JsonValue::Kind::object) return {};
  JsonValue::Array sessions = array_of(now.sessions, "sessions");
  std::ranges::stable_sort(sessions, std::greater<>(), [](const JsonValue& one) {
    return std::pair(integer_of(one, "held"), integer_of(one, "active_at"));
  });
  std::int64_t all = static_cast<std::int64_t>(sessions.size()) + integer_of(now.sessions, "left_out");
  std::string text = fmt::format("\n{} sessions\n", all);
  Table table({{"HELD", Align::right}, {"REQUESTS", Align::right}, {"AGENT"}, {"PROTOCOL"}, {"LAST REQUEST"}});
  for (std::size_t i = 0; i < std::min(sessions.size(), kSessionsShown); ++i) {
    const JsonValue& one = sessions[i];
    std::string agent = text_of(one, "agent");
    table.add({count_of(one, "held"), count_of(one, "requests"), agent.empty() ? "-" : agent, text_of(one, "protocol"),
               time_of(one, "active_at")});
  }
  return sessions.empty() ? text : text + table.take();
}

}  // namespace

std::vector<TopRate> top_rates(const TopSample* before, const TopSample& now) {
  double seconds = seconds_between(before, now);
  std::vector<TopRate> rates;
  for (const Counter& counter : kCounters) {
    const JsonValue& part = part_of(now.status, counter.part);
    if (!part.find(counter.key)) continue;
    std::int64_t total = integer_of(part, counter.key);
    std::optional<double> per_s;
    if (before && goes_on(before->status, now.status, counter.part)) {
      per_s = rate_of(integer_of(part_of(before->status, counter.part), counter.key), total, seconds);
    }
    rates.push_back({counter.name, total, per_s});
  }
  std::ranges::move(outcome_rates(before, now, seconds), std::back_inserter(rates));
  return rates;
}

Durations top_durations(const TopSample* before, const TopSample& now) {
  if (!before || !goes_on(before->status, now.status, "requests")) return {};
  return durations_since(durations_of(before->status), durations_of(now.status));
}

std::string show_top(const TopSample* before, const TopSample& now, const std::string& clock) {
  std::string text = head_text(now, clock);
  text += fmt::format("latency: {}\n", durations_text(top_durations(before, now)));
  Table table({{"PER S", Align::right}, {"TOTAL", Align::right}, {""}});
  for (const TopRate& rate : top_rates(before, now)) {
    table.add(
        {rate_text(rate.per_s), grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, rate.total))), rate.name});
  }
  return text + "\n" + table.take() + sessions_text(now);
}

std::string top_json(const TopSample* before, const TopSample& now) {
  JsonWriter writer;
  writer.begin_object().member("seconds", seconds_between(before, now)).key("rates").begin_object();
  for (const TopRate& rate : top_rates(before, now)) {
    writer.key(rate.name);
    rate.per_s ? writer.value(*rate.per_s) : writer.null();
  }
  writer.end_object().key("latency_ms");
  write_latency(writer, top_durations(before, now));
  return writer.member("status", now.status).member("sessions", now.sessions).end_object().take();
}

}  // namespace outpost::supervisor::ctl
