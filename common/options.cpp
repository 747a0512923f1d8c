#include "common/options.h"

#include <algorithm>
#include <iterator>

#include "common/text.h"

namespace outpost {

namespace {

constexpr std::size_t kShownBytes = 80;  // of a value in a sentence

// A value as it stands in the file. Strings are escaped, so that no value can forge a line.
std::string show(const OptionValue& value) {
  JsonWriter writer;
  std::visit([&](const auto& v) { writer.value(v); }, value);
  return writer.take();
}

std::string show(const OptionRow& row, const OptionValue& value) {
  if (row.facts.secret) return "***";
  const auto* text = std::get_if<std::string>(&value);
  return text && row.facts.shown ? show(row.facts.shown(*text)) : show(value);
}

// The value that was given, for a sentence about what is wrong with it.
std::string show_given(const OptionRow& row, const JsonValue& given) {
  bool simple = given.kind() != JsonValue::Kind::array && given.kind() != JsonValue::Kind::object;
  if (!simple) return std::string(given.kind_name());
  if (row.facts.secret) return "the value";
  if (row.facts.shown && given.kind() == JsonValue::Kind::string) return show(row, std::get<std::string>(given.value));
  std::string shown = JsonWriter().value(given).take();
  if (shown.size() <= kShownBytes) return shown;
  std::size_t cut = kShownBytes;
  while ((static_cast<unsigned char>(shown[cut]) & 0xC0) == 0x80) --cut;  // not within a character
  return shown.substr(0, cut) + "...";
}

std::string listed(std::span<const std::string_view> words, std::string_view last_separator) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? last_separator : ", ";
    out += words[i];
  }
  return out;
}

bool has_control(const std::string& text, bool line_ends) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && !(line_ends && (c == '\r' || c == '\n'));
  });
}

// The value when it is of the row's type; else what is wrong.
Result<OptionValue> typed(const OptionRow& row, const JsonValue& given) {
  auto wrong = [&]() {
    return fail(Errc::invalid, "{} is not {}", show_given(row, given),
                std::holds_alternative<bool>(row.default_value)           ? "true or false"
                : std::holds_alternative<std::int64_t>(row.default_value) ? "a whole number"
                                                                          : "a string");
  };
  return std::visit(
      [&](const auto& default_value) -> Result<OptionValue> {
        using T = std::decay_t<decltype(default_value)>;
        const T* value = std::get_if<T>(&given.value);
        if (!value) return wrong();
        return OptionValue(*value);
      },
      row.default_value);
}

// Empty when the value is valid.
std::string fault_of(const OptionRow& row, const JsonValue& given, const OptionValue& value) {
  const OptionFacts& facts = row.facts;
  if (const auto* number = std::get_if<std::int64_t>(&value); number && (*number < facts.low || *number > facts.high)) {
    return fmt::format("{} is out of range", show_given(row, given));
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!facts.words.empty()) {
      if (std::find(facts.words.begin(), facts.words.end(), *text) == facts.words.end()) {
        return fmt::format("{} is not one of the words it may be", show_given(row, given));
      }
    } else if (auto size = static_cast<std::int64_t>(text->size()); size < facts.low || size > facts.high) {
      return text->empty() ? std::string("the text is empty") : fmt::format("the text has {} bytes", size);
    } else if (has_control(*text, facts.line_ends)) {
      return "the text has a control character";
    }
  }
  if (std::string fault = facts.fault ? facts.fault(value) : std::string(); !fault.empty()) {
    return fmt::format("{} {}", show_given(row, given), fault);
  }
  return {};
}

class Parser {
 public:
  Parser(const OptionTable& table, ParsedOptions& out) : table_(table), out_(out) {}

  void file(const JsonValue& root) {
    for (const OptionSection& section : table_) {
      auto& instances = out_.settings.sections.emplace_back();
      if (!section.repeated) instances.push_back(defaults(section));
    }
    const auto* members = std::get_if<JsonValue::Object>(&root.value);
    if (!members) return error(root.line, "the file holds {}; valid: an object of sections", root.kind_name());
    std::vector<std::string_view> names;
    for (const OptionSection& section : table_) names.push_back(section.name);
    for (const auto& [name, value] : *members) {
      auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) {
        unknown(value.line, {}, "section", name, names);
      } else {
        auto index = static_cast<std::size_t>(found - names.begin());
        section(table_[index], value, out_.settings.sections[index]);
      }
    }
  }

 private:
  static OptionSettings::Instance defaults(const OptionSection& section) {
    OptionSettings::Instance instance;
    for (const OptionRow& row : section.rows) instance.rows.push_back({row.default_value, 0});
    return instance;
  }

  void section(const OptionSection& section, const JsonValue& value, std::vector<OptionSettings::Instance>& instances) {
    if (!section.repeated) return instance(section, std::string(section.name), value, instances.front());
    const auto* entries = std::get_if<JsonValue::Array>(&value.value);
    if (!entries) {
      return error(value.line, "{}: {} is wrong here; valid: an array of objects", section.name, value.kind_name());
    }
    for (const JsonValue& entry : *entries) {
      std::string path = fmt::format("{}[{}]", section.name, instances.size());
      instance(section, path, entry, instances.emplace_back(defaults(section)));
    }
  }

  void instance(const OptionSection& section, const std::string& path, const JsonValue& value,
                OptionSettings::Instance& instance) {
    instance.line = value.line;
    const auto* members = std::get_if<JsonValue::Object>(&value.value);
    if (!members) {
      return error(value.line, "{}: {} is wrong here; valid: an object of options", path, value.kind_name());
    }
    std::vector<std::string_view> names;
    for (const OptionRow& row : section.rows) names.push_back(row.name);
    for (const auto& [name, given] : *members) {
      auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) {
        unknown(given.line, path + ".", "option", name, names);
      } else {
        auto index = static_cast<std::size_t>(found - names.begin());
        setting(section.rows[index], fmt::format("{}.{}", path, name), given, instance.rows[index]);
      }
    }
  }

  void setting(const OptionRow& row, const std::string& path, const JsonValue& given,
               OptionSettings::Setting& setting) {
    Result<OptionValue> value = typed(row, given);
    if (row.facts.ignored) {
      if (value && *value == row.default_value) return;
      return out_.remarks.push_back({given.line, fmt::format("{}: the option is accepted and has no effect", path)});
    }
    std::string fault = value ? fault_of(row, given, *value) : value.error().text;
    if (!fault.empty()) return error(given.line, "{}: {}; valid: {}", path, fault, row.valid_text());
    if (row.facts.remarks) {
      for (const std::string& remark : row.facts.remarks(*value)) {
        out_.remarks.push_back({given.line, fmt::format("{}: {}", path, remark)});
      }
    }
    setting = {*std::move(value), given.line};
  }

  void unknown(int line, const std::string& path, std::string_view what, std::string_view name,
               std::span<const std::string_view> names) {
    std::string shown = escape_control(name.substr(0, kShownBytes));
    std::string_view near = nearest(name, names);
    if (near.empty()) {
      error(line, "{}{}: there is no such {}; valid: {}", path, shown, what, listed(names, ", "));
    } else {
      error(line, "{}{}: there is no such {}; did you mean {}?", path, shown, what, near);
    }
  }

  template <class... Args>
  void error(int line, fmt::format_string<Args...> text, Args&&... args) {
    out_.errors.push_back({line, fmt::format(text, std::forward<Args>(args)...)});
  }

  const OptionTable& table_;
  ParsedOptions& out_;
};

std::string option_path(const OptionSection& section, std::size_t instance) {
  return section.repeated ? fmt::format("{}[{}]", section.name, instance) : std::string(section.name);
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

std::string rows_of_sample(const OptionSection& section, std::string_view indent) {
  std::string prefix = std::string(indent) + "// ";
  std::string out;
  for (const OptionRow& row : section.rows) {
    if (&row != &section.rows.front()) out += '\n';
    out += wrapped(row.facts.text, prefix);
    if (!row.facts.default_text.empty()) out += wrapped(fmt::format("Empty: {}.", row.facts.default_text), prefix);
    out += wrapped(fmt::format("Valid: {}. Takes effect {}.", row.valid_text(), to_string(row.facts.takes_effect)),
                   prefix);
    out += fmt::format("{}\"{}\": {}{}\n", indent, row.name, show(row.default_value),
                       &row == &section.rows.back() ? "" : ",");
  }
  return out;
}

}  // namespace

std::string_view to_string(TakesEffect when) noexcept {
  switch (when) {
    case TakesEffect::at_once: return "at once";
    case TakesEffect::next_proxy_start: return "at the next proxy start";
    case TakesEffect::restart: return "after a restart";
  }
  return {};
}

std::string OptionRow::valid_text() const {
  if (facts.ignored) return "anything";
  if (!facts.valid.empty()) return std::string(facts.valid);
  if (!facts.words.empty()) return listed(facts.words, " or ");
  if (std::holds_alternative<bool>(default_value)) return "true or false";
  if (std::holds_alternative<std::string>(default_value)) {
    return facts.low > 0 ? fmt::format("a text of {} to {} bytes", facts.low, facts.high)
                         : fmt::format("a text of up to {} bytes", facts.high);
  }
  return fmt::format("{} to {}{}{}", facts.low, facts.high, facts.unit.empty() ? "" : " ", facts.unit);
}

ParsedOptions parse_options(const OptionTable& table, const JsonValue& root, std::string file) {
  ParsedOptions out;
  out.settings.file = std::move(file);
  Parser(table, out).file(root);
  return out;
}

std::string finding_text(std::string_view file, const OptionFinding& finding) {
  return finding.line > 0 ? fmt::format("{}:{}: {}", file, finding.line, finding.text)
                          : fmt::format("{}: {}", file, finding.text);
}

std::string print_settings(const OptionTable& table, const OptionSettings& settings) {
  struct Line {
    std::string setting;
    std::string origin;
  };
  std::vector<Line> lines;
  std::size_t width = 0;
  for (std::size_t s = 0; s < table.size(); ++s) {
    for (std::size_t i = 0; i < settings.sections[s].size(); ++i) {
      for (std::size_t r = 0; r < table[s].rows.size(); ++r) {
        const OptionRow& row = table[s].rows[r];
        const OptionSettings::Setting& setting = settings.sections[s][i].rows[r];
        std::string text = fmt::format("{}.{} = {}", option_path(table[s], i), row.name, show(row, setting.value));
        width = std::max(width, text.size());
        lines.push_back(
            {std::move(text), setting.line > 0 ? fmt::format("{}:{}", settings.file, setting.line) : "default"});
      }
    }
  }
  std::string out;
  for (const Line& line : lines) out += fmt::format("{:<{}}  {}\n", line.setting, width, line.origin);
  return out;
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
    const auto& old_instances = before.sections[s];
    const auto& new_instances = after.sections[s];
    for (std::size_t i = 0; i < std::max(old_instances.size(), new_instances.size()); ++i) {
      std::string path = option_path(section, i);
      if (i >= old_instances.size() || i >= new_instances.size()) {
        auto latest = TakesEffect::at_once;
        for (const OptionRow& row : section.rows) latest = std::max(latest, row.facts.takes_effect);
        changes.push_back({path, i >= old_instances.size() ? "added" : "removed", latest});
        continue;
      }
      for (std::size_t r = 0; r < section.rows.size(); ++r) {
        const OptionRow& row = section.rows[r];
        const OptionValue& old_value = old_instances[i].rows[r].value;
        const OptionValue& new_value = new_instances[i].rows[r].value;
        if (old_value == new_value) continue;
        changes.push_back({fmt::format("{}.{}", path, row.name),
                           fmt::format("{} -> {}", show(row, old_value), show(row, new_value)),
                           row.facts.takes_effect});
      }
    }
  }
  return changes;
}

OptionSettings settings_in_force(const OptionTable& table, const OptionSettings& started, OptionSettings latest) {
  for (std::size_t s = 0; s < table.size(); ++s) {
    if (table[s].repeated) continue;
    for (std::size_t r = 0; r < table[s].rows.size(); ++r) {
      if (table[s].rows[r].facts.takes_effect != TakesEffect::restart) continue;
      latest.sections[s].front().rows[r] = started.sections[s].front().rows[r];
    }
  }
  return latest;
}

std::string sample_file(const OptionTable& table, std::string_view heading) {
  std::string out = wrapped(heading, "// ") + "{\n";
  for (const OptionSection& section : table) {
    if (&section != &table.front()) out += '\n';
    out += wrapped(section.text, "  // ");
    out += fmt::format("  \"{}\": {}\n", section.name, section.repeated ? "[" : "{");
    if (section.repeated) {
      out += fmt::format("    {{\n{}    }}\n  ]", rows_of_sample(section, "      "));
    } else {
      out += fmt::format("{}  }}", rows_of_sample(section, "    "));
    }
    out += &section == &table.back() ? "\n" : ",\n";
  }
  return out + "}\n";
}

std::string options_manual(const OptionTable& table, std::string_view heading) {
  std::string out(heading);
  for (const OptionSection& section : table) {
    out += fmt::format("\n## {}{}\n\n{}\n", section.name, section.repeated ? " (an array: each entry has these)" : "",
                       section.text);
    for (const OptionRow& row : section.rows) {
      out +=
          fmt::format("\n### {}{}.{}\n\n{}\n\n", section.name, section.repeated ? "[]" : "", row.name, row.facts.text);
      out += fmt::format("- Default: `{}`{}{}\n", show(row.default_value), row.facts.default_text.empty() ? "" : ", ",
                         row.facts.default_text);
      out += fmt::format("- Valid: {}\n- Takes effect: {}\n", row.valid_text(), to_string(row.facts.takes_effect));
      if (row.facts.secret) out += "- Secret: never shown\n";
      out += fmt::format("- {}\n", row.facts.source);
    }
  }
  return out;
}

}  // namespace outpost
