#include "common/completion.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iterator>

namespace outpost {

namespace {

template <class... Args>
void add_script(std::string& out, fmt::format_string<Args...> text, Args&&... args) {
  fmt::format_to(std::back_inserter(out), text, std::forward<Args>(args)...);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// A word of the shell, whatever is in it.
std::string shell_quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

using Visit = std::function<void(const CommandTree& command, const std::string& name)>;

// The program itself, whose name is empty, and each command by its full name.
void visit_commands(const CommandTree& tree, const Visit& visit, const std::string& name = "") {
  visit(tree, name);
  for (const CommandTree& one : tree.commands)
    visit_commands(one, visit, name.empty() ? one.name : name + ' ' + one.name);
}

// --- bash ------------------------------------------------------------------------------------------------------------

// _PROGRAM_facts COMMAND and _PROGRAM_value "COMMAND OPTION-OR-PLACE" are the tables; this goes by them. Words are
// split at "=", too, as bash does.
constexpr std::string_view kBashProgram = R"(
_@() {
  local current=${COMP_WORDS[COMP_CWORD]} command='' option='' place=1 word i
  local commands='' options='' valued='' words='' files=''
  COMPREPLY=()
  _@_facts ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $option ]]; then
      [[ $word == '=' ]] || option=''
    elif [[ $word == -* ]]; then
      [[ " $valued " != *" $word "* ]] || option=$word
    elif [[ $place == 1 && " $commands " == *" $word "* ]]; then
      command=${command:+$command }$word
      _@_facts "$command"
    else
      place=$((place + 1))
    fi
  done
  [[ $current != '=' ]] || current=''
  if [[ $option ]]; then
    _@_value "$command $option"
  elif [[ $current == -* ]]; then
    words=$options
  else
    words=$commands
    _@_value "$command $place"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _@ @
)";

// What of a command and of the program stands with "-" on its command line.
std::vector<CommandOption> named_options(const CommandTree& program, const CommandTree& command) {
  std::vector<CommandOption> named;
  for (const CommandTree* tree : {&command, &program}) {
    for (const CommandOption& option : tree->options) {
      bool known = std::ranges::any_of(named, [&](const auto& other) { return other.names == option.names; });
      if (option.is_named() && !known) named.push_back(option);
    }
    if (&command == &program) break;
  }
  return named;
}

void add_bash_facts(std::string& out, const CommandTree& program) {
  visit_commands(program, [&](const CommandTree& command, const std::string& name) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    std::vector<std::string> valued;
    for (const CommandTree& one : command.commands) commands.push_back(one.name);
    for (const CommandOption& option : named_options(program, command)) {
      std::ranges::copy(option.names, std::back_inserter(options));
      if (!option.value.empty()) std::ranges::copy(option.names, std::back_inserter(valued));
    }
    add_script(out, "    {})\n      commands={}\n      options={}\n      valued={}\n      ;;\n", shell_quoted(name),
               shell_quoted(join(commands, " ")), shell_quoted(join(options, " ")), shell_quoted(join(valued, " ")));
  });
}

void add_bash_value(std::string& out, const std::vector<std::string>& cases, const CommandOption& option) {
  if (option.words.empty() && !option.names_file()) return;
  add_script(out, "    {}) {} ;;\n", join(cases, " | "),
             option.words.empty() ? "files=yes" : "words=" + shell_quoted(join(option.words, " ")));
}

void add_bash_values(std::string& out, const CommandTree& program) {
  visit_commands(program, [&](const CommandTree& command, const std::string& name) {
    for (const CommandOption& option : named_options(program, command)) {
      std::vector<std::string> cases;
      for (const std::string& one : option.names) cases.push_back(shell_quoted(fmt::format("{} {}", name, one)));
      add_bash_value(out, cases, option);
    }
    int place = 0;
    for (const CommandOption& option : command.options) {
      if (!option.is_named()) add_bash_value(out, {shell_quoted(fmt::format("{} {}", name, ++place))}, option);
    }
  });
}

// --- zsh -------------------------------------------------------------------------------------------------------------

std::string zsh_function(const CommandTree& program, const std::string& name) {
  return "_" + program.name + (name.empty() ? "" : "_" + replaced(replaced(name, " ", "_"), "-", "_"));
}

// A text inside a specification of _arguments.
std::string zsh_text(std::string text) {
  for (std::string_view special : {"\\", "[", "]", ":"}) text = replaced(text, special, "\\" + std::string(special));
  return text;
}

std::string zsh_action(const CommandOption& option) {
  if (!option.words.empty()) return "(" + join(option.words, " ") + ")";
  return option.names_file() ? "_files" : " ";
}

// "(-o --output)--output=[text]:FILE:_files", one for each name.
void add_zsh_named(std::vector<std::string>& out, const CommandOption& option) {
  for (const std::string& name : option.names) {
    std::string others = option.repeats ? "*" : "(" + join(option.names, " ") + ")";
    std::string spec = others + name;
    if (!option.value.empty()) spec += name.starts_with("--") ? "=" : "+";
    spec += "[" + zsh_text(option.text) + "]";
    if (!option.value.empty()) spec += ":" + zsh_text(option.value) + ":" + zsh_action(option);
    out.push_back(shell_quoted(spec));
  }
}

std::vector<std::string> zsh_specifications(const CommandTree& program, const CommandTree& command) {
  std::vector<std::string> specifications;
  for (const CommandOption& option : named_options(program, command)) add_zsh_named(specifications, option);
  int place = 0;
  for (const CommandOption& option : command.options) {
    if (option.is_named()) continue;
    std::string where = option.repeats ? "*" : std::to_string(++place);
    specifications.push_back(shell_quoted(
        fmt::format("{}:{}{}:{}", where, option.required ? "" : ":", zsh_text(option.value), zsh_action(option))));
  }
  return specifications;
}

void add_zsh_group(std::string& out, const CommandTree& program, const CommandTree& group, const std::string& name) {
  out += "  local -a commands=(\n";
  for (const CommandTree& one : group.commands) add_script(out, "    {}\n", shell_quoted(one.name + ":" + one.text));
  out += "  )\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C \\\n";
  for (const std::string& one : zsh_specifications(program, group)) add_script(out, "    {} \\\n", one);
  out += "    '1:command:->command' '*::argument:->arguments'\n  case $state in\n";
  out += "    (command) _describe command commands ;;\n    (arguments)\n      case $line[1] in\n";
  for (const CommandTree& one : group.commands) {
    std::string full = name.empty() ? one.name : name + ' ' + one.name;
    add_script(out, "        ({}) {} ;;\n", one.name, zsh_function(program, full));
  }
  out += "      esac\n      ;;\n  esac\n";
}

}  // namespace

std::string bash_completion(const CommandTree& tree) {
  std::string out = fmt::format("# bash completion of {0}. Made by {0} --print-completion bash.\n", tree.name);
  add_script(out, "\n_{}_facts() {{\n  case $1 in\n", tree.name);
  add_bash_facts(out, tree);
  add_script(out, "  esac\n}}\n\n_{}_value() {{\n  case $1 in\n    '') ;;\n", tree.name);
  add_bash_values(out, tree);
  out += "  esac\n}\n";
  return out + replaced(std::string(kBashProgram), "@", tree.name);
}

std::string zsh_completion(const CommandTree& tree) {
  std::string out = fmt::format("#compdef {0}\n# Made by {0} --print-completion zsh.\n", tree.name);
  visit_commands(tree, [&](const CommandTree& command, const std::string& name) {
    add_script(out, "\n{}() {{\n", zsh_function(tree, name));
    if (!command.commands.empty()) {
      add_zsh_group(out, tree, command, name);
    } else {
      out += "  _arguments";
      for (const std::string& one : zsh_specifications(tree, command)) add_script(out, " \\\n    {}", one);
      out += "\n";
    }
    out += "}\n";
  });
  return out + fmt::format("\n_{} \"$@\"\n", tree.name);
}

}  // namespace outpost
