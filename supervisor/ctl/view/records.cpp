#include "supervisor/ctl/view/records.h"

#include <array>
#include <string_view>
#include <utility>

#include "protocol/outbound/vocabulary.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

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

Table dnc_table() { return Table({{"KIND"}, {"VALUE"}, {"ADDED"}}); }

void add_dnc_entries(Table& table, const JsonValue& page) {
  for (const JsonValue& entry : array_of(page, "entries")) {
    const char* kind = entry.find("phone") ? "phone" : "customer_id";
    table.add({kind, text_of(entry, kind), show_time(integer_of(entry, "added_at"))});
  }
}

}  // namespace outpost::supervisor::ctl
