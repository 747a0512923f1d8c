#include "supervisor/mobile/services/service_ids.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::service_ids_test {

using namespace outpost::supervisor::mobile;

TEST_CASE("the id of a service names the node that made it", "[mobile]") {
  CHECK(new_service_id(7, std::string(16, '\0')) == "7-00000000-0000-4000-8000-000000000000");
  CHECK(new_service_id(42, std::string(16, '\xff')) == "42-ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST_CASE("an id is what can stand in a path as it is", "[mobile]") {
  for (const char* id : {"7-00000000-0000-4000-8000-000000000000", "0B8A~3N1", "a", "a.b", "..."}) {
    INFO(id);
    CHECK(may_be_service_id(id));
  }
  for (const char* none : {"", ".", "..", "a/b", "a b", "a%20", "a?b", "a;b", "\xc3\xa4", "a\n"}) {
    INFO(none);
    CHECK_FALSE(may_be_service_id(none));
  }
  CHECK(may_be_service_id(std::string(256, 'A')));
  CHECK_FALSE(may_be_service_id(std::string(257, 'A')));
}

}  // namespace outpost::test::service_ids_test
