#include "common/percent_encode.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::percent_encode_test {

namespace {

std::string encoded(std::string_view text, std::string_view kept = kUnreservedMarks) {
  std::string out = "=";
  append_percent_encoded(out, text, kept);
  return out;
}

}  // namespace

TEST_CASE("what is not unreserved is encoded byte by byte", "[percent_encode]") {
  CHECK(encoded("aZ09-._~") == "=aZ09-._~");
  CHECK(encoded("a b/c%\xC3\xA4") == "=a%20b%2Fc%25%C3%A4");
  CHECK(encoded(std::string_view("\0\x7F\xFF", 3)) == "=%00%7F%FF");
  CHECK(encoded("") == "=");
}

TEST_CASE("other marks are kept where they may stand", "[percent_encode]") {
  CHECK(encoded("a+b~c", "+") == "=a+b%7Ec");
}

}  // namespace outpost::percent_encode_test
