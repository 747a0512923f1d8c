// outpostctl group, sessions: who may work on what, and who does.
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/catalogue.h"

namespace outpost::supervisor::ctl {

namespace {

// One command to the supervisor, which is told which by its name here.
Command change(const char* name, const char* text, std::vector<Option> more = {}) {
  return {.name = name,
          .text = text,
          .options =
              together({json_option(), {"GROUP", "Name or DBID of the group", &Arguments::group, "group", true}}, more),
          .sends = "group",
          .subcommand = name + std::string_view("group ").size(),
          .view = show_group_change};
}

Command grave(Command command) {
  command.grave = true;
  return command;
}

}  // namespace

std::vector<Command> group_commands() {
  return {
      {.name = "group",
       .text = "Show the campaign groups, or load, start, stop and unload one",
       .options = {json_option()},
       .sends = "groups",
       .view = show_groups},
      {.name = "group list",
       .text = "Show state, mode and records held of each",
       .options = {json_option()},
       .sends = "groups",
       .view = show_groups},
      change("group load", "Make it Active: its campaign's records can be asked about"),
      change("group start", "Make an Active group Running: its records are handed out"),
      grave(change("group stop", "Make a Running group Active: no more records are handed out")),
      grave(
          change("group unload", "Make it NotLoaded, as soon as agents hold none of its records",
                 {{"--force", "Now: stop it and give back the records that agents hold", &Arguments::force, "force"}})),
      change("group mode", "Show or set its dialing mode", {{"MODE", "Such as Preview", &Arguments::mode, "mode"}}),
      {.name = "sessions",
       .text = "Show who sends requests, and who holds records",
       .options = {json_option()},
       .sends = "sessions",
       .view = show_sessions},
  };
}

}  // namespace outpost::supervisor::ctl
