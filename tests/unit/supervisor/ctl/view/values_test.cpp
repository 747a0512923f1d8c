#include "supervisor/ctl/view/values.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::values_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("enumerations show number and name, unknown numbers stand alone", "[ctl][view]") {
  CHECK(show_enumeration(protocol::record_statuses(), 1) == "1 Ready");
  CHECK(show_enumeration(protocol::record_statuses(), 99) == "99");
  CHECK(show_enumeration(protocol::record_statuses(), -1) == "-1");
  CHECK(show_window(28800, 64800) == "08:00..18:00");
  CHECK(show_window(0, 86399) == "00:00..23:59:59");
}

TEST_CASE("times are local and carry their distance from UTC", "[ctl][view]") {
  CHECK(show_time(0) == "-");
  std::string shown = show_time(1'700'000'000);
  CHECK(shown.starts_with("2023-11-1"));
  CHECK(shown.size() == std::string_view("2023-11-14T22:13:20+00:00").size());
}

}  // namespace outpost::test::values_test
