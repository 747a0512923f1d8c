#include "common/excerpt.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::excerpt_test {

using outpost::excerpt;

TEST_CASE("an excerpt is whole characters, escaped, and says that something is left out", "[text]") {
  CHECK(excerpt("Mars") == "Mars");
  CHECK(excerpt("12345", 5) == "12345");
  CHECK(excerpt("123456", 5) == "12345...");
  CHECK(excerpt("a\xC3\xA4", 2) == "a...");
  CHECK(excerpt("a\nb") == "a\\x0Ab");
  CHECK(excerpt("a\xFFz") == "a...");
  CHECK(excerpt("").empty());
}

}  // namespace outpost::test::excerpt_test
