#include "supervisor/ctl/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "common/text.h"
#include "supervisor/ctl/export.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/reply.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

std::string count_of(const JsonValue& object, std::string_view key) {
  return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer_of(object, key))));
}

std::string uptime_of(const JsonValue& object) {
  return human_duration(std::chrono::duration<double>(static_cast<double>(integer_of(object, "uptime_s"))));
}

std::string show_clock(std::int64_t seconds) {
  std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds % 3600 / 60);
  return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

void add_supervisor(Table& table, const JsonValue& status) {
  table.add({"supervisor", fmt::format("{}, {}, pid {}, up {}", text_of(status, "program"), text_of(status, "role"),
                                       text_of(status, "pid"), uptime_of(status))});
  if (const JsonValue* application = status.find("application")) {
    table.add({"", fmt::format("application {} (DBID {}), epoch {}", text_of(*application, "name"),
                               text_of(*application, "dbid"), text_of(status, "epoch"))});
  }
  table.add({"", "control socket " + text_of(status, "control")});
  for (const JsonValue& change : array_of(status, "waiting")) {
    table.add({"", "not in force yet: " + text_of(change)});
  }
}

std::string milliseconds_of(const JsonValue& object, std::string_view key) {
  return fmt::format("{:.1f} s", static_cast<double>(integer_of(object, key)) / 1'000);
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

void add_proxy(Table& table, const JsonValue& status) {
  const JsonValue* proxy = status.find("proxy");
  if (!proxy || proxy->kind() != JsonValue::Kind::object) {
    table.add({"proxy", "none: no http listener is configured, or this supervisor is not primary"});
    return;
  }
  std::string head = text_of(*proxy, "state");
  if (integer_of(*proxy, "pid") > 0) head += fmt::format(", pid {}, up {}", text_of(*proxy, "pid"), uptime_of(*proxy));
  head += fmt::format(", {} restart{}", count_of(*proxy, "restarts"), integer_of(*proxy, "restarts") == 1 ? "" : "s");
  table.add({"proxy", head});
  if (std::string exit = text_of(*proxy, "last_exit"); !exit.empty()) table.add({"", "last exit: " + exit});
  for (const JsonValue& listener : array_of(*proxy, "listeners")) {
    std::string address = text_of(listener, "address");
    if (address.find(':') != std::string::npos) address = '[' + address + ']';
    table.add({"", fmt::format("listener {} at {}:{}{}", text_of(listener, "name"), address, text_of(listener, "port"),
                               listener.find("certificates") ? ", TLS" : "")});
    for (const JsonValue& certificate : array_of(listener, "certificates")) {
      table.add(
          {"", fmt::format("certificate {}, {} {}", text_of(certificate, "subject"),
                           flag_of(certificate, "expired") ? "expired on" : "till", text_of(certificate, "expires"))});
    }
  }
  if (integer_of(*proxy, "handshakes") + integer_of(*proxy, "handshakes_failed") > 0) {
    table.add({"", fmt::format("TLS handshakes {} done, {} failed", count_of(*proxy, "handshakes"),
                               count_of(*proxy, "handshakes_failed"))});
  }
  for (const JsonValue& measure : array_of(*proxy, "sandbox")) {
    table.add({"", fmt::format("sandbox.{} is {}: {}", text_of(measure, "name"),
                               text_of(measure, "active") == "true" ? "on" : "OFF", text_of(measure, "text"))});
  }
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
  table.add({"", fmt::format("target {}, header {} and {} fields, body {} and {} keys of {}, unread responses {}",
                             bytes_of(*limits, "target_bytes_max"), bytes_of(*limits, "header_bytes_max"),
                             count_of(*limits, "header_fields_max"), bytes_of(*limits, "body_bytes_max"),
                             count_of(*limits, "body_keys_max"), bytes_of(*limits, "key_bytes_max"),
                             bytes_of(*limits, "queued_bytes_max"))});
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
  const JsonValue* rate = store->find("rows_per_sync");
  const auto* real = rate ? std::get_if<double>(&rate->value) : nullptr;
  std::string per_sync = real ? fmt::format("{:.1f}", *real) : rate ? text_of(*rate) : "0";
  table.add({"", fmt::format("{} works in {} batches, {} syncs, {} rows per sync", count_of(*store, "works"),
                             count_of(*store, "batches"), count_of(*store, "syncs"), per_sync)});
  table.add({"", fmt::format("{} waiting, {} tried again one by one", count_of(*store, "queue"),
                             count_of(*store, "retried"))});
}

Table tenants_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"TENANT"}});
  for (const JsonValue& tenant : array_of(catalogue, "tenants")) {
    table.add({text_of(tenant, "dbid"), text_of(tenant, "name")});
  }
  return table;
}

Table time_zones_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"TIME ZONE"}, {"ZONE"}});
  for (const JsonValue& zone : array_of(catalogue, "time-zones")) {
    table.add({text_of(zone, "dbid"), text_of(zone, "name"), text_of(zone, "zone")});
  }
  return table;
}

Table campaigns_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CAMPAIGN"}, {"TENANT"}, {"LISTS (WEIGHT)"}});
  for (const JsonValue& campaign : array_of(catalogue, "campaigns")) {
    std::string lists;
    for (const JsonValue& list : array_of(campaign, "lists")) {
      if (!lists.empty()) lists += ", ";
      lists += fmt::format("{} ({})", text_of(list, "list"), text_of(list, "weight"));
    }
    table.add({text_of(campaign, "dbid"), text_of(campaign, "name"), text_of(campaign, "tenant"), lists});
  }
  return table;
}

Table groups_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CAMPAIGN GROUP"}, {"CAMPAIGN"}, {"STATE"}, {"MODE"}});
  for (const JsonValue& group : array_of(catalogue, "campaign-groups")) {
    table.add({text_of(group, "dbid"), text_of(group, "name"), text_of(group, "campaign"), text_of(group, "state"),
               text_of(group, "mode")});
  }
  return table;
}

// How the columns of a record that are not plain text are shown.
std::string show_column(const std::string& column, const JsonValue& record) {
  using Names = const protocol::Enumeration& (*)();
  static constexpr std::array<std::pair<std::string_view, Names>, 4> kEnumerations = {
      {{"contact_info_type", protocol::contact_types},
       {"record_type", protocol::record_types},
       {"record_status", protocol::record_statuses},
       {"call_result", protocol::call_results}}};
  for (const auto& [name, names] : kEnumerations) {
    if (name == column) return show_enumeration(names(), integer_of(record, column));
  }
  if (column == "dial_sched_time" || column == "call_time" || column.ends_with("_at")) {
    return show_time(integer_of(record, column));
  }
  if (column == "daily_from" || column == "daily_till") return show_clock(integer_of(record, column));
  return text_of(record, column);
}

void add_members(Table& table, const std::string& prefix, const JsonValue& object) {
  const auto* members = std::get_if<JsonValue::Object>(&object.value);
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (value.kind() == JsonValue::Kind::object) {
      add_members(table, prefix + name + ".", value);
    } else {
      table.add({prefix + name, show_column(name, object)});
    }
  }
}

}  // namespace

std::string show_enumeration(const protocol::Enumeration& enumeration, std::int64_t number) {
  std::string digits = std::to_string(number);
  if (number < 0 || number > INT32_MAX) return digits;
  std::string name = enumeration.name_of(static_cast<std::int32_t>(number));
  return name == digits ? digits : digits + " " + name;
}

std::string show_time(std::int64_t epoch_seconds) {
  if (epoch_seconds == 0) return "-";
  std::time_t time = epoch_seconds;
  std::tm local{};
  std::array<char, 40> text{};
  if (!localtime_r(&time, &local) || std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &local) == 0) {
    return std::to_string(epoch_seconds);
  }
  long minutes = local.tm_gmtoff / 60;
  long distance = minutes < 0 ? -minutes : minutes;
  return fmt::format("{}{}{:02}:{:02}", text.data(), minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

std::string show_window(std::int64_t from, std::int64_t till) { return show_clock(from) + ".." + show_clock(till); }

std::string show_status(const JsonValue& status) {
  Table table({{""}, {""}});
  add_supervisor(table, status);
  add_redundancy(table, status);
  add_proxy(table, status);
  add_limits(table, status);
  add_requests(table, status);
  add_store(table, status);
  if (const JsonValue* logs = status.find("logs")) {
    std::string label = "logs";
    for (std::string_view program : {"supervisor", "proxy"}) {
      if (std::string path = text_of(*logs, program); !path.empty()) {
        table.add({std::exchange(label, ""), fmt::format("{}: tail -F {}", program, path)});
      }
    }
    if (integer_of(*logs, "lines_lost") > 0) table.add({"", count_of(*logs, "lines_lost") + " lines were lost"});
  }
  return table.take();
}

std::string show_lists(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CALLING LIST"}, {"TENANT"}, {"STATE"}, {"WINDOW"}, {"CUSTOM FIELDS"}});
  for (const JsonValue& list : array_of(catalogue, "calling-lists")) {
    std::string fields;
    const std::string customer_id = text_of(list, "customer-id-field");
    for (const std::string& name : custom_fields(list)) {
      if (!fields.empty()) fields += ", ";
      fields += name;
      if (name == customer_id) fields += " (customer id)";
    }
    table.add({text_of(list, "dbid"), text_of(list, "name"), text_of(list, "tenant"),
               flag_of(list, "enabled") ? "enabled" : "disabled",
               show_window(integer_of(list, "daily-from"), integer_of(list, "daily-till")), fields});
  }
  return table.take();
}

std::string show_catalogue(const JsonValue& catalogue) {
  std::string out = tenants_table(catalogue).take() + "\n" + time_zones_table(catalogue).take() + "\n" +
                    show_lists(catalogue) + "\n" + campaigns_table(catalogue).take() + "\n" +
                    groups_table(catalogue).take();
  return out;
}

Table records_table() {
  return Table({{"RECORD", Align::right},
                {"CONTACT"},
                {"CONTACT TYPE"},
                {"TYPE"},
                {"STATUS"},
                {"RESULT"},
                {"ATTEMPT", Align::right},
                {"CHAIN", Align::right},
                {"WINDOW"},
                {"ZONE"},
                {"DUE"},
                {"CALLED"}});
}

void add_records(Table& table, const JsonValue& page) {
  for (const JsonValue& record : array_of(page, "records")) {
    table.add({text_of(record, "record_id"), text_of(record, "contact_info"), show_column("contact_info_type", record),
               show_column("record_type", record), show_column("record_status", record),
               show_column("call_result", record), text_of(record, "attempt"),
               text_of(record, "chain_id") + "/" + text_of(record, "chain_n"),
               show_window(integer_of(record, "daily_from"), integer_of(record, "daily_till")),
               text_of(record, "tz_name"), show_column("dial_sched_time", record), show_column("call_time", record)});
  }
}

std::string show_record(const JsonValue& reply) {
  Table table({{""}, {""}});
  if (const JsonValue* record = reply.find("record")) add_members(table, "", *record);
  if (const JsonValue* handle = reply.find("handle")) add_members(table, "handle.", *handle);
  return table.take();
}

// --- Groups and sessions ---------------------------------------------------------------------------------------------

std::string show_groups(const JsonValue& reply) {
  Table table(
      {{"DBID", Align::right}, {"CAMPAIGN GROUP"}, {"CAMPAIGN"}, {"STATE"}, {"MODE"}, {"RECORDS HELD", Align::right}});
  for (const JsonValue& group : array_of(reply, "groups")) {
    table.add({text_of(group, "dbid"), text_of(group, "name"), text_of(group, "campaign"), text_of(group, "state"),
               text_of(group, "mode"), count_of(group, "held")});
  }
  return table.take();
}

std::string show_group_change(const JsonValue& reply) {
  std::string before = text_of(reply, "before");
  std::string after = text_of(reply, "after");
  std::string mode_before = text_of(reply, "mode_before");
  std::string mode = text_of(reply, "mode");
  std::string text =
      fmt::format("campaign group {} (DBID {}): ", escape_control(text_of(reply, "group")), text_of(reply, "dbid"));
  text += before == after ? after + " as before" : before + " -> " + after;
  text += mode_before == mode ? ", mode " + mode : ", mode " + mode_before + " -> " + mode;
  std::int64_t given_back = integer_of(reply, "given_back");
  if (given_back > 0) {
    text += fmt::format("; {} record{} given back", count_of(reply, "given_back"), given_back == 1 ? " was" : "s were");
  }
  if (after == "WaitingUnload") {
    text += fmt::format("; agents still hold {} of its records: unloaded once they are done, or now with --force",
                        count_of(reply, "held"));
  }
  return text + "\n";
}

std::string show_sessions(const JsonValue& reply) {
  Table table({{"PROTOCOL"},
               {"APPLICATION"},
               {"AGENT"},
               {"SINCE"},
               {"LAST REQUEST"},
               {"REQUESTS", Align::right},
               {"RECORDS HELD", Align::right},
               {"HELD SINCE"}});
  bool gone = false;
  for (const JsonValue& one : array_of(reply, "sessions")) {
    std::string agent = escape_control(text_of(one, "agent"));
    bool has_session = integer_of(one, "application") != 0;
    gone = gone || !has_session;
    table.add({has_session ? text_of(one, "protocol") : "(none)", has_session ? text_of(one, "application") : "-",
               agent.empty() ? "-" : agent, show_time(integer_of(one, "began_at")),
               show_time(integer_of(one, "active_at")), count_of(one, "requests"), count_of(one, "held"),
               show_time(integer_of(one, "held_since"))});
  }
  std::string text = table.take();
  if (gone) text += "\n(none): holds records since before this outpostd began; they come back at the session timeout\n";
  if (integer_of(reply, "left_out") > 0) text += fmt::format("{} more are not shown\n", count_of(reply, "left_out"));
  return text;
}

// --- Do-not-call -----------------------------------------------------------------------------------------------------

Table dnc_table() { return Table({{"KIND"}, {"VALUE"}, {"ADDED"}}); }

void add_dnc_entries(Table& table, const JsonValue& page) {
  for (const JsonValue& entry : array_of(page, "entries")) {
    const char* kind = entry.find("phone") ? "phone" : "customer_id";
    table.add({kind, text_of(entry, kind), show_time(integer_of(entry, "added_at"))});
  }
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

namespace {

std::string names_of(const JsonValue& token, const char* key) {
  std::string names;
  for (const JsonValue& name : array_of(token, key)) names += (names.empty() ? "" : ", ") + text_of(name);
  return names.empty() ? "all" : escape_control(names);
}

std::string expiry_of(const JsonValue& token) {
  std::int64_t at = integer_of(token, "expires_at");
  return at == 0 ? "never" : show_time(at);
}

}  // namespace

std::string show_token_made(const JsonValue& token) {
  return fmt::format("Token {}: resource types {}; requests {}; expires {}.", escape_control(text_of(token, "name")),
                     names_of(token, "resources"), names_of(token, "requests"), expiry_of(token));
}

std::string show_tokens(const JsonValue& reply) {
  Table table({{"TOKEN"}, {"RESOURCE TYPES"}, {"REQUESTS"}, {"CREATED"}, {"EXPIRES"}});
  for (const JsonValue& token : array_of(reply, "tokens")) {
    table.add({text_of(token, "name"), names_of(token, "resources"), names_of(token, "requests"),
               show_time(integer_of(token, "created_at")), expiry_of(token)});
  }
  return table.take();
}

// --- Statistics ------------------------------------------------------------------------------------------------------

namespace {

std::string value_of(const JsonValue& counter) {
  std::string number = text_of(counter, "value");
  std::string name = text_of(counter, "name");
  return name.empty() || name == number ? number : number + " " + name;
}

void add_counters(Table& table, const char* scope, const JsonValue& object, bool with_results) {
  std::string name = text_of(object, "name");
  table.add({scope, name, "records", "", count_of(object, "records")});
  for (const char* kind : {"status", "type", "result"}) {
    if (kind == std::string_view("result") && !with_results) continue;
    for (const JsonValue& counter : array_of(object, kind)) {
      table.add({scope, name, kind, value_of(counter), count_of(counter, "records")});
    }
  }
}

std::string results_chart(const char* scope, const JsonValue& object, const ChartStyle& style) {
  std::vector<Bar> bars;
  for (const JsonValue& counter : array_of(object, "result")) {
    bars.push_back({escape_control(value_of(counter)), static_cast<std::uint64_t>(integer_of(counter, "records"))});
  }
  std::string chart = bar_chart(std::move(bars), style);
  if (chart.empty()) return {};
  return fmt::format("\ncall results of {} {}\n{}", scope, escape_control(text_of(object, "name")), chart);
}

}  // namespace

std::string show_statistics(const JsonValue& reply, const std::optional<ChartStyle>& charts) {
  Table table({{""}, {"NAME"}, {"COUNT BY"}, {"VALUE"}, {"RECORDS", Align::right}});
  std::string drawn;
  for (auto [key, scope] : {std::pair{"lists", "list"}, {"groups", "group"}}) {
    for (const JsonValue& object : array_of(reply, key)) {
      add_counters(table, scope, object, !charts);
      if (charts) drawn += results_chart(scope, object, *charts);
    }
  }
  return table.take() + drawn;
}

}  // namespace outpost::supervisor::ctl
