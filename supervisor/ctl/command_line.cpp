// The only file of ctl/ that includes CLI11, the heaviest header that we have.
#include "supervisor/ctl/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "common/command_tree.h"
#include "common/completion.h"
#include "common/manual_page.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/page.h"

namespace outpost::supervisor::ctl {

namespace {

std::string footer() {
  const PageFacts facts = page_facts();
  std::string text = "Exit status:";
  for (const auto& [status, meaning] : facts.lists.back().entries) text += fmt::format("\n  {}  {}", status, meaning);
  return text;
}

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

// A number that may be left out: CLI11 says "true" then.
CLI::Option* add_optional(CLI::App& app, const Option& option, double& value) {
  auto read = [&option, &value](const std::string& given) {
    double number = option.alone;
    const char* end = given.data() + given.size();
    bool valid = given == "true" || std::from_chars(given.data(), end, number).ptr == end;
    if (!valid || !(number >= option.range.low && number <= option.range.high)) {
      throw CLI::ValidationError(option.names, fmt::format("'{}' is not {}", given, option.range.text));
    }
    value = number;
  };
  return app.add_option_function<std::string>(option.names, read, option.text)->expected(0, 1);
}

CLI::Option* add_any(CLI::App& app, const Option& option, Arguments& arguments) {
  if (option.alone > 0) return add_optional(app, option, arguments.*std::get<double Arguments::*>(option.target));
  if (option.number) return add_parsed(app, option, arguments.*std::get<std::int64_t Arguments::*>(option.target));
  return std::visit([&](auto member) { return add(app, option, arguments.*member); }, option.target);
}

void add_option(CLI::App& app, const Option& option, Arguments& arguments) {
  CLI::Option* added = add_any(app, option, arguments);
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

// An option of the group that its command has not would be taken, and do nothing: records set --limit 5 sets them all.
void refuse_options_of_group(const CLI::App& group) {
  const CLI::App& command = *group.get_subcommands().front();
  for (const CLI::Option* option : group.get_options()) {
    if (option->count() == 0 || command.get_option_no_throw(option->get_name())) continue;
    std::string name = option->get_positional() ? option->get_name(true) : option->get_name();
    throw CLI::ValidationError(
        fmt::format("{0} is of the command {1} alone, not of {1} {2}: {1} {2} --help shows those", name,
                    group.get_name(), command.get_name()));
  }
}

void add_command(CLI::App& root, const Command& command, Arguments& arguments) {
  CLI::App* app = parent_of(root, command)->add_subcommand(std::string(name_in_group_of(command)), command.text);
  app->fallthrough(!command.offline);
  for (const Option& option : command.options) add_option(*app, option, arguments);
  if (command.footer) app->footer(command.footer);
  app->callback([app, &command, &arguments] {
    // That of a group is called as well; the longer name is what was asked for.
    if (!app->get_subcommands().empty()) return refuse_options_of_group(*app);
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
  auto commands_there = at->get_subcommands([](const CLI::App*) { return true; });
  if (commands_there.empty() || words.empty()) return;
  // One that does something by itself has taken the word for what it is about.
  auto given = at->get_options([](const CLI::Option* o) { return o->get_positional() && o->count() > 0; });
  if (!given.empty()) words.front() = given.front()->results().front();
  auto near = suggestions(words[0], group);
  if (!given.empty() && near.empty()) {
    std::vector<std::string> names;
    for (const CLI::App* one : commands_there) names.push_back(one->get_name());
    fmt::print(stderr, "\"{}\" is no command of {} and was taken for {}; its commands are {}\n", printable(words[0]),
               group, given.front()->get_name(true), join(names, ", "));
    return;
  }
  fmt::print(stderr, "there is no command \"{}\"{}\n", printable(words[0]),
             near.empty() ? std::string() : fmt::format("; did you mean {}?", join(near, " or ")));
}

// Of a command line that could not be read.
bool asks_for_json(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

// What is made of the command line itself, and kept in etc/.
void add_generators(CLI::App& app) {
  auto print = [&app](std::string (*make)(const CommandTree&)) {
    fmt::print("{}", make(command_tree(app)));
    throw CLI::Success();
  };
  auto page = [](const CommandTree& tree) { return command_page(page_facts(), tree); };
  app.add_flag_callback(
         "--print-manual-page", [print, page] { print(page); }, "Print outpostctl(1)")
      ->group(kMaintainers);
  auto completion = [print](const std::string& shell) { print(shell == "bash" ? bash_completion : zsh_completion); };
  app.add_option_function<std::string>("--print-completion", completion, "Print the completion of a shell")
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->group(kMaintainers);
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
  app.footer(footer());
  for (const Command& command : commands()) add_command(app, command, arguments);
  add_generators(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    name_unknown_command(app);
    if (app.exit(error) == 0) return Exit::done;
    if (asks_for_json(argc, argv)) fmt::print("{}\n", error_json(error.what(), Exit::usage));
    return Exit::usage;
  }
  return arguments;
}

}  // namespace outpost::supervisor::ctl
