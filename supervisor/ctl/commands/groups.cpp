// outpostctl group, sessions: who may work on what, and who does.
#include "supervisor/ctl/commands/commands.h"

#include <fmt/core.h>

#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

std::string show_group_change(const JsonValue& reply) {
  std::string before = text_of(reply, "before");
  std::string after = text_of(reply, "after");
  std::string mode_before = text_of(reply, "mode_before");
  std::string mode = text_of(reply, "mode");
  std::string text =
      fmt::format("campaign group {} (DBID {}): ", escape_control(text_of(reply, "group")), text_of(reply, "dbid"));
  text += before == after ? after + " as before" : before + " -> " + after;
  text += mode_before == mode ? ", mode " + mode : ", mode " + mode_before + " -> " + mode;
  std::int64_t given_back = integer_of(reply, "given_back");
  if (given_back > 0) {
    text += fmt::format("; {} record{} given back", count_of(reply, "given_back"), given_back == 1 ? " was" : "s were");
  }
  if (after == "WaitingUnload") {
    text += fmt::format("; agents still hold {} of its records: unloaded once they are done, or now with --force",
                        count_of(reply, "held"));
  }
  return text + "\n";
}

std::string show_sessions(const JsonValue& reply) {
  Table table({{"PROTOCOL"},
               {"APPLICATION"},
               {"AGENT"},
               {"SINCE"},
               {"LAST REQUEST"},
               {"REQUESTS", Align::right},
               {"RECORDS HELD", Align::right},
               {"HELD SINCE"}});
  bool gone = false;
  for (const JsonValue& one : array_of(reply, "sessions")) {
    std::string agent = escape_control(text_of(one, "agent"));
    bool has_session = integer_of(one, "application") != 0;
    gone = gone || !has_session;
    table.add({has_session ? text_of(one, "protocol") : "(none)", has_session ? text_of(one, "application") : "-",
               agent.empty() ? "-" : agent, show_time(integer_of(one, "began_at")),
               show_time(integer_of(one, "active_at")), count_of(one, "requests"), count_of(one, "held"),
               show_time(integer_of(one, "held_since"))});
  }
  std::string text = table.take();
  if (gone) text += "\n(none): holds records since before this outpostd began; they come back at the session timeout\n";
  if (integer_of(reply, "left_out") > 0) text += fmt::format("{} more are not shown\n", count_of(reply, "left_out"));
  return text;
}

Command list_groups(const char* name, const char* text) {
  return {.name = name,
          .text = text,
          .options = {json_option(), watch_option()},
          .sends = "groups",
          .listing = {"groups",
                      {{"DBID", "dbid", text_of, Align::right},
                       {"CAMPAIGN GROUP", "name"},
                       {"CAMPAIGN", "campaign"},
                       {"STATE", "state"},
                       {"MODE", "mode"},
                       {"RECORDS HELD", "held", count_of, Align::right},
                       {"OPTIONS OF ITS OWN", "options", names_in}}}};
}

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
      list_groups("group", "Show the campaign groups, or load, start, stop and unload one"),
      list_groups("group list", "Show state, mode, records held and options of its own of each"),
      change("group load", "Make it Active: its campaign's records can be asked about"),
      change("group start", "Make an Active group Running: its records are handed out"),
      grave(change("group stop", "Make a Running group Active: no more records are handed out")),
      grave(
          change("group unload", "Make it NotLoaded, as soon as agents hold none of its records",
                 {{"--force", "Now: stop it and give back the records that agents hold", &Arguments::force, "force"}})),
      change("group mode", "Show or set its dialing mode", {{"MODE", "Such as Preview", &Arguments::mode, "mode"}}),
      {.name = "sessions",
       .text = "Show who sends requests, and who holds records",
       .options = {json_option(), watch_option()},
       .sends = "sessions",
       .view = show_sessions},
  };
}

}  // namespace outpost::supervisor::ctl
