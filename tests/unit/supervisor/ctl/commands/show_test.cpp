#include "supervisor/ctl/commands/show.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::show_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("text from elsewhere cannot command the terminal, but keeps its lines", "[ctl][show]") {
  CHECK(printable("one\ntwo\x07") == "one\ntwo\\x07");
}

TEST_CASE("what is required is sent, and what is not as it is by default", "[ctl][show]") {
  Command command{.name = "test",
                  .text = "",
                  .options = {{"LIST", "", &Arguments::list, "list", true},
                              {"--agent", "", &Arguments::agent, "agent"},
                              {"--due", "", &Arguments::due, "due"},
                              {"--dry-run", "", &Arguments::dry_run, "dry_run"},
                              {"--group", "", &Arguments::groups, "groups"},
                              {"--json", "", &Arguments::json}},
                  .subcommand = "go"};
  Arguments arguments;
  arguments.command = &command;
  arguments.json = true;
  auto sent = [&] {
    outpost::JsonWriter writer;
    write_sent(writer.begin_object(), arguments);
    return writer.end_object().take();
  };
  CHECK(sent() == R"({"command":"go","list":""})");
  arguments.due = 0;
  arguments.dry_run = true;
  arguments.groups = {"a", "b"};
  CHECK(sent() == R"({"command":"go","list":"","due":0,"dry_run":true,"groups":["a","b"]})");
}

}  // namespace outpost::test::show_test
