#include "protocol/admin/resources.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "supervisor/control/commands/table.h"
#include "supervisor/control/table.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::resources_test {

using namespace outpost::protocol;

TEST_CASE("each row of the admin face has a path of its own, and a command that there is", "[admin]") {
  std::vector<std::string_view> commands = supervisor::own_command_names();
  std::ranges::copy(supervisor::outbound_command_names(), std::back_inserter(commands));
  std::set<std::string_view> paths;
  for (const AdminRow& row : admin_rows()) {
    CAPTURE(row.path);
    CHECK(row.path.starts_with('/'));
    CHECK(paths.insert(row.path).second);
    CHECK(find_admin_row(row.path) == &row);
    bool is_command = row.answer == AdminAnswer::command;
    CHECK(row.command.empty() == !is_command);
    if (is_command) CHECK(std::ranges::find(commands, row.command) != commands.end());
    CHECK((!row.writes || (is_command && row.parameters.empty())));
    CHECK((row.held_ms == 0 || row.writes || row.answer == AdminAnswer::events));
    std::set<std::string_view> names;
    for (const AdminParameter& one : row.parameters) CHECK(names.insert(one.name).second);
  }
  CHECK(find_admin_row("/") == nullptr);
  CHECK(find_admin_row("/healthz/") == nullptr);
}

// What ends the service, makes secrets or takes a whole file is outpostctl's.
TEST_CASE("what may not be reached from afar is no row", "[admin]") {
  for (std::string_view command : {"stop", "apply", "import-open", "import-finish", "token-add", "token-revoke"}) {
    CHECK(std::ranges::find(admin_rows(), command, &AdminRow::command) == admin_rows().end());
  }
}

TEST_CASE("what changes something is no other row's", "[admin]") {
  std::set<std::string_view> writing;
  for (const AdminRow& row : admin_rows()) {
    if (row.writes) writing.insert(row.command);
  }
  CHECK(writing == std::set<std::string_view>{"switch", "role", "group", "recall", "dnc-add", "dnc-remove", "reload",
                                              "reopen-logs"});
  for (const AdminRow& row : admin_rows()) CHECK(row.writes == writing.contains(row.command));
}

}  // namespace outpost::test::resources_test
