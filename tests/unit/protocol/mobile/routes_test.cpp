#include "protocol/mobile/routes.h"

#include <algorithm>
#include <set>

#include <catch2/catch_test_macros.hpp>

namespace outpost::protocol::mobile_routes_test {

TEST_CASE("a row of the table stands at the place of its route, with all that it needs", "[mobile_routes]") {
  std::set<std::string_view> names;
  std::set<std::pair<std::string_view, std::string_view>> paths;
  for (std::size_t place = 0; place < mobile_rows().size(); ++place) {
    const MobileRow& row = mobile_rows()[place];
    CAPTURE(row.name);
    CHECK(row.place() == place);
    CHECK((row.method == "GET" || row.method == "POST" || row.method == "DELETE"));
    CHECK_FALSE(row.pattern.starts_with('/'));
    CHECK_FALSE(row.api.empty());
    CHECK(row.text.ends_with('.'));
    CHECK(names.insert(row.name).second);
    CHECK(paths.emplace(row.method, row.pattern).second);
  }
  CHECK(mobile_rows().size() == static_cast<std::size_t>(kLastMobileRoute) + 1);
}

TEST_CASE("customers may use storage, services that run and subscriptions, and nothing that runs the node",
          "[mobile_routes]") {
  for (const MobileRow& row : mobile_rows()) {
    CAPTURE(row.name);
    bool open = row.api == "storage" || row.pattern.starts_with("service/{id}/") ||
                row.pattern.starts_with("notification/subscription");
    bool by_name = row.pattern == "service/{name}" || row.pattern == "service/{id}";
    CHECK((row.exposure == RouteExposure::open) == open);
    CHECK((row.exposure == RouteExposure::by_name) == by_name);
  }
}

TEST_CASE("notifications speak JSON, and nothing else does", "[mobile_routes]") {
  for (const MobileRow& row : mobile_rows()) {
    CHECK((row.body == RouteBody::json) == (row.api == "notification" && row.method == "POST"));
  }
}

TEST_CASE("the areas of a user are for requests that name one", "[mobile_routes]") {
  for (const MobileRow& row : mobile_rows()) CHECK(row.needs_user == row.pattern.starts_with("storage/custom/"));
}

TEST_CASE("the URL of a file encodes what a path may not have", "[mobile_routes]") {
  CHECK(binary_path("1f", "photo") == "/genesys/1/storage/binary/1f/photo");
  CHECK(binary_path("1f", "a/b?c#d%e;f g\"") == "/genesys/1/storage/binary/1f/a%2Fb%3Fc%23d%25e%3Bf%20g%22");
  CHECK(binary_path("1f", "\xC3\xA9") == "/genesys/1/storage/binary/1f/%C3%A9");
}

}  // namespace outpost::protocol::mobile_routes_test
