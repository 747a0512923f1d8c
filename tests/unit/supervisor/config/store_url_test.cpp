// The password that store.url may hold is nowhere in what the configuration says of itself.
#include "supervisor/config/config.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::store_url_test {

using namespace outpost::supervisor;

namespace {

std::string file(const std::string& url) { return R"({"store": {"url": ")" + url + R"("}})"; }

}  // namespace

TEST_CASE("the password of a store is printed neither as it is nor when it changes", "[config]") {
  auto before = parse_config(file("postgresql://u:first@h/db"), "f.json");
  auto after = parse_config(file("postgresql://u:second@h/db"), "f.json");
  REQUIRE(before);
  REQUIRE(after);
  CHECK(before->config.store.url == "postgresql://u:first@h/db");
  std::string printed = print_config(*before);
  CHECK(printed.find("first") == std::string::npos);
  CHECK(printed.find("postgresql://u:***@h/db") != std::string::npos);
  auto changes = config_changes(before->config, after->config, before->config);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].find("first") == std::string::npos);
  CHECK(changes[0].find("second") == std::string::npos);
}

TEST_CASE("the password of a store that is none is not printed with what is wrong", "[config]") {
  auto wrong = parse_config(file("postgres:/u:first@h/db"), "f.json");
  REQUIRE_FALSE(wrong);
  REQUIRE(wrong.error().size() == 1);
  CHECK(wrong.error()[0].find("first") == std::string::npos);
}

}  // namespace outpost::test::store_url_test
