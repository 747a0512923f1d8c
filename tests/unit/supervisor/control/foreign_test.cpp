#include "supervisor/control/foreign.h"

#include <algorithm>
#include <set>

#include "supervisor/control/commands/table.h"
#include "supervisor/control/table.h"
#include "supervisor/mobile/commands.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::foreign_test {

using namespace outpost::supervisor;

TEST_CASE("a command of the other type is named with that type, and what there is instead of a role", "[control]") {
  CHECK(foreign_command_text("switch", ApplicationType::mobile) ==
        "switch is a command of outbound; this outpostd is a mobile node: all nodes are active");
  CHECK(foreign_command_text("sample-call", ApplicationType::mobile) ==
        "sample-call is a command of outbound; this outpostd is a mobile node: what can be tried there is a URL, http "
        "or https");
  CHECK(foreign_command_text("records", ApplicationType::mobile) ==
        "records is a command of outbound; this outpostd is a mobile node");
  CHECK(foreign_command_text("nodes", ApplicationType::outbound) ==
        "nodes is a command of mobile; this outpostd is of type outbound");
  CHECK(foreign_command_text("nodes", ApplicationType::mobile).empty());
  CHECK(foreign_command_text("status", ApplicationType::mobile).empty());
}

TEST_CASE("each command of a type is known to be its own, or both types have it", "[control]") {
  const std::set<std::string_view> shared = {"token-add", "token-list", "token-revoke"};
  std::size_t known = 0;
  auto check = [&](const std::vector<std::string_view>& names, ApplicationType type) {
    for (std::string_view name : names) {
      INFO(name);
      auto typed = std::ranges::find(typed_commands(), name, &TypedCommand::name);
      CHECK((typed == typed_commands().end()) == shared.contains(name));
      if (typed == typed_commands().end()) continue;
      CHECK(typed->type == type);
      ++known;
    }
  };
  check(outbound_command_names(), ApplicationType::outbound);
  check(mobile::mobile_command_names(), ApplicationType::mobile);
  CHECK(known == typed_commands().size());
  for (std::string_view own : own_command_names()) {
    CHECK(std::ranges::find(typed_commands(), own, &TypedCommand::name) == typed_commands().end());
  }
}

}  // namespace outpost::test::foreign_test
