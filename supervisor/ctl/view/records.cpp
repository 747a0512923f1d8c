#include "supervisor/ctl/view/records.h"

#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

// Also of a handle, whose times end alike.
std::string show_column(const std::string& name, const JsonValue& record) {
  using Form = protocol::RecordColumn::Form;
  const protocol::RecordColumn* column = protocol::find_record_column(name);
  if (column && column->enumeration) return show_enumeration(column->enumeration(), integer_of(record, name));
  if ((column && column->form == Form::time) || name.ends_with("_at")) return show_time(integer_of(record, name));
  if (column && column->form == Form::clock) return show_clock(integer_of(record, name));
  return text_of(record, name);
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
