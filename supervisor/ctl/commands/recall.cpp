// outpostctl recall: missed callbacks are due again, piece by piece until the list has no more.
#include "supervisor/ctl/commands/commands.h"

#include "common/json.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

std::string recall_arguments(const Arguments& arguments, std::int64_t due, const JsonValue& after) {
  JsonWriter writer;
  writer.begin_object().member("list", arguments.list).member("dry_run", arguments.dry_run);
  if (arguments.record_id > 0) writer.member("record_id", arguments.record_id);
  if (!arguments.filters.agent.empty()) writer.member("agent", arguments.filters.agent);
  if (!arguments.filters.customer_id.empty()) writer.member("customer_id", arguments.filters.customer_id);
  if (due >= 0) writer.member("due", due);
  if (after.kind() != JsonValue::Kind::null) writer.member("after", after);
  return writer.end_object().take();
}

}  // namespace

Result<Exit> run_recall(Client& client, const Arguments& arguments) {
  std::int64_t due = arguments.due;
  std::int64_t records = 0;
  JsonValue after;
  do {
    auto reply = read_reply(client.command("recall", recall_arguments(arguments, due, after)));
    if (!reply && records > 0) {
      return fail(reply.error().code, "{}; {} are done, the same command goes on", reply.error().text, records);
    }
    if (!reply) return fail(reply.error());
    records += integer_of(*reply, "records");
    due = integer_of(*reply, "due");  // all of them are due at one time
    after = next_of(*reply);
  } while (after.kind() != JsonValue::Kind::null);
  if (arguments.json) {
    JsonWriter whole;
    whole.begin_object().member("list", arguments.list).member("records", records).member("due", due);
    fmt::print("{}\n", whole.member("dry_run", arguments.dry_run).end_object().take());
    return Exit::done;
  }
  fmt::print("{} missed callbacks {}\n", grouped(static_cast<std::uint64_t>(records)),
             arguments.dry_run ? "would be due again (dry run: nothing was written)" : "are due again");
  return Exit::done;
}

}  // namespace outpost::supervisor::ctl
