// Options declared once: one row is all that the program knows about an option, its default apart, which is the value
// that the member has in a default-constructed struct. Parsing, checking, the effective values, the changes of a
// reload, the sample file and the manual come from the rows.
//
//   Options<Config> options;
//   options.section("log", &Config::log, "Where the log goes.",
//                   {option("level", &LogConfig::level, {.words = kLevels, .text = "How much is written."})});
//
// In the file a section is an object with its options as members; a repeated section (a vector member) is an array of
// such objects. An option's value is true or false, a whole number, or a string.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/json.h"

namespace outpost {

enum class TakesEffect : std::uint8_t { at_once, next_proxy_start, restart };
// "at once", "at the next proxy start", "after a restart".
std::string_view to_string(TakesEffect when) noexcept;

using OptionValue = std::variant<bool, std::int64_t, std::string>;

// A row apart from its member.
struct OptionFacts {
  // Least and most of a number; bytes of a text. Both ends are valid.
  std::int64_t low = 0;
  std::int64_t high = 255;
  std::string_view unit = {};                    // of a number
  std::span<const std::string_view> words = {};  // a text is one of these
  bool line_ends = false;                        // a text may hold CR and LF; no other control byte is ever valid
  std::string_view valid = {};                   // valid values in words, when the above does not say it all
  std::string_view default_text = {};            // what an empty default means
  // Further checks of a value that has passed the above. A fault (empty: none) makes the file wrong; remarks do not.
  std::string (*fault)(const OptionValue& value) = nullptr;
  std::vector<std::string> (*remarks)(const OptionValue& value) = nullptr;
  TakesEffect takes_effect = TakesEffect::restart;
  bool secret = false;  // the value is never shown
  // What may be shown of a text of which a part is secret; null: all.
  std::string (*shown)(const std::string& value) = nullptr;
  bool ignored = false;          // anything is accepted, with a remark, and nothing has an effect
  std::string_view text = {};    // one paragraph for the manual
  std::string_view source = {};  // "Source: ..." or "Assumption: ..."
};

struct OptionRow {
  std::string_view name;
  OptionFacts facts;
  OptionValue default_value;

  [[nodiscard]] std::string valid_text() const;
};

struct OptionSection {
  std::string_view name;
  std::string_view text;
  bool repeated;
  std::vector<OptionRow> rows;
};

using OptionTable = std::vector<OptionSection>;

// The value of every row, and from where it comes.
struct OptionSettings {
  struct Setting {
    OptionValue value;
    int line = 0;  // of the file; 0: the default
  };
  struct Instance {
    int line = 0;
    std::vector<Setting> rows;  // in the order of the section's
  };
  std::string file;                             // name, for messages
  std::vector<std::vector<Instance>> sections;  // in the table's order; one instance unless the section is repeated
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

// Finds all errors there are, in the order of the file: "application.dbid: 0 is out of range; valid: ...".
ParsedOptions parse_options(const OptionTable& table, const JsonValue& root, std::string file);

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
// after a restart are the old ones. A repeated section is as in `latest`: none of its options may wait for a restart.
OptionSettings settings_in_force(const OptionTable& table, const OptionSettings& started, OptionSettings latest);

// A whole file with comments: every option at its default, one entry in each repeated section.
std::string sample_file(const OptionTable& table, std::string_view heading);
// Markdown.
std::string options_manual(const OptionTable& table, std::string_view heading);

// --- Between rows and structs ----------------------------------------------------------------------------------------

// A row with its member, which is a bool, an integer or a std::string.
template <class Section>
struct Option {
  OptionRow row;
  std::function<OptionValue(const Section&)> get;
  std::function<void(Section&, const OptionValue&)> set;
};

template <class Section, class Member>
Option<Section> option(std::string_view name, Member Section::*member, const OptionFacts& facts) {
  using Wide = std::conditional_t<std::is_integral_v<Member> && !std::is_same_v<Member, bool>, std::int64_t, Member>;
  Option<Section> option;
  option.get = [member](const Section& section) { return OptionValue(static_cast<Wide>(section.*member)); };
  // What has passed the row's checks fits the member.
  option.set = [member](Section& section, const OptionValue& value) {
    section.*member = static_cast<Member>(std::get<Wide>(value));
  };
  option.row = {name, facts, option.get(Section{})};
  return option;
}

template <class Config>
class Options {
 public:
  template <class Section>
  void section(std::string_view name, Section Config::*member, std::string_view text,
               std::vector<Option<Section>> options) {
    table_.push_back({name, text, false, rows(options)});
    fill_.push_back([member, options](Config& config, const OptionSettings::Instance& instance) {
      set(options, config.*member, instance);
    });
    read_.push_back([member, options](const Config& config) {
      return std::vector<OptionSettings::Instance>{get(options, config.*member)};
    });
  }
  template <class Section>
  void section(std::string_view name, std::vector<Section> Config::*member, std::string_view text,
               std::vector<Option<Section>> options) {
    table_.push_back({name, text, true, rows(options)});
    fill_.push_back([member, options](Config& config, const OptionSettings::Instance& instance) {
      set(options, (config.*member).emplace_back(), instance);
    });
    read_.push_back([member, options](const Config& config) {
      std::vector<OptionSettings::Instance> instances;
      for (const Section& section : config.*member) instances.push_back(get(options, section));
      return instances;
    });
  }

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
    OptionSettings settings{origin.file, {}};
    for (const auto& read : read_) settings.sections.push_back(read(config));
    for (std::size_t s = 0; s < origin.sections.size(); ++s) {
      for (std::size_t i = 0; i < origin.sections[s].size(); ++i) {
        for (std::size_t r = 0; r < origin.sections[s][i].rows.size(); ++r) {
          OptionSettings::Setting& setting = settings.sections[s][i].rows[r];
          if (setting.value == origin.sections[s][i].rows[r].value) setting.line = origin.sections[s][i].rows[r].line;
        }
      }
    }
    return settings;
  }

 private:
  template <class Section>
  static std::vector<OptionRow> rows(const std::vector<Option<Section>>& options) {
    std::vector<OptionRow> rows;
    for (const auto& option : options) rows.push_back(option.row);
    return rows;
  }
  template <class Section>
  static void set(const std::vector<Option<Section>>& options, Section& section,
                  const OptionSettings::Instance& instance) {
    for (std::size_t i = 0; i < options.size(); ++i) options[i].set(section, instance.rows[i].value);
  }
  template <class Section>
  static OptionSettings::Instance get(const std::vector<Option<Section>>& options, const Section& section) {
    OptionSettings::Instance instance;
    for (const auto& option : options) instance.rows.push_back({option.get(section), 0});
    return instance;
  }

  OptionTable table_;
  std::vector<std::function<void(Config&, const OptionSettings::Instance&)>> fill_;
  std::vector<std::function<std::vector<OptionSettings::Instance>(const Config&)>> read_;
};

}  // namespace outpost
