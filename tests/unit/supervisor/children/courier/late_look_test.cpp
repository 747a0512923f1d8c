#include "supervisor/children/courier/late_look.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::late_look_test {

using supervisor::LateLook;

TEST_CASE("a supervisor that stood still reads before it says that a time is over", "[courier]") {
  LateLook look;
  CHECK_FALSE(look.puts_off(1'000, 1'000));
  CHECK_FALSE(look.puts_off(1'000, 1'100));
  CHECK(look.puts_off(1'000, 1'101));
  CHECK_FALSE(look.puts_off(1'000, 1'201));  // once
  CHECK(look.puts_off(2'000, 9'000));
}

}  // namespace outpost::test::late_look_test
