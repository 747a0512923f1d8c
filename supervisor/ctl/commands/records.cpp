// outpostctl record, records: what a list holds.
#include "supervisor/ctl/commands/commands.h"

#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/record.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

std::string chain_of(const JsonValue& record, std::string_view) {
  return text_of(record, "chain_id") + "/" + text_of(record, "chain_n");
}

std::string window_of(const JsonValue& record, std::string_view) {
  return show_window(integer_of(record, "daily_from"), integer_of(record, "daily_till"));
}

std::vector<Listing::Column> record_list_columns() {
  return {{"RECORD", "record_id", text_of, Align::right},
          {"CONTACT", "contact_info"},
          {"CONTACT TYPE", "contact_info_type", record_value},
          {"TYPE", "record_type", record_value},
          {"STATUS", "record_status", record_value},
          {"RESULT", "call_result", record_value},
          {"ATTEMPT", "attempt", text_of, Align::right},
          {"CHAIN", "chain_id", chain_of, Align::right},
          {"WINDOW", "daily_from", window_of},
          {"ZONE", "tz_name"},
          {"DUE", "dial_sched_time", record_value},
          {"CALLED", "call_time", record_value}};
}

void add_members(Table& table, const std::string& prefix, const JsonValue& object) {
  const auto* members = std::get_if<JsonValue::Object>(&object.value);
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (value.kind() == JsonValue::Kind::object) {
      add_members(table, prefix + name + ".", value);
    } else {
      table.add({prefix + name, record_value(object, name)});
    }
  }
}

std::string show_record(const JsonValue& reply) {
  Table table({{""}, {""}});
  if (const JsonValue* record = reply.find("record")) add_members(table, "", *record);
  if (const JsonValue* handle = reply.find("handle")) add_members(table, "handle.", *handle);
  return table.take();
}

// Not `required`: the commands of the group have one of their own.
Option listed_list_option() {
  Option option = list_option();
  option.required = false;
  return option;
}

std::string object_to_no_list(const Arguments& arguments) { return arguments.list.empty() ? "LIST is required" : ""; }

}  // namespace

std::vector<Command> record_commands() {
  return {
      {.name = "records",
       .text = "Show records of a list, or set, recycle and delete some",
       .options = together({json_option(), watch_option(), listed_list_option()}, filter_options(), paging_options()),
       .footer = kTimeFooter,
       .sends = "records",
       .listing = {"records", record_list_columns(), true},
       .objection = object_to_no_list},
      {.name = "record",
       .text = "Show one record and its handle",
       .options = {json_option(),
                   watch_option(),
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
