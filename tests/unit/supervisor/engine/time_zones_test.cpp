#include "supervisor/engine/time_zones.h"

#include <fmt/core.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "common/integers.h"

namespace outpost::test::time_zones_test {

using outpost::supervisor::Zone;

namespace {

// 2024-03-10 10:00 UTC is the instant at which Los Angeles goes from 02:00 to 03:00.
constexpr std::int64_t kSpring = 1710064800;
// 2024-11-03 09:00 UTC: from 02:00 back to 01:00.
constexpr std::int64_t kAutumn = 1730624400;

Zone los_angeles() { return *Zone::find("America/Los_Angeles"); }

}  // namespace

TEST_CASE("a zone that the tz database lacks is an error that names it", "[time_zones]") {
  for (const char* name : {"", "Mars/Olympus", "../../etc/passwd", "america/los_angeles"}) {
    auto zone = Zone::find(name);
    INFO(name);
    REQUIRE(!zone);
    CHECK(zone.error().code == outpost::Errc::not_found);
    CHECK(zone.error().text.find(name) != std::string::npos);
  }
}

TEST_CASE("the offset and the time of day follow daylight saving", "[time_zones]") {
  Zone zone = los_angeles();
  CHECK(zone.at(kSpring - 1).offset_seconds == -8 * 3600);
  CHECK(zone.at(kSpring - 1).second_of_day == 2 * 3600 - 1);
  CHECK(zone.at(kSpring).offset_seconds == -7 * 3600);
  CHECK(zone.at(kSpring).second_of_day == 3 * 3600);
  CHECK(zone.at(kAutumn - 1).second_of_day == 2 * 3600 - 1);
  CHECK(zone.at(kAutumn).second_of_day == 1 * 3600);
}

TEST_CASE("zones with halves and quarters of hours are right", "[time_zones]") {
  CHECK(Zone::find("Asia/Kolkata")->at(kSpring).offset_seconds == 19800);
  CHECK(Zone::find("Asia/Kathmandu")->at(kSpring).offset_seconds == 20700);
}

TEST_CASE("a local date and time becomes an instant and comes back", "[time_zones]") {
  Zone zone = los_angeles();
  auto summer = zone.parse("07/04/2026 09:05");
  REQUIRE(summer);
  CHECK(*summer == 1783181100);
  CHECK(zone.format(*summer) == "07/04/2026 09:05");
  auto winter = zone.parse("12/31/2026 23:59");
  REQUIRE(winter);
  CHECK(*winter == 1798790340);
  CHECK(zone.format(*winter) == "12/31/2026 23:59");
  CHECK(*zone.parse("02/29/2024 00:00") == 1709193600);
}

TEST_CASE("times beyond 2038 come and go as those before", "[time_zones]") {
  Zone zone = los_angeles();
  CHECK(*zone.parse("01/15/2050 09:05") == 2'525'879'100);
  CHECK(*Zone::find("UTC")->parse("12/30/9999 23:59") == outpost::kEpochMax - 59);
  for (const char* text : {"01/19/2038 03:14", "07/04/2050 09:05", "02/29/2104 00:00", "12/30/9999 12:00"}) {
    CAPTURE(text);
    auto epoch = zone.parse(text);
    REQUIRE(epoch);
    CHECK(zone.format(*epoch) == text);
  }
}

TEST_CASE("daylight saving goes on beyond 2037, where the tz database ends", "[time_zones]") {
  Zone zone = los_angeles();
  CHECK(*zone.parse("07/04/2050 09:05") == 2'540'563'500);  // 16:05 UTC
  CHECK(*zone.parse("03/12/2051 01:59") == 2'562'227'940);  // the second Sunday of March, a minute before its change
  CHECK(zone.at(2'562'227'940).offset_seconds == -8 * 3600);
  CHECK(zone.at(2'562'228'000).offset_seconds == -7 * 3600);
  // 2050: 13 March and 6 November are those Sundays.
  CHECK_FALSE(zone.parse("03/13/2050 02:30"));
  CHECK(*zone.parse("11/06/2050 01:30") == *zone.parse("11/06/2050 00:30") + 3600);
  CHECK(zone.at(*zone.parse("03/13/2050 01:59") + 60).second_of_day == 3 * 3600);
  for (int year = 2038; year < 2110; ++year) {
    CAPTURE(year);
    CHECK(zone.at(*zone.parse(fmt::format("07/01/{} 12:00", year))).offset_seconds == -7 * 3600);
    CHECK(zone.at(*zone.parse(fmt::format("12/31/{} 23:59", year))).offset_seconds == -8 * 3600);
    CHECK(zone.at(*zone.parse(fmt::format("01/01/{} 00:00", year))).offset_seconds == -8 * 3600);
  }
  // In the south summer is over the turn of the year.
  Zone sydney = *Zone::find("Australia/Sydney");
  CHECK(sydney.at(*sydney.parse("01/01/2060 00:00")).offset_seconds == 11 * 3600);
  CHECK(sydney.at(*sydney.parse("02/29/2060 12:00")).offset_seconds == 11 * 3600);
  CHECK(sydney.at(*sydney.parse("07/01/2060 12:00")).offset_seconds == 10 * 3600);
}

TEST_CASE("the last time of all has its form in every zone", "[time_zones]") {
  for (const char* name : {"Pacific/Kiritimati", "UTC", "Etc/GMT+12"}) {
    Zone zone = *Zone::find(name);
    CHECK(zone.format(outpost::kEpochMax).size() == std::string_view("MM/DD/YYYY HH:MM").size());
  }
}

TEST_CASE("a local time that occurs twice is the earlier one", "[time_zones]") {
  CHECK(*los_angeles().parse("11/03/2024 01:30") == kAutumn - 1800);
}

TEST_CASE("what is no date and time of the zone is refused with a sentence", "[time_zones]") {
  Zone zone = los_angeles();
  for (const char* text : {"", "07/04/2026", "7/4/2026 9:05", "2026-07-04 09:05", "13/01/2026 00:00",
                           "02/30/2026 00:00", "02/29/2026 00:00", "00/10/2026 00:00", "07/04/2026 24:00",
                           "07/04/2026 12:60", "07/04/2026 1a:00", "07/04/2026T09:05", "07/04/2026 09:05 ",
                           "03/10/2024 02:30", "12/31/1969 00:00", "12/31/9999 00:00", "+7/04/2026 09:05"}) {
    INFO(text);
    auto epoch = zone.parse(text);
    REQUIRE(!epoch);
    CHECK(epoch.error().text.starts_with("must "));
  }
}

}  // namespace outpost::test::time_zones_test
