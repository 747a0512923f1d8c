// What people read of options: values and changes, the sample file, the manual.
#include <algorithm>

#include "common/options.h"
#include "common/text.h"

namespace outpost {

namespace {

// The settings of a row by their names: one, or each of an open row.
std::map<std::string, OptionValue> named(const OptionRow& row, const OptionValue& value) {
  const auto* texts = std::get_if<OptionTexts>(&value);
  return texts ? std::map<std::string, OptionValue>(texts->begin(), texts->end())
               : std::map<std::string, OptionValue>{{row.name, value}};
}

// Lines of at most `width` bytes, each behind `prefix`.
std::string wrapped(std::string_view text, std::string_view prefix) {
  constexpr std::size_t kWidth = 100;
  std::string out;
  while (!text.empty()) {
    std::size_t room = kWidth - prefix.size();
    std::size_t cut = text.size() <= room ? text.size() : text.rfind(' ', room);
    if (cut == std::string_view::npos) cut = std::min(text.find(' '), text.size());
    out += fmt::format("{}{}\n", prefix, text.substr(0, cut));
    text.remove_prefix(std::min(cut + 1, text.size()));
  }
  return out;
}

// Entries with a comma between two of them; an entry ends with its last line's text.
std::string joined_entries(const std::vector<std::string>& entries) {
  std::string out;
  for (const std::string& entry : entries) out += (out.empty() ? "" : ",\n\n") + entry;
  return out.empty() ? out : out + '\n';
}

// What a sample is made for: a type of application, and values that are no defaults.
struct Sample {
  std::string_view type;
  const std::map<std::string, OptionValue>& values;
  const std::vector<OptionExample>& examples;

  [[nodiscard]] OptionValue value(const OptionSection& section, const OptionRow& row, const OptionExample* of) const {
    if (of) {
      auto own = std::ranges::find(of->options, row.name, [](const auto& one) { return one.first; });
      return own == of->options.end() ? row.default_for(type) : own->second;
    }
    auto given = values.find(fmt::format("{}.{}", section.name, row.name));
    return given == values.end() ? row.default_for(type) : given->second;
  }
};

std::string setting_text(std::string_view name, const OptionValue& value) {
  return fmt::format("\"{}\": {}", name, option_text(value));
}

// `of`: the example that has these rows, and what it has without a row as well.
std::string rows_of_sample(const OptionSection& section, const Sample& sample, std::string_view indent,
                           const OptionExample* of = nullptr) {
  std::string prefix = std::string(indent) + "// ";
  std::vector<std::string> entries;
  std::string open;  // has no name, so it cannot stand there but as a comment
  for (const OptionRow& row : section.rows) {
    if (!row.is_for(sample.type)) continue;
    std::string text = wrapped(row.facts.text, prefix);
    if (!row.facts.default_text.empty()) text += wrapped(fmt::format("Empty: {}.", row.facts.default_text), prefix);
    text += wrapped(
        fmt::format("Valid: {}. Takes effect {}.", row.valid_text(sample.type), to_string(row.facts.takes_effect)),
        prefix);
    if (row.is_open()) {
      open += text + '\n';
    } else {
      entries.push_back(fmt::format("{}{}{}", text, indent, setting_text(row.name, sample.value(section, row, of))));
    }
  }
  for (std::size_t i = 0; of && i < of->options.size(); ++i) {
    const auto& [name, value] = of->options[i];
    if (std::ranges::find(section.rows, name, &OptionRow::name) != section.rows.end()) continue;
    entries.push_back(fmt::format("{}{}", indent, setting_text(name, value)));
  }
  return open + joined_entries(entries);
}

std::string entries_of_sample(const OptionSection& section, const Sample& sample) {
  std::string out;
  for (const OptionExample& example : sample.examples) {
    if (!example.path.starts_with(section.prefix())) continue;
    std::string options;
    if (out.empty()) {
      options = rows_of_sample(section, sample, "    ", &example);
    } else {
      for (const auto& [name, value] : example.options) {
        options += fmt::format("{}    {}", options.empty() ? "" : ",\n", setting_text(name, value));
      }
      options += '\n';
    }
    out += fmt::format("{}  \"{}\": {{\n{}  }}", out.empty() ? "" : ",\n\n", example.path, options);
  }
  if (!out.empty()) return out;
  return fmt::format("  \"{}NAME\": {{\n{}  }}", section.prefix(), rows_of_sample(section, sample, "    "));
}

std::string section_of_sample(const OptionSection& section, const Sample& sample) {
  std::string text = wrapped(section.text, "  // ");
  switch (section.shape) {
    case OptionShape::single:
      return text + fmt::format("  \"{}\": {{\n{}  }}", section.name, rows_of_sample(section, sample, "    "));
    case OptionShape::array:
      return text +
             fmt::format("  \"{}\": [\n    {{\n{}    }}\n  ]", section.name, rows_of_sample(section, sample, "      "));
    case OptionShape::by_name: break;
  }
  return text + entries_of_sample(section, sample);
}

std::string_view shape_text(OptionShape shape) {
  switch (shape) {
    case OptionShape::single: return "";
    case OptionShape::array: return " (an array: each entry has these)";
    case OptionShape::by_name: return " (one for each name: each has these)";
  }
  return {};
}

std::string row_of_manual(const OptionSection& section, const OptionRow& row) {
  std::string out = fmt::format("\n### {}{}.{}\n\n{}\n\n", section.name,
                                section.shape == OptionShape::array ? "[]" : "", row.name, row.facts.text);
  out += fmt::format("- Default: {}{}{}\n", row.default_shown("`"), row.facts.default_text.empty() ? "" : ", ",
                     row.facts.default_text);
  out += fmt::format("- Valid: {}\n- Takes effect: {}\n", row.valid_text(), to_string(row.facts.takes_effect));
  if (!row.facts.type.empty()) out += fmt::format("- Only for applications of type {}\n", row.facts.type);
  if (row.facts.secret) out += "- Secret: never shown\n";
  return out + fmt::format("- {}\n", row.facts.source);
}

// What of a row is another one after it than before.
void compare(const OptionRow& row, const std::string& path, const OptionValue& before, const OptionValue& after,
             std::vector<OptionChange>& changes) {
  auto old_values = named(row, before);
  auto new_values = named(row, after);
  auto note = [&](const std::string& name, std::string change) {
    changes.push_back({fmt::format("{}.{}", path, name), std::move(change), row.facts.takes_effect});
  };
  for (const auto& [name, value] : old_values) {
    auto found = new_values.find(name);
    if (found == new_values.end()) {
      note(name, "removed");
    } else if (found->second != value) {
      note(name, fmt::format("{} -> {}", row.shown(value, name), row.shown(found->second, name)));
    }
  }
  for (const auto& [name, value] : new_values) {
    if (!old_values.contains(name)) note(name, "added");
  }
}

const OptionSettings::Instance* find_instance(const std::vector<OptionSettings::Instance>& instances,
                                              const std::string& path) {
  auto found = std::ranges::find(instances, path, &OptionSettings::Instance::path);
  return found == instances.end() ? nullptr : &*found;
}

// A whole section came or went.
OptionChange whole(const OptionSection& section, const std::string& path, std::string_view change) {
  auto latest = TakesEffect::at_once;
  for (const OptionRow& row : section.rows) latest = std::max(latest, row.facts.takes_effect);
  return {path, std::string(change), latest};
}

}  // namespace

std::string print_settings(const OptionTable& table, const OptionSettings& settings) {
  struct Line {
    std::string setting;
    std::string origin;
  };
  std::vector<Line> lines;
  std::size_t width = 0;
  auto add = [&](const OptionSettings::Instance& instance, const OptionRow& row,
                 const OptionSettings::Setting& setting) {
    if (!row.is_for(settings.type)) return;
    for (const auto& [name, value] : named(row, setting.value)) {
      std::string text = fmt::format("{}.{} = {}", instance.path, name, row.shown(value, name));
      width = std::max(width, text.size());
      std::string origin = setting.line > 0 ? fmt::format("{}:{}", settings.file, setting.line) : "default";
      if (row.is_open()) origin = settings.file;
      lines.push_back({std::move(text), std::move(origin)});
    }
  };
  for (std::size_t s = 0; s < table.size(); ++s) {
    if (!table[s].is_for(settings.type)) continue;
    for (const OptionSettings::Instance& instance : settings.sections[s]) {
      for (std::size_t r = 0; r < table[s].rows.size(); ++r) add(instance, table[s].rows[r], instance.rows[r]);
    }
  }
  std::string out;
  for (const Line& line : lines) out += fmt::format("{:<{}}  {}\n", line.setting, width, line.origin);
  return out;
}

std::string option_text(const OptionValue& value) {
  JsonWriter writer;
  std::visit(
      [&](const auto& v) {
        if constexpr (!std::is_same_v<decltype(v), const OptionTexts&>) writer.value(v);
      },
      value);
  return writer.take();
}

std::string OptionRow::default_shown(std::string_view quote) const {
  const auto* number = std::get_if<std::int64_t>(&default_value);
  if (is_open() || (facts.by_type.empty() && number && *number < facts.low)) return "none";
  if (facts.by_type.empty()) return fmt::format("{0}{1}{0}", quote, option_text(default_value));
  std::string out;
  for (const OptionByType& one : facts.by_type) {
    out +=
        fmt::format("{0}{1}{2}{1} ({3})", out.empty() ? "" : ", ", quote, option_text(default_for(one.type)), one.type);
  }
  return out;
}

std::string OptionRow::shown(const OptionValue& value, std::string_view own_name) const {
  if (is_secret(own_name)) return "***";
  const auto* text = std::get_if<std::string>(&value);
  return option_text(text && facts.shown ? facts.shown(*text) : value);
}

std::string OptionChange::text() const {
  return fmt::format(
      "{}: {}, {}", option, change,
      takes_effect == TakesEffect::next_proxy_start ? "waits for the next proxy start" : to_string(takes_effect));
}

std::vector<OptionChange> changed_settings(const OptionTable& table, const OptionSettings& before,
                                           const OptionSettings& after) {
  std::vector<OptionChange> changes;
  for (std::size_t s = 0; s < table.size(); ++s) {
    const OptionSection& section = table[s];
    for (const OptionSettings::Instance& was : before.sections[s]) {
      const OptionSettings::Instance* is = find_instance(after.sections[s], was.path);
      if (!is) {
        changes.push_back(whole(section, was.path, "removed"));
        continue;
      }
      for (std::size_t r = 0; r < section.rows.size(); ++r) {
        compare(section.rows[r], was.path, was.rows[r].value, is->rows[r].value, changes);
      }
    }
    for (const OptionSettings::Instance& is : after.sections[s]) {
      if (!find_instance(before.sections[s], is.path)) changes.push_back(whole(section, is.path, "added"));
    }
  }
  return changes;
}

OptionSettings settings_in_force(const OptionTable& table, const OptionSettings& started, OptionSettings latest) {
  for (std::size_t s = 0; s < table.size(); ++s) {
    auto waits = [](const OptionRow& row) { return row.facts.takes_effect == TakesEffect::restart; };
    if (table[s].shape != OptionShape::single) {
      if (std::ranges::any_of(table[s].rows, waits)) latest.sections[s] = started.sections[s];
      continue;
    }
    for (std::size_t r = 0; r < table[s].rows.size(); ++r) {
      if (waits(table[s].rows[r])) latest.sections[s].front().rows[r] = started.sections[s].front().rows[r];
    }
  }
  return latest;
}

void take_lines(OptionSettings& settings, const OptionSettings& origin) {
  for (std::size_t s = 0; s < origin.sections.size(); ++s) {
    for (OptionSettings::Instance& instance : settings.sections[s]) {
      const OptionSettings::Instance* known = find_instance(origin.sections[s], instance.path);
      for (std::size_t r = 0; known && r < instance.rows.size(); ++r) {
        if (instance.rows[r].value == known->rows[r].value) instance.rows[r].line = known->rows[r].line;
      }
    }
  }
}

std::string sample_file(const OptionTable& table, std::string_view heading, std::string_view type,
                        const std::map<std::string, OptionValue>& values, const std::vector<OptionExample>& examples) {
  std::vector<std::string> sections;
  for (const OptionSection& section : table) {
    if (section.is_for(type)) sections.push_back(section_of_sample(section, {type, values, examples}));
  }
  return wrapped(heading, "// ") + "{\n" + joined_entries(sections) + "}\n";
}

std::string options_manual(const OptionTable& table, std::string_view heading) {
  std::string out(heading);
  for (const OptionSection& section : table) {
    out += fmt::format("\n## {}{}\n\n{}\n", section.name, shape_text(section.shape), section.text);
    if (!section.type.empty()) out += fmt::format("\nOnly for applications of type {}.\n", section.type);
    for (const OptionRow& row : section.rows) out += row_of_manual(section, row);
  }
  return out;
}

}  // namespace outpost
