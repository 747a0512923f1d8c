#include "common/uuid.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::uuid_test {

TEST_CASE("ids are UUIDs of version 4 in lower case", "[text]") {
  CHECK(uuid_of(std::string(16, '\xff')) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(uuid_of(std::string(16, '\0')) == "00000000-0000-4000-8000-000000000000");
  CHECK(is_uuid("00000000-0000-4000-8000-00000000ABCd"));
  for (const char* none : {"", "60", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
                           "00000000x0000-4000-8000-000000000000", "g0000000-0000-4000-8000-000000000000"}) {
    INFO(none);
    CHECK_FALSE(is_uuid(none));
  }
}

}  // namespace outpost::test::uuid_test
