// The only file of ctl/ that includes CLI11, the heaviest header that we have.
#include "supervisor/ctl/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "common/text.h"
#include "common/version.h"
#include "supervisor/ctl/commands/show.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr const char* kExitStatuses =
    "Exit status:\n"
    "  0  done\n"
    "  1  the supervisor refused, its reason is on standard error; or, of health and status, it is not ready\n"
    "  2  the command line is wrong\n"
    "  3  the supervisor cannot be reached, or the connection was lost\n"
    "  4  a file cannot be read or written\n"
    "  5  an import is complete, but rows of it were rejected";

template <class T>
CLI::Option* add(CLI::App& app, const Option& option, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return app.add_flag(option.names, value, option.text);
  } else {
    CLI::Option* added = app.add_option(option.names, value, option.text);
    if constexpr (std::is_arithmetic_v<T>) {
      if (option.range.high > option.range.low) {
        added->check(
            CLI::Range(static_cast<T>(option.range.low), static_cast<T>(option.range.high), option.range.text));
      }
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!value.empty()) added->capture_default_str();
    } else if (option.commas) {
      added->delimiter(',');
    } else if (option.names.starts_with('-')) {
      added->allow_extra_args(false);
    }
    return added;
  }
}

CLI::Option* add_parsed(CLI::App& app, const Option& option, std::int64_t& value) {
  auto read = [&option, &value](const std::string& given) {
    auto parsed = option.number(given);
    if (!parsed) throw CLI::ValidationError(option.names, parsed.error().text);
    value = *parsed;
  };
  return app.add_option_function<std::string>(option.names, read, option.text);
}

void add_option(CLI::App& app, const Option& option, Arguments& arguments) {
  CLI::Option* added =
      option.number ? add_parsed(app, option, arguments.*std::get<std::int64_t Arguments::*>(option.target))
                    : std::visit([&](auto member) { return add(app, option, arguments.*member); }, option.target);
  added->required(option.required);
  if (!option.words.empty()) added->check(CLI::IsMember(option.words));
  if (option.objection) added->check(option.objection);
  if (option.type) added->type_name(option.type);
  for (const char* other : option.excludes) added->excludes(app.get_option(other));
}

CLI::App* parent_of(CLI::App& root, const Command& command) {
  std::string_view name = group_of(command);
  if (name.empty()) return &root;
  CLI::App* group = root.get_subcommand(std::string(name));
  bool does_something = std::ranges::find(commands(), name, &Command::name)->sends != nullptr;
  does_something ? group->require_subcommand(0, 1) : group->require_subcommand(1);
  return group;
}

void add_command(CLI::App& root, const Command& command, Arguments& arguments) {
  CLI::App* app = parent_of(root, command)->add_subcommand(std::string(name_in_group_of(command)), command.text);
  app->fallthrough(!command.offline);
  for (const Option& option : command.options) add_option(*app, option, arguments);
  if (command.footer) app->footer(command.footer);
  app->callback([&command, &arguments] {
    // That of a group is called as well; the longer name is what was asked for.
    if (arguments.command && arguments.command->name.size() > command.name.size()) return;
    std::string objection = command.objection ? command.objection(arguments) : std::string();
    if (!objection.empty()) throw CLI::ValidationError(objection);
    arguments.command = &command;
  });
}

// CLI11 only says that a command is missing, also when a word stands where one should be.
void name_unknown_command(const CLI::App& app) {
  std::string group;
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    group += (group.empty() ? "" : " ") + at->get_name();
  }
  std::vector<std::string> words = app.remaining(true);
  if (at->get_subcommands([](const CLI::App*) { return true; }).empty() || words.empty()) return;
  auto near = suggestions(words[0], group);
  fmt::print(stderr, "there is no command \"{}\"{}\n", printable(words[0]),
             near.empty() ? std::string() : fmt::format("; did you mean {}?", join(near, " or ")));
}

}  // namespace

std::variant<Arguments, Exit> read_command_line(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Outpost's way in: watches and commands a running supervisor.", "outpostctl");
  app.set_version_flag("--version", std::string("outpostctl ") + kVersion);
  app.add_option("--socket", arguments.socket, "The supervisor's control socket")
      ->envname("OUTPOST_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--timeout", arguments.timeout_s,
                 "Longest wait for each reply, for a switch and for a stop, in seconds")
      ->check(CLI::Range(0.1, 86400.0))
      ->type_name("S")
      ->capture_default_str();
  app.require_subcommand(1);
  app.footer(kExitStatuses);
  for (const Command& command : commands()) add_command(app, command, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    name_unknown_command(app);
    return app.exit(error) == 0 ? Exit::done : Exit::usage;
  }
  return arguments;
}

}  // namespace outpost::supervisor::ctl
