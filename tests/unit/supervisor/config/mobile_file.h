// Files of a mobile node for tests of its sections.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/config.h"

namespace outpost::test {

using Lines = std::vector<std::string>;

// Such a file with these sections; the first line is the node's own.
inline std::string mobile_file(std::string_view sections) {
  return fmt::format("{{\"application\": {{\"type\": \"mobile\"}}, \"server\": {{\"node_id\": 1}}{}{}}}",
                     sections.empty() ? "" : ",\n", sections);
}

inline supervisor::LoadedConfig load_mobile(std::string_view sections) {
  auto loaded = supervisor::parse_config(mobile_file(sections), "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

inline Lines mobile_warnings(std::string_view sections) { return load_mobile(sections).warnings; }

inline Lines mobile_errors(std::string_view sections) {
  auto loaded = supervisor::parse_config(mobile_file(sections), "f.json");
  return loaded ? Lines{} : loaded.error();
}

}  // namespace outpost::test
