// outpostctl recall: missed callbacks are due again, piece by piece until the list has no more.
#include "supervisor/ctl/commands/commands.h"

#include "common/json.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

Result<Exit> run_recall(Client& client, const Arguments& arguments) {
  Arguments sent = arguments;
  std::int64_t records = 0;
  JsonValue after;
  do {
    JsonWriter writer;
    write_sent(writer.begin_object(), sent);
    if (after.kind() != JsonValue::Kind::null) writer.member("after", after);
    auto reply = read_reply(client.command(arguments.command->sends, writer.end_object().take()));
    if (!reply && records > 0) {
      return fail(reply.error().code, "{}; {} are done, the same command goes on", reply.error().text, records);
    }
    if (!reply) return pass(reply);
    records += integer_of(*reply, "records");
    sent.due = integer_of(*reply, "due");  // all of them are due at one time
    after = next_of(*reply);
  } while (after.kind() != JsonValue::Kind::null);
  if (arguments.json) {
    JsonWriter whole;
    whole.begin_object().member("list", arguments.list).member("records", records).member("due", sent.due);
    fmt::print("{}\n", whole.member("dry_run", arguments.dry_run).end_object().take());
    return Exit::done;
  }
  fmt::print("{} missed callbacks {}\n", grouped(static_cast<std::uint64_t>(records)),
             arguments.dry_run ? "would be due again (dry run: nothing was written)" : "are due again");
  return Exit::done;
}

}  // namespace

std::vector<Command> recall_commands() {
  return {{.name = "recall",
           .text = "Set missed callbacks of a list due again",
           .options = {json_option(),
                       list_option(),
                       {"--agent", "Only those of this agent", &Arguments::agent, "agent"},
                       {"--customer-id", "Only those with exactly this customer id", &Arguments::customer_id,
                        "customer_id"},
                       {.names = "--record",
                        .text = "Only the one with this record_id",
                        .target = &Arguments::record_id,
                        .sent = "record_id",
                        .excludes = {"--agent", "--customer-id"},
                        .range = kPositive},
                       due_option("--due", &Arguments::due, "due", "When they are due, now when not given"),
                       {"--dry-run", "Only count them", &Arguments::dry_run, "dry_run"}},
           .footer = kTimeFooter,
           .sends = "recall",
           .run = run_recall}};
}

}  // namespace outpost::supervisor::ctl
