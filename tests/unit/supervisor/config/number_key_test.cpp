#include "supervisor/config/number_key.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::number_key_test {

using namespace outpost::supervisor;

TEST_CASE("numbers compare without what people put between digits, and letters in either case", "[number_key]") {
  CHECK(number_key("1-888-call-me1") == number_key("1 (888) CALL.ME1"));
  CHECK(number_key("+1 888 100") == "+1888100");
  CHECK(number_key("\t555") == "555");
  CHECK(number_key(" -().") == "");
  CHECK(number_key("") == "");
}

TEST_CASE("what is another number stays one", "[number_key]") {
  CHECK(number_key("+1888") != number_key("1888"));
  CHECK(number_key("*55#") == "*55#");
  CHECK(number_key("sip:Ann@ex") == "sip:ann@ex");
  CHECK(number_key("\xc3\x84") != number_key("\xc3\xa4"));
}

}  // namespace outpost::test::number_key_test
