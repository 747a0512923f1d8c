#include "common/options.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/text.h"

namespace outpost {

namespace {

constexpr std::size_t kShownBytes = 80;     // of a value in a sentence
constexpr std::size_t kNameBytesMax = 128;  // of a section by pattern, and of an option without a row

bool is_name(std::string_view text) {
  constexpr std::string_view kOthers = "._-";
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

// The value that was given, for a sentence about what is wrong with it.
std::string show_given(const OptionRow& row, std::string_view name, const JsonValue& given) {
  bool simple = given.kind() != JsonValue::Kind::array && given.kind() != JsonValue::Kind::object;
  if (!simple) return std::string(given.kind_name());
  if (row.is_secret(name)) return "the value";
  if (row.facts.shown && given.kind() == JsonValue::Kind::string) return row.shown(std::get<std::string>(given.value));
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

// The same value as another type; nothing when it is none of that.
template <class T>
std::optional<T> loosely(const JsonValue& given) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (const auto* flag = std::get_if<bool>(&given.value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&given.value)) return std::to_string(*number);
  } else if (const auto* text = std::get_if<std::string>(&given.value)) {
    if constexpr (std::is_same_v<T, std::int64_t>) return parse_integer(*text);
    if (*text == "true" || *text == "false") return *text == "true";
  }
  return std::nullopt;
}

// The value when it is of the row's type; else what is wrong.
Result<OptionValue> typed(const OptionRow& row, std::string_view name, const JsonValue& given) {
  auto wrong = [&]() {
    return fail(Errc::invalid, "{} is not {}", show_given(row, name, given),
                std::holds_alternative<bool>(row.default_value)           ? "true or false"
                : std::holds_alternative<std::int64_t>(row.default_value) ? "a whole number"
                                                                          : "a string");
  };
  return std::visit(
      [&](const auto& default_value) -> Result<OptionValue> {
        using Own = std::decay_t<decltype(default_value)>;
        using T = std::conditional_t<std::is_same_v<Own, OptionTexts>, std::string, Own>;
        if (const T* value = std::get_if<T>(&given.value)) return OptionValue(*value);
        std::optional<T> value = row.facts.loose ? loosely<T>(given) : std::nullopt;
        if (!value) return wrong();
        return OptionValue(*std::move(value));
      },
      row.default_value);
}

// Empty when the value is valid.
std::string fault_of(const OptionRow& row, std::string_view type, std::string_view name, const JsonValue& given,
                     const OptionValue& value) {
  const OptionFacts& facts = row.facts;
  std::int64_t high = row.high_for(type);
  if (const auto* number = std::get_if<std::int64_t>(&value); number && (*number < facts.low || *number > high)) {
    return fmt::format("{} is out of range", show_given(row, name, given));
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!facts.words.empty()) {
      if (std::find(facts.words.begin(), facts.words.end(), *text) == facts.words.end()) {
        return fmt::format("{} is not one of the words it may be", show_given(row, name, given));
      }
    } else if (auto size = static_cast<std::int64_t>(text->size()); size < facts.low || size > facts.high) {
      return text->empty() ? std::string("the text is empty") : fmt::format("the text has {} bytes", size);
    } else if (has_control(*text, facts.line_ends)) {
      return "the text has a control character";
    }
  }
  if (std::string fault = facts.fault ? facts.fault(value) : std::string(); !fault.empty()) {
    return fmt::format("{} {}", show_given(row, name, given), fault);
  }
  return {};
}

class Parser {
 public:
  Parser(const OptionTable& table, ParsedOptions& out) : table_(table), out_(out) {}

  void file(const JsonValue& root) {
    for (const OptionSection& section : table_) {
      auto& instances = out_.settings.sections.emplace_back();
      if (section.shape == OptionShape::single) instances.push_back(defaults(section, std::string(section.name)));
    }
    const auto* members = std::get_if<JsonValue::Object>(&root.value);
    if (!members) return error(root.line, "the file holds {}; valid: an object of sections", root.kind_name());
    for (const auto& [name, value] : *members) {
      auto found = find_section(name);
      if (found == table_.end()) {
        unknown(value.line, {}, "section", name, table_);
      } else if (!found->is_for(type())) {
        other_type(value.line, escape_control(name), "section", found->type, found->instead);
      } else {
        auto& instances = out_.settings.sections[static_cast<std::size_t>(found - table_.begin())];
        if (other_name(root, *found, name, value)) section(*found, name, value, instances);
      }
    }
  }

 private:
  using Instance = OptionSettings::Instance;

  [[nodiscard]] std::string_view type() const { return out_.settings.type; }

  [[nodiscard]] Instance defaults(const OptionSection& section, std::string path) const {
    Instance instance{std::move(path), {}, 0};
    for (const OptionRow& row : section.rows) {
      instance.rows.push_back({row.facts.computed ? row.facts.computed() : row.default_for(type()), 0});
    }
    return instance;
  }

  [[nodiscard]] OptionTable::const_iterator find_section(std::string_view name) const {
    auto exact = std::ranges::find_if(table_, [&](const OptionSection& section) {
      return section.shape != OptionShape::by_name && !name.empty() && (section.name == name || section.also == name);
    });
    if (exact != table_.end()) return exact;
    return std::ranges::find_if(table_, [&](const OptionSection& section) {
      return section.shape == OptionShape::by_name && name.starts_with(section.prefix());
    });
  }

  // Whether a section that has its other name may have it.
  bool other_name(const JsonValue& root, const OptionSection& section, std::string_view name, const JsonValue& value) {
    if (section.shape == OptionShape::by_name || name == section.name) return true;
    if (root.find(section.name)) {
      error(value.line, "{}: that is another name of the section {}, which the file has too; valid: one of them", name,
            section.name);
      return false;
    }
    out_.remarks.push_back({value.line, fmt::format("{}: is read as the section {}", name, section.name)});
    return true;
  }

  void section(const OptionSection& section, const std::string& name, const JsonValue& value,
               std::vector<Instance>& instances) {
    switch (section.shape) {
      case OptionShape::single: return instance(section, value, instances.front());
      case OptionShape::array: return array(section, value, instances);
      case OptionShape::by_name: break;
    }
    if (!check_name(value.line, section.prefix(), std::string_view(name).substr(section.prefix().size()))) return;
    instance(section, value, instances.emplace_back(defaults(section, name)));
  }

  void array(const OptionSection& section, const JsonValue& value, std::vector<Instance>& instances) {
    const auto* entries = std::get_if<JsonValue::Array>(&value.value);
    if (!entries) {
      return error(value.line, "{}: {} is wrong here; valid: an array of objects", section.name, value.kind_name());
    }
    for (const JsonValue& entry : *entries) {
      std::string path = fmt::format("{}[{}]", section.name, instances.size());
      instance(section, entry, instances.emplace_back(defaults(section, std::move(path))));
    }
  }

  void instance(const OptionSection& section, const JsonValue& value, Instance& instance) {
    instance.line = value.line;
    const auto* members = std::get_if<JsonValue::Object>(&value.value);
    if (!members) {
      return error(value.line, "{}: {} is wrong here; valid: an object of options", instance.path, value.kind_name());
    }
    for (const auto& [name, given] : *members) option(section, instance, name, given);
  }

  void option(const OptionSection& section, Instance& instance, const std::string& name, const JsonValue& given) {
    auto found =
        std::ranges::find_if(section.rows, [&](const OptionRow& row) { return !row.is_open() && row.name == name; });
    if (found == section.rows.end()) found = std::ranges::find_if(section.rows, &OptionRow::is_open);
    if (found == section.rows.end()) return unknown(given.line, instance.path + ".", "option", name, section.rows);
    if (found->is_open() && is_ignored(section, *found, instance.path, name, given.line)) return;
    if (found->is_open() && !check_name(given.line, instance.path + ".", name)) return;
    std::string path = fmt::format("{}.{}", instance.path, name);
    if (!found->is_for(type())) {
      return other_type(given.line, path, "option", found->facts.type, found->facts.instead);
    }
    setting(*found, name, path, given, instance.rows[static_cast<std::size_t>(found - section.rows.begin())]);
  }

  bool is_ignored(const OptionSection& section, const OptionRow& row, const std::string& path, std::string_view name,
                  int line) {
    if (name.empty() || row.facts.ignores.find(name.front()) == std::string_view::npos) return false;
    std::string_view near = nearest(name, names_of(section.rows));
    out_.remarks.push_back({line, fmt::format("{}.{}: is ignored, for its name begins with {}{}{}{}", path,
                                              escape_control(name.substr(0, kShownBytes)), name.front(),
                                              near.empty() ? "" : "; did you mean ", near, near.empty() ? "" : "?")});
    return true;
  }

  void setting(const OptionRow& row, const std::string& name, const std::string& path, const JsonValue& given,
               OptionSettings::Setting& setting) {
    Result<OptionValue> value = typed(row, name, given);
    // It says in words what it would be without a word.
    bool stands_in = !row.facts.by_type.empty() || row.facts.computed;
    if (stands_in && value && *value == row.default_value) return;
    if (row.facts.ignored) {
      if (value && *value == row.default_value) return;
      return out_.remarks.push_back({given.line, fmt::format("{}: the option is accepted and has no effect", path)});
    }
    if (value && row.facts.raised) raise(row, path, given.line, *value);
    std::string fault = value ? fault_of(row, type(), name, given, *value) : value.error().text;
    if (!fault.empty()) return error(given.line, "{}: {}; valid: {}", path, fault, row.valid_text(type()));
    if (row.facts.remarks) {
      for (const std::string& remark : row.facts.remarks(*value)) {
        out_.remarks.push_back({given.line, fmt::format("{}: {}", path, remark)});
      }
    }
    if (auto* texts = std::get_if<OptionTexts>(&setting.value)) {
      texts->insert_or_assign(name, std::get<std::string>(*std::move(value)));
    } else {
      setting = {*std::move(value), given.line};
    }
  }

  void raise(const OptionRow& row, const std::string& path, int line, OptionValue& value) {
    auto& number = std::get<std::int64_t>(value);
    if (number >= row.facts.low) return;
    out_.remarks.push_back(
        {line, fmt::format("{}: {} is less than the least and counts as {}", path, number, row.facts.low)});
    number = row.facts.low;
  }

  bool check_name(int line, std::string_view prefix, std::string_view name) {
    if (is_name(name)) return true;
    error(line, "{}{}: that is no name; valid: {}NAME, of up to {} letters, digits, dots, - and _", prefix,
          escape_control(name.substr(0, kShownBytes)), prefix, kNameBytesMax);
    return false;
  }

  void other_type(int line, const std::string& path, std::string_view what, std::string_view other,
                  std::string_view instead) {
    if (type().empty()) return;  // the file names none that there is, and is told so
    error(line, "{}: the {} is for applications of type {}, and this one is of type {}{}{}", path, what, other, type(),
          instead.empty() ? "" : ": ", instead);
  }

  template <class Declared>
  void unknown(int line, const std::string& path, std::string_view what, std::string_view name,
               const std::vector<Declared>& all) {
    std::vector<std::string_view> names = names_of(all);
    std::string shown = escape_control(name.substr(0, kShownBytes));
    std::string_view near = nearest(name, names);
    if (near.empty()) {
      error(line, "{}{}: there is no such {}; valid: {}", path, shown, what, listed(names, ", "));
    } else {
      error(line, "{}{}: there is no such {}; did you mean {}?", path, shown, what, near);
    }
  }

  template <class Declared>
  [[nodiscard]] std::vector<std::string_view> names_of(const std::vector<Declared>& all) const {
    std::vector<std::string_view> names;
    for (const Declared& one : all) {
      if (one.is_for(type())) names.push_back(one.name);
    }
    return names;
  }

  template <class... Args>
  void error(int line, fmt::format_string<Args...> text, Args&&... args) {
    out_.errors.push_back({line, fmt::format(text, std::forward<Args>(args)...)});
  }

  const OptionTable& table_;
  ParsedOptions& out_;
};

}  // namespace

std::string_view to_string(TakesEffect when) noexcept {
  switch (when) {
    case TakesEffect::at_once: return "at once";
    case TakesEffect::next_proxy_start: return "at the next proxy start";
    case TakesEffect::restart: return "after a restart";
  }
  return {};
}

const OptionByType* OptionRow::by_type(std::string_view type) const {
  auto found = std::ranges::find(facts.by_type, type, &OptionByType::type);
  return found == facts.by_type.end() ? nullptr : &*found;
}

OptionValue OptionRow::default_for(std::string_view type) const {
  const OptionByType* own = by_type(type);
  if (!own) return default_value;
  return std::holds_alternative<std::string>(default_value) ? OptionValue(std::string(own->default_text_value))
                                                            : OptionValue(own->default_value);
}

std::int64_t OptionRow::high_for(std::string_view type) const {
  const OptionByType* own = by_type(type);
  return own && own->high != 0 ? own->high : facts.high;
}

OptionValue row_default(const OptionFacts& facts, OptionValue of_member) {
  if (facts.by_type.empty()) return of_member;
  return std::holds_alternative<std::string>(of_member) ? OptionValue(std::string()) : OptionValue(std::int64_t{0});
}

std::string OptionRow::valid_text(std::string_view type) const {
  if (facts.ignored) return "anything";
  if (!facts.valid.empty()) return std::string(facts.valid);
  if (!facts.words.empty()) return listed(facts.words, " or ");
  if (std::holds_alternative<bool>(default_value)) return "true or false";
  if (std::holds_alternative<std::string>(default_value) || is_open()) {
    return facts.low > 0 ? fmt::format("a text of {} to {} bytes", facts.low, facts.high)
                         : fmt::format("a text of up to {} bytes", facts.high);
  }
  std::string highest = std::to_string(facts.high);
  if (const OptionByType* own = by_type(type)) {
    highest = std::to_string(own->high);
  } else if (!facts.by_type.empty()) {
    highest.clear();
    for (const OptionByType& one : facts.by_type) {
      highest += fmt::format("{}{} ({})", highest.empty() ? "" : ", ", one.high, one.type);
    }
  }
  return fmt::format("{} to {}{}{}", facts.low, highest, facts.unit.empty() ? "" : " ", facts.unit);
}

ParsedOptions parse_options(const OptionTable& table, const JsonValue& root, std::string file, std::string_view type) {
  ParsedOptions out;
  out.settings.file = std::move(file);
  out.settings.type = type;
  Parser(table, out).file(root);
  return out;
}

std::string finding_text(std::string_view file, const OptionFinding& finding) {
  return finding.line > 0 ? fmt::format("{}:{}: {}", file, finding.line, finding.text)
                          : fmt::format("{}: {}", file, finding.text);
}

}  // namespace outpost
