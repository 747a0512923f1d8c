// outpostctl record, records: what a list holds.
#include "supervisor/ctl/commands/commands.h"

#include "common/json.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/export.h"
#include "supervisor/ctl/view/records.h"

namespace outpost::supervisor::ctl {

Result<Exit> run_record(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("list", arguments.list).member("record_id", arguments.record_id).end_object();
  return show_reply(client, "record", writer.take(), arguments.json, show_record);
}

Result<Exit> run_records(Client& client, const Arguments& arguments) {
  auto page_arguments = [&arguments](const JsonValue* after, std::int64_t limit) {
    return records_arguments(arguments.list, arguments.filters, after, limit);
  };
  return show_pages(client, arguments, {"records", "records", page_arguments, records_table(), add_records});
}

}  // namespace outpost::supervisor::ctl
