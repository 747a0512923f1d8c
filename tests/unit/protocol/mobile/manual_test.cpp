#include "protocol/mobile/manual.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "protocol/mobile/errors.h"
#include "protocol/mobile/routes.h"

namespace outpost::protocol::mobile_manual_test {

TEST_CASE("the manual has each route and each error", "[mobile_manual]") {
  std::string manual = mobile_manual();
  for (const MobileRow& row : mobile_rows()) {
    CHECK_THAT(manual, Catch::Matchers::ContainsSubstring("| " + std::string(row.method) + " | `" +
                                                          std::string(row.pattern) + "` |"));
  }
  for (const MobileError& error : mobile_errors()) {
    CHECK_THAT(manual, Catch::Matchers::ContainsSubstring(std::string(error.exception)));
  }
}

}  // namespace outpost::protocol::mobile_manual_test
