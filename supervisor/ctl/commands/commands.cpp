#include "supervisor/ctl/commands/commands.h"

#include <algorithm>
#include <iterator>

#include "common/text.h"

namespace outpost::supervisor::ctl {

Exit exit_of(const Error& error) {
  switch (error.code) {
    case Errc::closed:
    case Errc::timeout:
    case Errc::protocol: return Exit::unreachable;
    case Errc::io:
    case Errc::limit: return Exit::file;
    default: return Exit::refused;
  }
}

std::span<const Command> commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> commands;
    for (auto family :
         {status_commands, top_commands, catalogue_commands, record_commands, records_edit_commands, recall_commands,
          import_commands, statistics_commands, group_commands, dnc_commands, token_commands, store_commands,
          courier_commands, outbox_commands, node_commands, service_commands, daemon_commands}) {
      std::ranges::move(family(), std::back_inserter(commands));
    }
    return commands;
  }();
  return all;
}

std::string_view group_of(const Command& command) {
  std::size_t blank = command.name.rfind(' ');
  return blank == command.name.npos ? std::string_view() : command.name.substr(0, blank);
}

std::string_view name_in_group_of(const Command& command) { return command.name.substr(command.name.rfind(' ') + 1); }

bool is_reading(const Command& command) {
  return std::ranges::any_of(command.options, [](const Option& option) {
    const auto* number = std::get_if<double Arguments::*>(&option.target);
    return number && *number == &Arguments::watch_s;
  });
}

std::vector<std::string_view> suggestions(std::string_view word, std::string_view group) {
  std::vector<std::string_view> grave;
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    if (group_of(command) == group) (command.grave ? grave : names).push_back(name_in_group_of(command));
  }
  std::vector<std::string_view> begun;
  std::ranges::copy_if(names, std::back_inserter(begun), [&](std::string_view name) { return name.starts_with(word); });
  if (!begun.empty()) return begun;
  std::vector<std::string_view> all = grave;  // first: of two as near, the grave one counts
  all.insert(all.end(), names.begin(), names.end());
  std::string_view near = nearest(word, all);
  bool silent = near.empty() || std::ranges::find(grave, near) != grave.end();
  return silent ? std::vector<std::string_view>() : std::vector{near};
}

}  // namespace outpost::supervisor::ctl
