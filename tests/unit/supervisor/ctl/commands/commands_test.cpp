#include "supervisor/ctl/commands/commands.h"
#undef CHECK  // ours; below it is Catch2's

#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using namespace outpost::supervisor::ctl;

TEST_CASE("each kind of error has its exit status", "[ctl]") {
  CHECK(exit_of({Errc::invalid, ""}) == Exit::refused);
  CHECK(exit_of({Errc::closed, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::timeout, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::protocol, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::io, ""}) == Exit::file);
}
