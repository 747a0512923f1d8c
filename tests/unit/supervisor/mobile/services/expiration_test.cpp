#include "supervisor/mobile/services/expiration.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::expiration_test {

using namespace outpost::supervisor::mobile;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// 2026-03-05 07:08:09.012 UTC, a Thursday.
const std::chrono::system_clock::time_point kNow{1'772'694'489'012ms};

std::string at_once(std::string_view format) { return expiration_text(0ms, format, kNow); }

}  // namespace

TEST_CASE("without a format it is the whole seconds that are left", "[mobile]") {
  CHECK(expiration_text(30s, "", kNow) == "30");
  CHECK(expiration_text(30'999ms, "", kNow) == "30");
  CHECK(expiration_text(999ms, "", kNow) == "0");
  CHECK(expiration_text(-5s, "", kNow) == "0");
}

TEST_CASE("with a format it is the time at which it ends, in UTC", "[mobile]") {
  constexpr const char* kIso = "yyyy-MM-dd'T'HH:mm:ss.SSSZ";
  CHECK(at_once(kIso) == "2026-03-05T07:08:09.012+0000");
  CHECK(expiration_text(60s, kIso, kNow) == "2026-03-05T07:09:09.012+0000");
  CHECK(expiration_text(24h * 365, kIso, kNow) == "2027-03-05T07:08:09.012+0000");
  CHECK(expiration_text(-5s, kIso, kNow) == "2026-03-05T07:08:09.012+0000");
}

TEST_CASE("a field has as many digits as it has letters at least", "[mobile]") {
  CHECK(at_once("y yy yyy yyyy yyyyy") == "2026 26 2026 2026 02026");
  CHECK(at_once("M MM MMM MMMM") == "3 03 Mar March");
  CHECK(at_once("d dd ddd") == "5 05 005");
  CHECK(at_once("H HH m mm s ss") == "7 07 8 08 9 09");
  CHECK(at_once("S SS SSS SSSS") == "12 12 012 0012");
}

TEST_CASE("a zone is UTC, written as its letter says", "[mobile]") {
  CHECK(at_once("Z z zzz zzzz X XXX") == "+0000 UTC UTC Coordinated Universal Time Z Z");
}

TEST_CASE("text between apostrophes stays, and two of them are one", "[mobile]") {
  CHECK(at_once("d''d") == "5'5");
  CHECK(at_once("'o''clock' H") == "o'clock 7");
  CHECK(at_once("'yMd'd'z'") == "yMd5z");
  CHECK(at_once("''''") == "''");
  CHECK(at_once("/, :") == "/, :");
}

}  // namespace outpost::test::expiration_test
