// outpostctl nodes, node: the nodes of a mobile service, and whether this one wants work.
#include "supervisor/ctl/commands/commands.h"

#include <fmt/core.h>

#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

// A node says each second that it lives.
std::string seen_of(const JsonValue& node, std::string_view key) {
  constexpr std::int64_t kMsPerSecond = 1'000;
  return flag_of(node, "live") ? "now" : fmt::format("{} s ago", integer_of(node, key) / kMsPerSecond);
}

std::string self_of(const JsonValue& node, std::string_view key) { return flag_of(node, key) ? "*" : ""; }

std::string show_node(const JsonValue& node) {
  std::string text = fmt::format("node {} ({}) is {}\n", text_of(node, "id"), printable(text_of(node, "name")),
                                 printable(text_of(node, "status")));
  for (const JsonValue& reason : array_of(node, "reasons")) text += printable(text_of(reason)) + "\n";
  return text;
}

Command change(const char* name, const char* text, bool grave) {
  return {.name = name,
          .text = text,
          .options = {json_option()},
          .sends = "node-change",
          .subcommand = name + std::string_view("node ").size(),
          .view = show_node,
          .grave = grave};
}

}  // namespace

std::vector<Command> node_commands() {
  return {{.name = "nodes",
           .text = "Show all nodes of a mobile service",
           .options = {json_option(), watch_option()},
           .footer = "OPTIONS DIFFER: sections of the configuration that all nodes need alike, and that are not those "
                     "of this node.",
           .sends = "nodes",
           .listing = {"nodes",
                       {{"NODE", "node_id", text_of, Table::Align::right},
                        {"THIS", "self", self_of},
                        {"NAME", "name"},
                        {"STATUS", "status"},
                        {"SEEN", "seen_ms_ago", seen_of},
                        {"SINCE", "started_at", time_of},
                        {"URL", "url"},
                        {"HOST AND SOCKET", "instance"},
                        {"PROGRAM", "program"},
                        {"OPTIONS DIFFER", "differs", names_in}}}},
          {.name = "node",
           .text = "Show this node of a mobile service, or set it online or offline",
           .options = {json_option(), watch_option()},
           .footer = "A node that is offline goes on serving; its health says that it wants no work, until it is set\n"
                     "online or started again.",
           .sends = "node",
           .view = show_node},
          change("node online", "Let balancers give it work", false),
          change("node offline", "Let balancers give it no more work", true)};
}

}  // namespace outpost::supervisor::ctl
