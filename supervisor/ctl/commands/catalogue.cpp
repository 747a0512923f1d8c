// outpostctl lists, catalogue, apply: what is configured, shown and changed.
#include "supervisor/ctl/commands/commands.h"

#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/catalogue.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

// Leaves room in a frame for the escapes that JSON needs.
constexpr std::size_t kApplyBytesMax = protocol::kPayloadBytesMax / 4;

Result<Exit> run_apply(Client& client, const Arguments& arguments) {
  auto text = read_file(arguments.file, kApplyBytesMax);
  if (!text) return pass(text);
  std::string source = shown_source(arguments.file);
  if (!is_utf8(*text)) return fail(Errc::io, "{} is not UTF-8", source);
  JsonWriter writer;
  writer.begin_object().member("text", *text).member("dry_run", arguments.dry_run).end_object();
  auto body = client.command(arguments.command->sends, writer.take());
  if (!body) return fail(body.error().code, "{}: {}", source, body.error().text);
  if (arguments.json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return pass(reply);
  fmt::print("{}{} changed, {} unchanged{}\n", show_changes(*reply), array_of(*reply, "changes").size(),
             integer_of(*reply, "unchanged"), arguments.dry_run ? " (dry run: nothing was written)" : "");
  std::fflush(stdout);
  for (const JsonValue& warning : array_of(*reply, "warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
  }
  return Exit::done;
}

}  // namespace

std::vector<Command> catalogue_commands() {
  return {
      {.name = "apply",
       .text = "Create or change lists, campaigns and groups as FILE says",
       .options = {json_option(),
                   {.names = "FILE",
                    .text = "JSON, comments allowed, as catalogue --json prints it; - for standard input",
                    .target = &Arguments::file,
                    .required = true},
                   {"--dry-run", "Only show what would change", &Arguments::dry_run}},
       .sends = "apply",
       .run = run_apply},
      {.name = "lists",
       .text = "Show the calling lists",
       .options = {json_option()},
       .sends = "catalogue",
       .view = show_lists},
      {.name = "catalogue",
       .text = "Show tenants, time zones, lists, campaigns and groups",
       .options = {json_option()},
       .sends = "catalogue",
       .view = show_catalogue},
  };
}

}  // namespace outpost::supervisor::ctl
