#include "supervisor/ctl/commands/commands.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "supervisor/control/commands/table.h"
#include "supervisor/control/table.h"
#include "supervisor/mobile/commands.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::commands_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("each kind of error has its exit status", "[ctl]") {
  CHECK(exit_of({Errc::invalid, ""}) == Exit::refused);
  CHECK(exit_of({Errc::closed, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::timeout, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::protocol, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::io, ""}) == Exit::file);
}

TEST_CASE("outpostctl sends what the supervisor knows, and all of it", "[ctl]") {
  // Sent by commands whose rows name another: import's first, the edit that a plan is made for, a call that has a name.
  std::set<std::string_view> sent = {"import-finish", "records-plan", "sample-call"};
  for (const Command& command : commands()) {
    if (command.sends) sent.insert(command.sends);
  }
  std::vector<std::string_view> all = supervisor::own_command_names();
  std::ranges::copy(supervisor::outbound_command_names(), std::back_inserter(all));
  std::ranges::copy(supervisor::mobile::mobile_command_names(), std::back_inserter(all));
  const std::set<std::string_view> known_commands(all.begin(), all.end());
  for (std::string_view known : known_commands) {
    if (sent.erase(known) == 0) FAIL_CHECK("no row of supervisor/ctl/commands/ sends " << known);
  }
  for (std::string_view unknown : sent) FAIL_CHECK("supervisor/control/ has no row " << unknown);
}

TEST_CASE("each command is in a group that stands before it, and has one way to be carried out", "[ctl]") {
  std::set<std::string_view> names = {""};
  for (const Command& command : commands()) {
    INFO(command.name);
    CHECK(names.contains(group_of(command)));
    CHECK(names.insert(command.name).second);
    bool group = !command.sends && !command.run_offline;
    bool own = command.run || command.run_offline;
    CHECK(group + own + (command.view && !own) + (command.listing.items && !own) == 1);
    CHECK(command.offline == (command.run_offline || command.name == "store"));
  }
}

TEST_CASE("every command speaks JSON, and those that only read can be watched", "[ctl]") {
  for (const Command& command : commands()) {
    INFO(command.name);
    bool json = std::ranges::any_of(command.options, [](const auto& o) { return o.names == "--json"; });
    CHECK(json == (command.sends || command.run_offline));
    if (is_reading(command)) CHECK_FALSE(command.run);
  }
  auto reads = [](std::string_view name) { return is_reading(*std::ranges::find(commands(), name, &Command::name)); };
  for (const char* name : {"status", "stats", "records", "record", "group", "sessions", "lists", "dnc list"}) {
    INFO(name);
    CHECK(reads(name));
  }
  CHECK_FALSE(reads("switch"));
}

TEST_CASE("a slip of the hand is answered with what is near and harmless", "[ctl]") {
  using Words = std::vector<std::string_view>;
  CHECK(suggestions("st", "") == Words{"status", "stats", "store"});
  CHECK(suggestions("importt", "") == Words{"import"});
  CHECK(suggestions("stp", "").empty());
  CHECK(suggestions("st", "group") == Words{"start"});
  CHECK(suggestions("unlod", "group").empty());
}

}  // namespace outpost::test::commands_test
