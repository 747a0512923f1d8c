#include "supervisor/ctl/view/reply.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::reply_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("names in an object or a list are shown with commas, and none as a hyphen", "[ctl]") {
  auto reply = parse_json(R"({"object": {"b": 1, "a": {}}, "list": ["b", "a"], "empty": {}, "text": "a"})");
  REQUIRE(reply);
  CHECK(names_in(*reply, "object") == "b, a");
  CHECK(names_in(*reply, "list") == "b, a");
  for (const char* none : {"empty", "text", "absent"}) CHECK(names_in(*reply, none) == "-");
}

}  // namespace outpost::test::reply_test
