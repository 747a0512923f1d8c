// A program's command line as data: what its parser takes, for the manual page and the shells' completion.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"

namespace outpost {

// Options of this group are not for users: neither pages nor completion have them.
inline constexpr const char* kMaintainers = "For maintainers";

struct CommandOption {
  std::vector<std::string> names = {};  // "-o", "--output"; empty for what is known by its place
  std::string value = {};               // "FILE"; empty when it takes none
  std::vector<std::string> words = {};  // the valid values, when they are few
  std::string bounds = {};              // of numbers: "0.1 - 86400"
  std::string text = {};
  std::string default_value = {};
  std::string environment = {};  // the variable that it can come from
  bool required = false;
  bool repeats = false;

  [[nodiscard]] bool is_named() const { return !names.empty(); }
  [[nodiscard]] bool names_file() const { return value == "FILE" || value == "PATH"; }
};

struct CommandTree {
  std::string name;  // of the program, or of a command in its group
  std::string text;
  std::string footer;
  std::vector<CommandOption> options;
  std::vector<CommandTree> commands;
};

namespace detail {

// CLI11 says "WHAT:{keep,skip}" and "S:FLOAT in [0.1 - 86400]": the value's name, and what is valid.
inline void read_type(CommandOption& option, std::string_view type) {
  std::size_t colon = type.find(':');
  std::string_view valid = colon == type.npos ? std::string_view() : type.substr(colon + 1);
  option.value = type.substr(0, colon);
  if (valid.starts_with('{') && valid.ends_with('}')) {
    option.words = split_names(valid.substr(1, valid.size() - 2));
  } else if (std::size_t bracket = valid.find(" in ["); bracket != valid.npos) {
    option.bounds = valid.substr(bracket + 5, valid.size() - bracket - 6);
  }
}

}  // namespace detail

// Of a CLI::Option. A template, so that only who parses with CLI11 includes it.
template <class Parsed>
CommandOption command_option(const Parsed& parsed) {
  CommandOption option;
  for (const std::string& name : parsed.get_snames()) option.names.push_back("-" + name);
  for (const std::string& name : parsed.get_lnames()) option.names.push_back("--" + name);
  if (parsed.get_items_expected_max() > 0) detail::read_type(option, parsed.get_type_name());
  if (!option.is_named()) option.value = parsed.get_name(true);
  option.text = parsed.get_description();
  option.default_value = parsed.get_default_str();
  option.environment = parsed.get_envname();
  option.required = parsed.get_required();
  option.repeats = parsed.get_expected_max() > 1;
  return option;
}

// Of a CLI::App.
template <class App>
CommandTree command_tree(const App& app) {
  CommandTree tree{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const auto* option : app.get_options()) {
    if (option->get_group() != kMaintainers) tree.options.push_back(command_option(*option));
  }
  for (const App* command : app.get_subcommands([](const App*) { return true; })) {
    tree.commands.push_back(command_tree(*command));
  }
  return tree;
}

}  // namespace outpost
