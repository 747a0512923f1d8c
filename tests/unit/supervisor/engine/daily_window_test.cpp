#include "supervisor/engine/daily_window.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::daily_window_test {

using outpost::supervisor::window_doubt;
using outpost::supervisor::WindowWatch;

TEST_CASE("a window of which another unit was probably meant is doubted, with that unit", "[window]") {
  CHECK(window_doubt(8, 18).starts_with("probably hours, "));
  CHECK(window_doubt(0, 24).starts_with("probably hours, "));
  CHECK(window_doubt(8, 64800).starts_with("probably hours, "));
  CHECK(window_doubt(480, 1080).starts_with("probably minutes, "));
  CHECK(window_doubt(900, 1800).starts_with("probably hours and minutes, "));
  CHECK(window_doubt(8, 18).find("28800 is 8:00") != std::string::npos);
}

TEST_CASE("a window in seconds is not doubted", "[window]") {
  CHECK(window_doubt(28800, 64800).empty());
  CHECK(window_doubt(0, 86400).empty());
  CHECK(window_doubt(0, 3600).empty());
  CHECK(window_doubt(1800, 86340).empty());
}

TEST_CASE("windows of a list are spoken of once an hour, and of a bounded number of lists", "[window]") {
  WindowWatch watch;
  CHECK(watch.is_due("a", 1000));
  CHECK_FALSE(watch.is_due("a", 4599));
  CHECK(watch.is_due("b", 4599));
  CHECK(watch.is_due("a", 4600));
  WindowWatch full;
  for (std::size_t i = 0; i < WindowWatch::kListsMax; ++i) CHECK(full.is_due(std::to_string(i), 1));
  CHECK_FALSE(full.is_due("one more", 1));
  CHECK(full.is_due("one more", 3601));
}

}  // namespace outpost::test::daily_window_test
