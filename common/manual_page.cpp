#include "common/manual_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "common/version.h"

namespace outpost {

namespace {

template <class... Args>
void add_markup(std::string& out, fmt::format_string<Args...> text, Args&&... args) {
  fmt::format_to(std::back_inserter(out), text, std::forward<Args>(args)...);
}

// A text in which nothing is markup: no escape, no request where a line begins.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\\' ? std::string("\\e") : std::string(1, c);
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

// A text as one argument of a macro, whatever macro its first word may be.
std::string argument(std::string_view text) {
  std::string out;
  for (char c : plain(text)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return "\"\\&" + out + '"';
}

bool ends_sentence(std::string_view word) {
  while (word.ends_with(')') || word.ends_with('"')) word.remove_suffix(1);
  return word.ends_with('.') || word.ends_with('!') || word.ends_with('?');
}

// Lines of at most 78 bytes; a new sentence begins a new line, as mdoc(7) has it.
void add_text(std::string& out, std::string_view text) {
  std::string line;
  auto end_line = [&] {
    if (!line.empty()) add_markup(out, "{}\n", plain(line));
    line.clear();
  };
  while (!(text = trim(text)).empty()) {
    std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    if (line.size() + 1 + word.size() > 78) end_line();
    line.append(line.empty() ? "" : " ").append(word);
    if (ends_sentence(word)) end_line();
  }
  end_line();
}

// A footer of --help, whose lines are broken for a terminal: a paragraph ends where a line ends a sentence.
void add_footer(std::string& out, std::string_view footer) {
  std::string paragraph;
  auto end_paragraph = [&] {
    if (!paragraph.empty()) out += ".Pp\n";
    add_text(out, paragraph);
    paragraph.clear();
  };
  while (!footer.empty()) {
    std::string_view line = footer.substr(0, footer.find('\n'));
    footer.remove_prefix(std::min(line.size() + 1, footer.size()));
    paragraph.append(paragraph.empty() ? "" : " ").append(line);
    if (ends_sentence(line)) end_paragraph();
  }
  end_paragraph();
}

std::string value_markup(const CommandOption& option) {
  return fmt::format("Ar {}{}", argument(option.value), option.repeats ? " ..." : "");
}

std::string names_markup(const CommandOption& option) {
  std::string out;
  for (const std::string& name : option.names) {
    add_markup(out, "{}Fl {}", out.empty() ? "" : " , ", argument(std::string_view(name).substr(1)));
  }
  return out;
}

void add_option(std::string& out, const CommandOption& option) {
  std::string term = names_markup(option);
  if (!option.value.empty()) term += (term.empty() ? "" : " ") + value_markup(option);
  add_markup(out, ".It {}\n", term);
  bool ends = ends_sentence(option.text);
  add_text(out, option.text + (ends ? "" : "."));
  if (!option.words.empty()) add_text(out, fmt::format("Valid: {}.", join(option.words, ", ")));
  if (!option.bounds.empty()) add_text(out, fmt::format("Valid: {}.", option.bounds));
  if (!option.default_value.empty()) add_text(out, fmt::format("Default: {}.", option.default_value));
  if (!option.environment.empty()) add_markup(out, "Environment:\n.Ev {} .\n", option.environment);
}

bool is_help(const CommandOption& option) { return option.is_named() && option.names.back() == "--help"; }

void add_options(std::string& out, const std::vector<CommandOption>& options) {
  out += ".Bl -tag -width Ds\n";
  for (const CommandOption& option : options) add_option(out, option);
  out += ".El\n";
}

void add_synopsis_of_values(std::string& out, const CommandTree& tree) {
  for (const CommandOption& option : tree.options) {
    if (option.is_named() && !option.required) continue;
    std::string names = option.is_named() ? fmt::format("Fl {} ", argument(option.names.back().substr(1))) : "";
    add_markup(out, ".{}{}{}\n", option.required ? "" : "Op ", names, value_markup(option));
  }
}

// A command with all that are in it, each under its full name.
void add_command(std::string& out, CommandTree command, const std::string& group) {
  std::erase_if(command.options, is_help);  // it is said once, for all
  std::string name = group.empty() ? command.name : group + ' ' + command.name;
  add_markup(out, ".Ss {}\n", argument(name));
  add_markup(out, ".Bd -ragged -compact\n.Cm {}\n", argument(name));
  bool has_options = std::ranges::any_of(command.options, [](const auto& one) { return one.is_named(); });
  if (has_options) out += ".Op Ar options\n";
  if (!command.commands.empty()) out += ".Op Ar command\n";
  add_synopsis_of_values(out, command);
  out += ".Ed\n.Pp\n";
  add_text(out, command.text + std::string(ends_sentence(command.text) ? "" : "."));
  if (!command.options.empty()) add_options(out, command.options);
  add_footer(out, command.footer);
  for (const CommandTree& one : command.commands) add_command(out, one, name);
}

std::string page_head(const PageFacts& facts, std::string_view made_by) {
  std::string title;
  for (char c : facts.name) title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string out =
      fmt::format(".\\\" Made by {}.\n.Dd {}\n.Dt {} {}\n.Os\n", made_by, kVersionDate, title, facts.section);
  add_markup(out, ".Sh NAME\n.Nm {}\n.Nd {}\n", facts.name, facts.about);
  return out;
}

void add_paragraphs(std::string& out, const std::vector<std::string>& paragraphs) {
  for (const std::string& paragraph : paragraphs) {
    if (&paragraph != &paragraphs.front()) out += ".Pp\n";
    add_text(out, paragraph);
  }
}

void add_end(std::string& out, const PageFacts& facts) {
  for (const PageFacts::List& list : facts.lists) {
    add_markup(out, ".Sh {}\n.Bl -tag -width Ds\n", list.heading);
    for (const PageFacts::Entry& entry : list.entries) {
      add_markup(out, ".It {}\n", argument(entry.term));
      add_text(out, entry.text);
    }
    out += ".El\n";
  }
  out += ".Sh SEE ALSO\n";
  for (const std::string& other : facts.see_also) {
    add_markup(out, ".Xr {}{}\n", other, &other == &facts.see_also.back() ? "" : " ,");
  }
}

std::string_view shape_markup(OptionShape shape) {
  switch (shape) {
    case OptionShape::single: return "";
    case OptionShape::array: return "An array: each entry has these options.";
    case OptionShape::by_name: return "One for each name: each has these options.";
  }
  return {};
}

void add_row(std::string& out, const OptionRow& row) {
  add_markup(out, ".It Cm {}\n", argument(row.name));
  add_text(out, row.facts.text);
  std::string value = row.default_shown();
  if (!row.facts.default_text.empty()) value += fmt::format(", {}", row.facts.default_text);
  add_text(out, fmt::format("Default: {}.", value));
  add_text(out, fmt::format("Valid: {}.", row.valid_text()));
  add_text(out, fmt::format("Takes effect {}.", to_string(row.facts.takes_effect)));
  if (!row.facts.type.empty()) add_text(out, fmt::format("Only for applications of type {}.", row.facts.type));
  if (row.facts.secret) add_text(out, "It is never shown.");
}

}  // namespace

std::string command_page(const PageFacts& facts, const CommandTree& tree) {
  std::string out = page_head(facts, tree.name + " --print-manual-page");
  out += ".Sh SYNOPSIS\n.Nm\n.Op Ar options\n";
  if (!tree.commands.empty()) out += ".Ar command\n.Op Ar argument ...\n";
  add_synopsis_of_values(out, tree);
  out += ".Sh DESCRIPTION\n";
  add_paragraphs(out, facts.paragraphs);
  out += ".Pp\nThe options are:\n";
  add_options(out, tree.options);
  if (!tree.commands.empty()) out += ".Sh COMMANDS\nEach command knows\n.Fl -help .\n";
  for (const CommandTree& command : tree.commands) add_command(out, command, "");
  add_end(out, facts);
  return out;
}

std::string options_page(const PageFacts& facts, const OptionTable& table) {
  std::string out = page_head(facts, "outpostd --print-config-page");
  out += ".Sh DESCRIPTION\n";
  add_paragraphs(out, facts.paragraphs);
  out += ".Sh OPTIONS\n";
  for (const OptionSection& section : table) {
    add_markup(out, ".Ss {}\n", argument(section.name));
    add_text(out, section.text);
    if (!section.type.empty()) add_text(out, fmt::format("Only for applications of type {}.", section.type));
    add_text(out, shape_markup(section.shape));
    out += ".Bl -tag -width Ds\n";
    for (const OptionRow& row : section.rows) add_row(out, row);
    out += ".El\n";
  }
  add_end(out, facts);
  return out;
}

}  // namespace outpost
