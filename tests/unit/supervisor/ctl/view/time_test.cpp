#include "supervisor/ctl/view/time.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

namespace outpost::test::time_test {

using outpost::supervisor::ctl::parse_time;

namespace {

// The shell's zone, for as long as it lives.
class ShellZone {
 public:
  explicit ShellZone(const char* zone) {
    if (const char* was = std::getenv("TZ")) before_ = was;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~ShellZone() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  ShellZone(const ShellZone&) = delete;
  ShellZone& operator=(const ShellZone&) = delete;

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("times are numbers, now, or dates of the shell's zone", "[ctl][time]") {
  ShellZone zone("UTC-2");  // POSIX: two hours east
  CHECK(parse_time("0", 7) == 0);
  CHECK(parse_time("1700000000", 7) == 1'700'000'000);
  CHECK(parse_time("now", 7) == 7);
  CHECK(parse_time("2023-11-15T00:13:20", 7) == 1'700'000'000);
  CHECK(parse_time("2023-11-15 00:13", 7) == 1'700'000'000 - 20);
  CHECK(parse_time("2023-11-15", 7) == 1'700'000'000 - 20 - 13 * 60);
}

TEST_CASE("times with an offset mean the same in every shell", "[ctl][time]") {
  ShellZone zone("UTC-2");
  CHECK(parse_time("2023-11-14T22:13:20Z", 0) == 1'700'000'000);
  CHECK(parse_time("2023-11-14T22:13:20+00:00", 0) == 1'700'000'000);
  CHECK(parse_time("2023-11-14T14:13:20-08:00", 0) == 1'700'000'000);
  CHECK(parse_time("2023-11-15T03:43:20+0530", 0) == 1'700'000'000);
  CHECK(parse_time("2024-02-29Z", 0) == 1'709'164'800);
}

TEST_CASE("a time is none beyond the last one that requests may name", "[ctl][time]") {
  CHECK(parse_time("253402214399", 0) == 253'402'214'399);
  CHECK(parse_time("9999-12-30T23:59:59Z", 0) == 253'402'214'399);
  for (const char* text :
       {"253402214400", "9999-12-31Z", "9007199254740992", "9223372036854775807", "9223372036854775808"}) {
    CHECK_FALSE(parse_time(text, 0));
  }
}

TEST_CASE("what is no time is refused", "[ctl][time]") {
  for (const char* text : {"",
                           "-1",
                           "tomorrow",
                           "2023-11",
                           "2023-11-",
                           "2023-1-15",
                           "2023-13-01",
                           "2023-02-29",
                           "2023-11-15T",
                           "2023-11-15T24:00",
                           "2023-11-15T10",
                           "2023-11-15T10:60",
                           "2023-11-15T10:00:60",
                           "2023-11-15T10:00X",
                           "2023-11-15T10:00+",
                           "2023-11-15T10:00+2",
                           "2023-11-15T10:00+15:00",
                           "1969-12-31",
                           "2023-11-15T10:00Z ",
                           "99999999999999999999",
                           "0000-00-00",
                           "2023-00-10",
                           "now "}) {
    INFO(text);
    CHECK(!parse_time(text, 7));
  }
}

}  // namespace outpost::test::time_test
