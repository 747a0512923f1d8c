// Options declared once: one row is all that the program knows about an option, its default apart, which is the value
// that the member has in a default-constructed struct. Parsing, checking, the effective values, the changes of a
// reload, the sample file and the manual come from the rows.
//
//   Options<Config> options;
//   options.section("log", &Config::log, "Where the log goes.",
//                   {option("level", &LogConfig::level, {.words = kLevels, .text = "How much is written."})});
//
// In the file a section is an object with its options as members. A repeated section (a vector member) is an array of
// such objects; a section by pattern (a map member, named "service.*") is one object for each name, "service.NAME".
// An option's value is true or false, a whole number, or a string; a loose one may be any of these. A member of type
// OptionTexts, whose row is named "*", takes what of its section has no row of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "common/words.h"

namespace outpost {

enum class TakesEffect : std::uint8_t { at_once, next_proxy_start, restart };
// "at once", "at the next proxy start", "after a restart".
std::string_view to_string(TakesEffect when) noexcept;

using OptionTexts = std::map<std::string, std::string>;
using OptionValue = std::variant<bool, std::int64_t, std::string, OptionTexts>;

// What a number or a text is for one type of application.
struct OptionByType {
  std::string_view type;
  std::int64_t default_value = 0;
  std::int64_t high = 0;                  // of a number
  std::string_view default_text_value{};  // of a text
};

// A row apart from its member.
struct OptionFacts {
  // Least and most of a number; bytes of a text. Both ends are valid.
  std::int64_t low = 0;
  std::int64_t high = 255;
  // In place of `high` and of the member's default. 0, or an empty text, means the default of the type.
  std::span<const OptionByType> by_type = {};
  std::string_view unit = {};                    // of a number
  std::int64_t scale = 1;                        // how many of the member's units are one of the file's
  std::span<const std::string_view> words = {};  // a text is one of these
  bool line_ends = false;                        // a text may hold CR and LF; no other control byte is ever valid
  std::string_view valid = {};                   // valid values in words, when the above does not say it all
  std::string_view default_text = {};            // what an empty default means
  std::string (*computed)() = nullptr;           // and which text it is then, asked when a file is read
  // Further checks of a value that has passed the above. A fault (empty: none) makes the file wrong; remarks do not.
  std::string (*fault)(const OptionValue& value) = nullptr;
  std::vector<std::string> (*remarks)(const OptionValue& value) = nullptr;
  TakesEffect takes_effect = TakesEffect::restart;
  bool secret = false;  // the value is never shown
  bool loose = false;   // a text may also be given as true, false or a whole number, and these as texts
  bool raised = false;  // a number below `low` counts as `low`, with a remark
  // Of an open row: names that begin with one of these characters are ignored, with a remark; whose value is secret.
  std::string_view ignores = {};
  bool (*secret_name)(std::string_view name) = nullptr;
  // What may be shown of a text of which a part is secret; null: all.
  std::string (*shown)(const std::string& value) = nullptr;
  std::string_view type = {};     // of the applications that the option is for; empty: all
  std::string_view instead = {};  // what others have in its place, for the error there; empty: nothing
  bool ignored = false;           // anything is accepted, with a remark, and nothing has an effect
  std::string_view text = {};     // one paragraph for the manual
  std::string_view source = {};   // "Source: ..." or "Assumption: ..."
};

struct OptionRow {
  std::string name;
  OptionFacts facts;
  OptionValue default_value;

  // Takes what has no row of its own: its value is all of these.
  [[nodiscard]] bool is_open() const { return std::holds_alternative<OptionTexts>(default_value); }
  [[nodiscard]] bool is_for(std::string_view type) const { return facts.type.empty() || facts.type == type; }
  [[nodiscard]] const OptionByType* by_type(std::string_view type) const;
  [[nodiscard]] OptionValue default_for(std::string_view type) const;
  [[nodiscard]] std::int64_t high_for(std::string_view type) const;
  // The default for people, each value between quotes: "1 (boat), 2 (car)" by type; "none" when it is not valid.
  [[nodiscard]] std::string default_shown(std::string_view quote = {}) const;
  // For one type of application; without one, for all.
  [[nodiscard]] std::string valid_text(std::string_view type = {}) const;
  // A value of the row as people may see it; of an open row by the name that it has there.
  [[nodiscard]] std::string shown(const OptionValue& value, std::string_view own_name = {}) const;
  [[nodiscard]] bool is_secret(std::string_view own_name) const {
    return facts.secret || (facts.secret_name && facts.secret_name(own_name));
  }
};

// A value as it stands in the file. Strings are escaped, so that no value can forge a line.
std::string option_text(const OptionValue& value);

enum class OptionShape : std::uint8_t { single, array, by_name };

struct OptionSection {
  std::string_view name;
  std::string_view text;
  OptionShape shape;
  std::vector<OptionRow> rows;
  std::string_view type;  // as in OptionFacts, like the next
  std::string_view instead = {};
  std::string_view also = {};  // another name that a single section may have in the file, with a remark

  [[nodiscard]] bool is_for(std::string_view one) const { return type.empty() || type == one; }
  // "service." of "service.*".
  [[nodiscard]] std::string_view prefix() const { return name.substr(0, name.size() - 1); }
};

using OptionTable = std::vector<OptionSection>;

// The value of every row, and from where it comes.
struct OptionSettings {
  struct Setting {
    OptionValue value;
    int line = 0;  // of the file; 0: the default
  };
  struct Instance {
    std::string path;           // "log", "listeners[0]", "service.NAME"
    std::vector<Setting> rows;  // in the order of the section's
    int line = 0;
  };
  std::string file;                             // name, for messages
  std::string type;                             // of the application
  std::vector<std::vector<Instance>> sections;  // in the table's order; one instance of a single section
};

struct OptionFinding {
  int line = 0;
  std::string text;
};

// What a file says. Without errors, `settings` is complete and valid.
struct ParsedOptions {
  OptionSettings settings;
  std::vector<OptionFinding> errors;
  std::vector<OptionFinding> remarks;
};

// Finds all errors there are, in the order of the file: "application.dbid: 0 is out of range; valid: ...". What is for
// another type of application is one.
ParsedOptions parse_options(const OptionTable& table, const JsonValue& root, std::string file,
                            std::string_view type = {});

// "outpost.json:7: text", or "outpost.json: text" when the line is 0.
std::string finding_text(std::string_view file, const OptionFinding& finding);

// One line per option: "application.dbid = 134   outpost.json:4".
std::string print_settings(const OptionTable& table, const OptionSettings& settings);

struct OptionChange {
  std::string option;  // "application.dbid", "listeners[1].port"
  std::string change;  // "1 -> 2", "added", "removed"
  TakesEffect takes_effect;

  // "application.dbid: 1 -> 2, after a restart".
  [[nodiscard]] std::string text() const;
};
std::vector<OptionChange> changed_settings(const OptionTable& table, const OptionSettings& before,
                                           const OptionSettings& after);

// The values that a program has which was started with `started` and has read `latest` since: those that take effect
// after a restart are the old ones. A section that is not single waits as a whole: of its options all take effect after
// a restart, or none does.
OptionSettings settings_in_force(const OptionTable& table, const OptionSettings& started, OptionSettings latest);

// An entry of a section by pattern for the sample: its path, "service.NAME", and what is no default in it.
struct OptionExample {
  std::string path;
  std::vector<std::pair<std::string, OptionValue>> options;
};
// A whole file with comments: every option of the type at its default, one entry of each section. What `values` has,
// by its path ("log.level"), has that value instead. A section by pattern has its examples: the first with every
// option, the others with their own alone.
std::string sample_file(const OptionTable& table, std::string_view heading, std::string_view type = {},
                        const std::map<std::string, OptionValue>& values = {},
                        const std::vector<OptionExample>& examples = {});
// Markdown, for all types.
std::string options_manual(const OptionTable& table, std::string_view heading);

// Each setting that `origin` has too gets the line that it has there.
void take_lines(OptionSettings& settings, const OptionSettings& origin);

// --- Between rows and structs ----------------------------------------------------------------------------------------

// A row with its member, which is a bool, an integer, a std::string, OptionTexts, or an enum that has words: all of
// them are valid, unless the facts name some.
template <class Section>
struct Option {
  OptionRow row;
  std::function<OptionValue(const Section&)> get;
  std::function<void(Section&, const OptionValue&)> set;
};

// The default of a row whose member has this one.
OptionValue row_default(const OptionFacts& facts, OptionValue of_member);

template <class Section, class Member>
Option<Section> option(std::string_view name, Member Section::*member, const OptionFacts& facts) {
  Option<Section> option;
  option.row = {std::string(name), facts, {}};
  // What has passed the row's checks fits the member.
  if constexpr (Worded<Member>) {
    if (facts.words.empty()) option.row.facts.words = words_of(Member{});
    option.get = [member](const Section& section) { return OptionValue(std::string(word_of(section.*member))); };
    option.set = [member](Section& section, const OptionValue& value) {
      section.*member = *from_word<Member>(std::get<std::string>(value));
    };
  } else if constexpr (std::is_integral_v<Member> && !std::is_same_v<Member, bool>) {
    option.get = [member, scale = facts.scale](const Section& section) {
      return OptionValue(static_cast<std::int64_t>(section.*member) / scale);
    };
    option.set = [member, scale = facts.scale](Section& section, const OptionValue& value) {
      section.*member = static_cast<Member>(std::get<std::int64_t>(value) * scale);
    };
  } else {
    option.get = [member](const Section& section) { return OptionValue(section.*member); };
    option.set = [member](Section& section, const OptionValue& value) { section.*member = std::get<Member>(value); };
  }
  option.row.default_value = row_default(facts, option.get(Section{}));
  return option;
}

// The rows of a struct that is a member of the section's. With a prefix they are twins, as "debug.key" is of "key": the
// same rows of another member.
template <class Section, class Part>
std::vector<Option<Section>> part_options(Part Section::*part, const std::vector<Option<Part>>& options,
                                          std::string_view prefix = {}) {
  std::vector<Option<Section>> lifted;
  for (const Option<Part>& one : options) {
    Option<Section>& option = lifted.emplace_back();
    option.get = [part, get = one.get](const Section& section) { return get(section.*part); };
    option.set = [part, set = one.set](Section& section, const OptionValue& value) { set(section.*part, value); };
    option.row = {std::string(prefix) + one.row.name, one.row.facts, row_default(one.row.facts, option.get(Section{}))};
  }
  return lifted;
}

template <class Config>
class Options {
 public:
  template <class Section>
  void section(std::string_view name, Section Config::*member, std::string_view text,
               const std::vector<Option<Section>>& options, std::string_view type = {}, std::string_view instead = {}) {
    add<Section>(
        {name, text, OptionShape::single, {}, type, instead}, options,
        [member](Config& config, const std::string&) -> Section& { return config.*member; },
        [member, name](const Config& config, const auto& visit) { visit(std::string(name), config.*member); });
  }
  template <class Section>
  void section(std::string_view name, std::vector<Section> Config::*member, std::string_view text,
               const std::vector<Option<Section>>& options, std::string_view type = {}, std::string_view instead = {}) {
    add<Section>(
        {name, text, OptionShape::array, {}, type, instead}, options,
        [member](Config& config, const std::string&) -> Section& { return (config.*member).emplace_back(); },
        [member, name](const Config& config, const auto& visit) {
          std::size_t i = 0;
          for (const Section& section : config.*member) visit(fmt::format("{}[{}]", name, i++), section);
        });
  }
  template <class Section>
  void section(std::string_view name, std::map<std::string, Section> Config::*member, std::string_view text,
               const std::vector<Option<Section>>& options, std::string_view type = {}, std::string_view instead = {}) {
    std::string_view prefix = name.substr(0, name.size() - 1);  // without the *
    add<Section>(
        {name, text, OptionShape::by_name, {}, type, instead}, options,
        [member, prefix](Config& config, const std::string& path) -> Section& {
          return (config.*member)[path.substr(prefix.size())];
        },
        [member, prefix](const Config& config, const auto& visit) {
          for (const auto& [key, section] : config.*member) visit(std::string(prefix) + key, section);
        });
  }

  // The section that was added last may have this name as well, unless the file has both.
  void also_called(std::string_view name) { table_.back().also = name; }

  [[nodiscard]] const OptionTable& table() const { return table_; }
  // The settings must have been parsed without errors.
  [[nodiscard]] Config make(const OptionSettings& settings) const {
    Config config;
    for (std::size_t i = 0; i < fill_.size(); ++i) {
      for (const OptionSettings::Instance& instance : settings.sections[i]) fill_[i](config, instance);
    }
    return config;
  }
  // The values of `config`, which need not come from a file; a value that `origin` has too has its line there.
  [[nodiscard]] OptionSettings settings(const Config& config, const OptionSettings& origin = {}) const {
    OptionSettings settings{origin.file, origin.type, {}};
    for (const auto& read : read_) settings.sections.push_back(read(config));
    take_lines(settings, origin);
    return settings;
  }

 private:
  // `at` is the struct of an instance, `all` visits each with its path.
  template <class Section, class At, class All>
  void add(OptionSection section, const std::vector<Option<Section>>& options, At at, All all) {
    for (const auto& option : options) section.rows.push_back(option.row);
    table_.push_back(std::move(section));
    fill_.push_back([options, at](Config& config, const OptionSettings::Instance& instance) {
      Section& filled = at(config, instance.path);
      for (std::size_t i = 0; i < options.size(); ++i) options[i].set(filled, instance.rows[i].value);
    });
    read_.push_back([options, all](const Config& config) {
      std::vector<OptionSettings::Instance> instances;
      all(config, [&](std::string path, const Section& read) {
        OptionSettings::Instance& instance = instances.emplace_back();
        instance.path = std::move(path);
        for (const auto& option : options) instance.rows.push_back({option.get(read), 0});
      });
      return instances;
    });
  }

  OptionTable table_;
  std::vector<std::function<void(Config&, const OptionSettings::Instance&)>> fill_;
  std::vector<std::function<std::vector<OptionSettings::Instance>(const Config&)>> read_;
};

}  // namespace outpost
