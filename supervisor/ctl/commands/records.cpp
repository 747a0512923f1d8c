// outpostctl record, records: what a list holds.
#include "supervisor/ctl/commands/commands.h"

#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

// Also of a handle, whose times end alike.
std::string column_of(const JsonValue& record, std::string_view name) {
  using Form = protocol::RecordColumn::Form;
  const protocol::RecordColumn* column = protocol::find_record_column(name);
  if (column && column->enumeration) return show_enumeration(column->enumeration(), integer_of(record, name));
  if ((column && column->form == Form::time) || name.ends_with("_at")) return time_of(record, name);
  if (column && column->form == Form::clock) return show_clock(integer_of(record, name));
  return text_of(record, name);
}

std::string chain_of(const JsonValue& record, std::string_view) {
  return text_of(record, "chain_id") + "/" + text_of(record, "chain_n");
}

std::string window_of(const JsonValue& record, std::string_view) {
  return show_window(integer_of(record, "daily_from"), integer_of(record, "daily_till"));
}

std::vector<Listing::Column> record_list_columns() {
  return {{"RECORD", "record_id", text_of, Align::right},
          {"CONTACT", "contact_info"},
          {"CONTACT TYPE", "contact_info_type", column_of},
          {"TYPE", "record_type", column_of},
          {"STATUS", "record_status", column_of},
          {"RESULT", "call_result", column_of},
          {"ATTEMPT", "attempt", text_of, Align::right},
          {"CHAIN", "chain_id", chain_of, Align::right},
          {"WINDOW", "daily_from", window_of},
          {"ZONE", "tz_name"},
          {"DUE", "dial_sched_time", column_of},
          {"CALLED", "call_time", column_of}};
}

void add_members(Table& table, const std::string& prefix, const JsonValue& object) {
  const auto* members = std::get_if<JsonValue::Object>(&object.value);
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (value.kind() == JsonValue::Kind::object) {
      add_members(table, prefix + name + ".", value);
    } else {
      table.add({prefix + name, column_of(object, name)});
    }
  }
}

std::string show_record(const JsonValue& reply) {
  Table table({{""}, {""}});
  if (const JsonValue* record = reply.find("record")) add_members(table, "", *record);
  if (const JsonValue* handle = reply.find("handle")) add_members(table, "handle.", *handle);
  return table.take();
}

}  // namespace

std::vector<Command> record_commands() {
  return {
      {.name = "records",
       .text = "Show records of a list",
       .options = together({json_option(), list_option()}, filter_options(), paging_options()),
       .footer = kTimeFooter,
       .sends = "records",
       .listing = {"records", record_list_columns(), true}},
      {.name = "record",
       .text = "Show one record and its handle",
       .options = {json_option(),
                   list_option(),
                   {.names = "ID",
                    .text = "Its record_id",
                    .target = &Arguments::record_id,
                    .sent = "record_id",
                    .required = true,
                    .range = kPositive}},
       .sends = "record",
       .view = show_record},
  };
}

}  // namespace outpost::supervisor::ctl
