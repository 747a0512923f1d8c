// outpostctl group, sessions: who may work on what, and who does.
#include "supervisor/ctl/commands/commands.h"

#include "common/json.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/catalogue.h"

namespace outpost::supervisor::ctl {

Result<Exit> run_groups(Client& client, const Arguments& arguments) {
  return show_reply(client, "groups", "{}", arguments.json, show_groups);
}

Result<Exit> run_group(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("command", arguments.group_command).member("group", arguments.group);
  if (arguments.force) writer.member("force", true);
  if (!arguments.mode.empty()) writer.member("mode", arguments.mode);
  return show_reply(client, "group", writer.end_object().take(), arguments.json, show_group_change);
}

Result<Exit> run_sessions(Client& client, const Arguments& arguments) {
  return show_reply(client, "sessions", "{}", arguments.json, show_sessions);
}

}  // namespace outpost::supervisor::ctl
