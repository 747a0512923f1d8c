// outpostctl lists, catalogue, apply: what is configured, shown and changed.
#include "supervisor/ctl/commands/commands.h"

#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/catalogue.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

// Leaves room in a frame for the escapes that JSON needs.
constexpr std::size_t kApplyBytesMax = protocol::kPayloadBytesMax / 4;

}  // namespace

Result<Exit> run_lists(Client& client, const Arguments& arguments) {
  return show_reply(client, "catalogue", "{}", arguments.json, show_lists);
}

Result<Exit> run_catalogue(Client& client, const Arguments& arguments) {
  return show_reply(client, "catalogue", "{}", arguments.json, show_catalogue);
}

Result<Exit> run_apply(Client& client, const Arguments& arguments) {
  auto text = read_file(arguments.file, kApplyBytesMax);
  if (!text) return fail(text.error());
  std::string source = shown_source(arguments.file);
  if (!is_utf8(*text)) return fail(Errc::io, "{} is not UTF-8", source);
  JsonWriter writer;
  writer.begin_object().member("text", *text).member("dry_run", arguments.dry_run).end_object();
  auto body = client.command("apply", writer.take());
  if (!body) return fail(body.error().code, "{}: {}", source, body.error().text);
  if (arguments.json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return fail(reply.error());
  fmt::print("{}{} changed, {} unchanged{}\n", show_changes(*reply), array_of(*reply, "changes").size(),
             integer_of(*reply, "unchanged"), arguments.dry_run ? " (dry run: nothing was written)" : "");
  std::fflush(stdout);
  for (const JsonValue& warning : array_of(*reply, "warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
  }
  return Exit::done;
}

}  // namespace outpost::supervisor::ctl
