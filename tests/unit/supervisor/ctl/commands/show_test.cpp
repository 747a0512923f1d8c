#include "supervisor/ctl/commands/show.h"
#undef CHECK  // ours; below it is Catch2's

#include <catch2/catch_test_macros.hpp>

using namespace outpost::supervisor::ctl;

TEST_CASE("text from elsewhere cannot command the terminal, but keeps its lines", "[ctl][show]") {
  CHECK(printable("one\ntwo\x07") == "one\ntwo\\x07");
}
