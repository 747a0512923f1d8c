#include "supervisor/control/foreign.h"

#include <fmt/core.h>

#include <algorithm>

namespace outpost::supervisor {

namespace {

constexpr TypedCommand kTyped[] = {
    {"switch", ApplicationType::outbound},       {"role", ApplicationType::outbound},
    {"group", ApplicationType::outbound},        {"import-open", ApplicationType::outbound},
    {"sample-call", ApplicationType::outbound},  {"records-plan", ApplicationType::outbound},
    {"outbox", ApplicationType::outbound},       {"outbox-list", ApplicationType::outbound},
    {"outbox-retry", ApplicationType::outbound}, {"outbox-drop", ApplicationType::outbound},
    {"outbox-pause", ApplicationType::outbound}, {"outbox-resume", ApplicationType::outbound},
    {"catalogue", ApplicationType::outbound},    {"records", ApplicationType::outbound},
    {"record", ApplicationType::outbound},       {"statistics", ApplicationType::outbound},
    {"groups", ApplicationType::outbound},       {"recall", ApplicationType::outbound},
    {"records-edit", ApplicationType::outbound}, {"records-restore", ApplicationType::outbound},
    {"sessions", ApplicationType::outbound},     {"dnc-add", ApplicationType::outbound},
    {"dnc-remove", ApplicationType::outbound},   {"dnc-list", ApplicationType::outbound},
    {"apply", ApplicationType::outbound},        {"import-finish", ApplicationType::outbound},
    {"imports", ApplicationType::outbound},      {"node", ApplicationType::mobile},
    {"node-change", ApplicationType::mobile},    {"nodes", ApplicationType::mobile},
    {"services", ApplicationType::mobile},       {"service", ApplicationType::mobile},
    {"resources", ApplicationType::mobile},      {"subscriptions", ApplicationType::mobile},
    {"publish", ApplicationType::mobile},        {"alarms", ApplicationType::mobile},
};

// Of those that need a word about what there is on a mobile node in their place.
struct Instead {
  std::string_view name;
  std::string_view text;
};
constexpr Instead kInstead[] = {
    {"switch", ": all nodes are active"},
    {"role", ": all nodes are active"},
    {"sample-call", ": what can be tried there is a URL, http or https"},
};

}  // namespace

std::span<const TypedCommand> typed_commands() { return kTyped; }

std::string foreign_command_text(std::string_view name, ApplicationType here) {
  const auto* found = std::ranges::find(kTyped, name, &TypedCommand::name);
  if (found == std::end(kTyped) || found->type == here) return "";
  std::string text = fmt::format("{} is a command of {}; this outpostd is ", name, word_of(found->type));
  if (here == ApplicationType::outbound) return text + "of type outbound";
  const auto* instead = std::ranges::find(kInstead, name, &Instead::name);
  return text.append("a mobile node").append(instead == std::end(kInstead) ? "" : instead->text);
}

}  // namespace outpost::supervisor
