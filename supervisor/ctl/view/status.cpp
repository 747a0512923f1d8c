#include "supervisor/ctl/view/status.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/text.h"
#include "supervisor/ctl/view/durations.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

std::string uptime_of(const JsonValue& object) {
  return human_duration(std::chrono::duration<double>(static_cast<double>(integer_of(object, "uptime_s"))));
}

std::string milliseconds_of(const JsonValue& object, std::string_view key) {
  return fmt::format("{:.1f} s", static_cast<double>(integer_of(object, key)) / 1'000);
}

// "100 per second", or "no limit".
std::string limit_of(const JsonValue& limits, std::string_view key, std::string_view unit) {
  return integer_of(limits, key) == 0 ? "no limit" : fmt::format("{} {}", count_of(limits, key), unit);
}

std::string seconds_of(const JsonValue& limits, std::string_view key) {
  return fmt::format("{:.12g} s", static_cast<double>(integer_of(limits, key)) / 1'000);
}

std::string bytes_of(const JsonValue& limits, std::string_view key) {
  return human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer_of(limits, key))));
}

void add_supervisor(Table& table, const JsonValue& status) {
  table.add({"supervisor", fmt::format("{}, {}, pid {}, up {}", text_of(status, "program"), text_of(status, "role"),
                                       text_of(status, "pid"), uptime_of(status))});
  if (const JsonValue* application = status.find("application")) {
    std::string of_outbound =
        fmt::format("(DBID {}), epoch {}", text_of(*application, "dbid"), text_of(status, "epoch"));
    table.add({"", fmt::format("application {} {}", text_of(*application, "name"),
                               status.find("node") ? "(mobile)" : of_outbound)});
  }
  table.add({"", "control socket " + text_of(status, "control")});
  if (const JsonValue* health = status.find("health")) {
    for (const JsonValue& reason : array_of(*health, "reasons")) {
      table.add({"", "not ready: " + text_of(reason)});
    }
  }
  for (const JsonValue& change : array_of(status, "waiting")) {
    table.add({"", "not in force yet: " + text_of(change)});
  }
}

// Both sides, who has the lease, and what happened last here.
void add_redundancy(Table& table, const JsonValue& status) {
  if (text_of(status, "redundant") != "true") return;
  if (const JsonValue* lease = status.find("lease")) {
    std::string holder = text_of(*lease, "holder");
    std::string line =
        holder.empty() ? "nobody has the lease"
                       : fmt::format("{} has the lease, renewed {} ago, for {}", holder,
                                     milliseconds_of(*lease, "renewed_ms_ago"), milliseconds_of(*lease, "lease_ms"));
    if (text_of(*lease, "readable") != "true") line = "the lease cannot be read; it was: " + line;
    table.add({"redundancy", line});
  }
  for (const JsonValue& member : array_of(status, "members")) {
    bool self = text_of(member, "self") == "true";
    table.add(
        {"", fmt::format("{} on {}, pid {}: {}, {}{}", text_of(member, "name"), text_of(member, "host"),
                         text_of(member, "pid"), text_of(member, "role"), text_of(member, "reason"),
                         self ? " (this one)" : ", heard of " + milliseconds_of(member, "seen_ms_ago") + " ago")});
    if (std::string problem = text_of(member, "problem"); !problem.empty()) {
      table.add({"", fmt::format("{} cannot be primary: {}", text_of(member, "name"), problem)});
    }
  }
  for (const JsonValue& past : array_of(status, "transitions")) {
    table.add({"", fmt::format("{} {} after {}, epoch {}: {}", show_time(integer_of(past, "at")), text_of(past, "to"),
                               text_of(past, "from"), text_of(past, "epoch"), text_of(past, "reason"))});
  }
}

// A mobile node and the others of its store.
void add_node(Table& table, const JsonValue& status) {
  const JsonValue* node = status.find("node");
  if (!node) return;
  table.add({"node", fmt::format("{} ({}) is {}, {}", text_of(*node, "id"), text_of(*node, "name"),
                                 text_of(*node, "status"), text_of(*node, "url"))});
  for (const JsonValue& other : array_of(status, "nodes")) {
    if (flag_of(other, "self")) continue;
    std::string seen =
        flag_of(other, "live") ? "" : fmt::format(", not seen for {}", milliseconds_of(other, "seen_ms_ago"));
    table.add({"", fmt::format("node {} ({}) is {}{}, {}", text_of(other, "node_id"), text_of(other, "name"),
                               text_of(other, "status"), seen, text_of(other, "instance"))});
  }
  for (const JsonValue& warning : array_of(status, "warnings")) table.add({"", "warning: " + text_of(warning)});
  for (const JsonValue& alarm : array_of(status, "alarms")) {
    table.add({"", fmt::format("alarm {} since {}: {}", text_of(alarm, "event"),
                               show_time(integer_of(alarm, "raised_at")), text_of(alarm, "text"))});
  }
  if (const JsonValue* storage = status.find("storage")) {
    table.add({"storage", fmt::format("{} areas live, {} have expired here", count_of(*storage, "areas"),
                                      count_of(*storage, "expired"))});
  }
}

// Its head; null when there is none, of which `none` is said. `key` is that of its member.
const JsonValue* add_child(Table& table, const JsonValue& status, const std::string& key, const char* none) {
  const JsonValue* child = status.find(key);
  if (!child || child->kind() != JsonValue::Kind::object) {
    if (none) table.add({key, none});
    return nullptr;
  }
  std::string head = text_of(*child, "state");
  if (integer_of(*child, "pid") > 0) head += fmt::format(", pid {}, up {}", text_of(*child, "pid"), uptime_of(*child));
  head += fmt::format(", {} restart{}", count_of(*child, "restarts"), integer_of(*child, "restarts") == 1 ? "" : "s");
  table.add({key, head});
  if (std::string exit = text_of(*child, "last_exit"); !exit.empty()) table.add({"", "last exit: " + exit});
  return child;
}

void add_sandbox(Table& table, const JsonValue& child) {
  for (const JsonValue& measure : array_of(child, "sandbox")) {
    table.add({"", fmt::format("sandbox.{} is {}: {}", text_of(measure, "name"),
                               text_of(measure, "active") == "true" ? "on" : "OFF", text_of(measure, "text"))});
  }
}

void add_courier(Table& table, const JsonValue& status) {
  const JsonValue* courier = add_child(table, status, "courier", nullptr);
  if (!courier) return;
  add_sandbox(table, *courier);
  table.add({"", fmt::format("requests to other servers: {} in flight, {} waiting; {} connections made",
                             count_of(*courier, "in_flight"), count_of(*courier, "waiting"),
                             count_of(*courier, "connections_total"))});
  std::string outcomes;
  for (const auto& [outcome, number] : object_of(*courier, "outcomes")) {
    outcomes += fmt::format("{}{} {}", outcomes.empty() ? "" : ", ", text_of(number), outcome);
  }
  if (!outcomes.empty()) table.add({"", outcomes});
}

void add_proxy(Table& table, const JsonValue& status, const std::string& key, const char* none) {
  const JsonValue* proxy = add_child(table, status, key, none);
  if (!proxy) return;
  for (const JsonValue& listener : array_of(*proxy, "listeners")) {
    std::string address = text_of(listener, "address");
    if (address.find(':') != std::string::npos) address = fmt::format("[{}]", address);
    table.add({"", fmt::format("listener {} at {}:{}{}", text_of(listener, "name"), address, text_of(listener, "port"),
                               listener.find("certificates") ? ", TLS" : "") +
                       (flag_of(listener, "external") ? ", external" : "")});
    for (const JsonValue& certificate : array_of(listener, "certificates")) {
      table.add(
          {"", fmt::format("certificate {}, {} {}", text_of(certificate, "subject"),
                           flag_of(certificate, "expired") ? "expired on" : "till", text_of(certificate, "expires"))});
    }
  }
  add_sandbox(table, *proxy);
  table.add({"", fmt::format("connections {} open, {} in all; {} requests in flight", count_of(*proxy, "connections"),
                             count_of(*proxy, "connections_total"), count_of(*proxy, "in_flight"))});
  table.add({"", fmt::format("connections {} refused, {} denied, {} evicted; {} sources",
                             count_of(*proxy, "connections_refused"), count_of(*proxy, "connections_denied"),
                             count_of(*proxy, "connections_evicted"), count_of(*proxy, "sources"))});
  table.add({"", fmt::format("TLS handshakes {} done, {} failed; requests {} limited, {} without a valid token",
                             count_of(*proxy, "handshakes"), count_of(*proxy, "handshakes_failed"),
                             count_of(*proxy, "rate_limited"), count_of(*proxy, "unauthorized"))});
  table.add({"", fmt::format("responses {} 2xx, {} 4xx, {} 5xx; {} late answers", count_of(*proxy, "responses_2xx"),
                             count_of(*proxy, "responses_4xx"), count_of(*proxy, "responses_5xx"),
                             count_of(*proxy, "late_answers"))});
}

void add_limits(Table& table, const JsonValue& status) {
  const JsonValue* limits = status.find("limits");
  if (!limits) return;
  table.add(
      {"limits",
       fmt::format("{} connections, from one source {}; {} on each, {} pipelined", count_of(*limits, "connections_max"),
                   limit_of(*limits, "connections_per_source_max", "connections"),
                   limit_of(*limits, "requests_per_connection_max", "requests"), count_of(*limits, "pipeline_max"))});
  table.add({"", fmt::format("requests from one source {}, {} at once", limit_of(*limits, "request_rate", "per second"),
                             count_of(*limits, "request_burst"))});
  // A mobile node has keys of its own kind, with limits that are no options.
  std::string keys = status.find("nodes") ? ""
                                          : fmt::format(" and {} keys of {}", count_of(*limits, "body_keys_max"),
                                                        bytes_of(*limits, "key_bytes_max"));
  table.add({"", fmt::format("target {}, header {} and {} fields, body {}{}, all bodies {}, unread responses {}",
                             bytes_of(*limits, "target_bytes_max"), bytes_of(*limits, "header_bytes_max"),
                             count_of(*limits, "header_fields_max"), bytes_of(*limits, "body_bytes_max"), keys,
                             bytes_of(*limits, "bodies_bytes_max"), bytes_of(*limits, "queued_bytes_max"))});
  table.add({"", fmt::format("TLS handshake {}, header {}, body {} at {}, idle {}, answer {}",
                             seconds_of(*limits, "handshake_timeout_ms"), seconds_of(*limits, "header_timeout_ms"),
                             seconds_of(*limits, "body_timeout_ms"),
                             limit_of(*limits, "body_rate_min", "bytes per second at least"),
                             seconds_of(*limits, "idle_timeout_ms"), seconds_of(*limits, "request_timeout_ms"))});
  for (auto [key, label] : {std::pair{"allow", "allowed"}, std::pair{"deny", "denied"}}) {
    if (std::string networks = text_of(*limits, key); !networks.empty()) {
      table.add({"", fmt::format("{} networks: {}", label, networks)});
    }
  }
}

void add_requests(Table& table, const JsonValue& status) {
  const JsonValue* requests = status.find("requests");
  if (!requests) return;
  table.add({"requests",
             fmt::format("{} received, {} refused, {} without a proxy to answer to", count_of(*requests, "received"),
                         count_of(*requests, "refused"), count_of(*requests, "orphaned"))});
  if (requests->find("duration")) {
    table.add({"", fmt::format("latency since the start: {}", durations_text(durations_of(status)))});
  }
  if (integer_of(*requests, "unknown_fields") > 0) {
    table.add({"", fmt::format("{} unknown fields, named in the log", count_of(*requests, "unknown_fields"))});
  }
  for (const auto& [outcome, number] : object_of(*requests, "by_outcome")) {
    const auto* n = std::get_if<std::int64_t>(&number.value);
    table.add({"", fmt::format("{} {}", n ? grouped(static_cast<std::uint64_t>(*n)) : text_of(number), outcome)});
  }
}

void add_store(Table& table, const JsonValue& status) {
  const JsonValue* store = status.find("store");
  if (!store) return;
  std::string what = text_of(*store, "url");
  if (!text_of(*store, "engine").empty()) {
    what = fmt::format("{}, {}, schema {}", text_of(*store, "engine"), what, text_of(*store, "schema_version"));
  }
  table.add({"store", text_of(*store, "writing") == "false" ? what + "; nothing is written from here" : what});
  if (store->find("busy_us")) {
    table.add({"", fmt::format("{} works, {} waiting", count_of(*store, "works"), count_of(*store, "queue"))});
    return;
  }
  const JsonValue* rate = store->find("rows_per_sync");
  const auto* real = rate ? std::get_if<double>(&rate->value) : nullptr;
  std::string per_sync = real ? fmt::format("{:.1f}", *real) : rate ? text_of(*rate) : "0";
  table.add({"", fmt::format("{} works in {} batches, {} syncs, {} rows per sync", count_of(*store, "works"),
                             count_of(*store, "batches"), count_of(*store, "syncs"), per_sync)});
  table.add({"", fmt::format("{} waiting, {} tried again one by one", count_of(*store, "queue"),
                             count_of(*store, "retried"))});
}

// Those of which there is something to say; outpostctl outbox shows all.
void add_outbox(Table& table, const JsonValue& status) {
  std::string label = "outbox";
  for (const JsonValue& one : array_of(status, "outbox")) {
    std::string problem = text_of(one, "problem");
    if (integer_of(one, "messages") == 0 && problem.empty()) continue;
    table.add({std::exchange(label, ""),
               fmt::format("{}: {}, {} messages{}", text_of(one, "destination"), text_of(one, "standing"),
                           count_of(one, "messages"), problem.empty() ? "" : "; " + problem)});
  }
}

}  // namespace

std::string show_status(const JsonValue& status) {
  Table table({{""}, {""}});
  add_supervisor(table, status);
  add_redundancy(table, status);
  add_node(table, status);
  add_proxy(table, status, "proxy", "none: no http listener is configured, or this supervisor is not primary");
  add_proxy(table, status, "admin", nullptr);
  add_courier(table, status);
  add_limits(table, status);
  add_requests(table, status);
  add_store(table, status);
  add_outbox(table, status);
  if (const JsonValue* logs = status.find("logs")) {
    std::string label = "logs";
    for (std::string_view program : {"supervisor", "proxy", "access", "admin", "courier"}) {
      if (std::string path = text_of(*logs, program); !path.empty()) {
        table.add({std::exchange(label, ""), fmt::format("{}: tail -F {}", program, path)});
      }
    }
    if (integer_of(*logs, "lines_lost") > 0) table.add({"", count_of(*logs, "lines_lost") + " lines were lost"});
  }
  return table.take();
}

}  // namespace outpost::supervisor::ctl
