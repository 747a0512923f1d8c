// What is found out about one entry of a section once the whole file is there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/options.h"
#include "supervisor/config/config.h"
#include "supervisor/config/tls_reader.h"

namespace outpost::supervisor {

class SectionFindings {
 public:
  // `place` is an entry of the file: of the sections by pattern in the order of the file, too.
  SectionFindings(ParsedOptions& parsed, Place place) : parsed_(parsed), place_(place) {}

  void error(std::string_view option, std::string_view text) {
    parsed_.errors.push_back(finding(parsed_.settings, place_, option, text));
  }
  void remark(std::string_view option, std::string_view text) {
    parsed_.remarks.push_back(finding(parsed_.settings, place_, option, text));
  }
  // A wrong value left its default there, and one mistake is one error.
  [[nodiscard]] bool is_wrong(std::string_view option) const {
    std::string begin = finding(parsed_.settings, place_, option, "").text;
    return std::ranges::any_of(parsed_.errors,
                               [&](const OptionFinding& error) { return error.text.starts_with(begin); });
  }

 private:
  ParsedOptions& parsed_;
  Place place_;
};

// Of a section that has both options: one is nothing without the other.
inline void check_credentials(const std::string& username, const std::string& password, SectionFindings& findings) {
  if (username.empty() == password.empty() || findings.is_wrong("username") || findings.is_wrong("password")) return;
  bool user = username.empty();
  findings.error(user ? "username" : "password", user ? "a password needs its username; valid: both or neither"
                                                      : "a username needs its password; valid: both or neither");
}

// The entries of a section, in the order of the file.
inline const std::vector<OptionSettings::Instance>& entries_of(const ParsedOptions& parsed, std::string_view section) {
  const OptionTable& table = config_options().table();
  auto found = std::ranges::find(table, section, &OptionSection::name);
  return parsed.settings.sections[static_cast<std::size_t>(found - table.begin())];
}

// Whether an entry was none at all, and has nothing but defaults.
inline bool is_no_entry(const ParsedOptions& parsed, const OptionSettings::Instance& entry) {
  return std::ranges::any_of(
      parsed.errors, [begin = entry.path + ": "](const OptionFinding& error) { return error.text.starts_with(begin); });
}

}  // namespace outpost::supervisor
