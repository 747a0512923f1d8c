#include "proxy/mobile/target.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::proxy::mobile_target_test {

namespace {

using protocol::MobileRoute;
using Captures = std::vector<std::string>;

MobileTarget found(std::string_view method, std::string_view target) {
  auto made = find_mobile_route(method, target);
  if (!made) FAIL(made.error().text);
  return *made;
}

MobileTargetError refused(std::string_view method, std::string_view target) {
  auto made = find_mobile_route(method, target);
  REQUIRE_FALSE(made);
  return made.error();
}

void check(std::string_view method, std::string_view target, MobileRoute route, const Captures& captures) {
  CAPTURE(method, target);
  MobileTarget made = found(method, target);
  CHECK(made.row->route == route);
  CHECK(made.captures == captures);
}

}  // namespace

TEST_CASE("each path of the table is found, with its captures", "[mobile_target]") {
  check("POST", "/genesys/1/storage", MobileRoute::storage_create, {""});
  check("POST", "/genesys/1/storage/60", MobileRoute::storage_create, {"60"});
  check("POST", "/genesys/1/storage/1f/60", MobileRoute::storage_update, {"1f", "60"});
  check("GET", "/genesys/1/storage/1f", MobileRoute::storage_get, {"1f"});
  check("HEAD", "/genesys/1/storage/1f/name", MobileRoute::storage_get_key, {"1f", "name"});
  check("GET", "/genesys/1/storage/binary/1f/name", MobileRoute::storage_get_binary, {"1f", "name"});
  check("DELETE", "/genesys/1/storage/1f", MobileRoute::storage_delete, {"1f"});
  check("DELETE", "/genesys/1/storage/1f/name", MobileRoute::storage_delete_key, {"1f", "name"});
  check("POST", "/genesys/1/storage/custom/me", MobileRoute::custom_put, {"me", ""});
  check("POST", "/genesys/1/storage/custom/me/60", MobileRoute::custom_put, {"me", "60"});
  check("GET", "/genesys/1/storage/custom/me", MobileRoute::custom_get, {"me"});
  check("GET", "/genesys/1/storage/custom/me/name", MobileRoute::custom_get_key, {"me", "name"});
  check("DELETE", "/genesys/1/storage/custom/me", MobileRoute::custom_delete, {"me"});
  check("DELETE", "/genesys/1/storage/custom/me/name", MobileRoute::custom_delete_key, {"me", "name"});
  check("GET", "/genesys/1/node", MobileRoute::node, {});
  check("GET", "/genesys/1/admin/node/status", MobileRoute::node_status, {});
  check("POST", "/genesys/1/admin/node/changestatus/ONLINE", MobileRoute::node_change, {"ONLINE"});
  check("GET", "/genesys/1/admin/counters", MobileRoute::counters, {});
}

TEST_CASE("each path of services and notifications is found, with its captures", "[mobile_target]") {
  check("POST", "/genesys/1/service/request-interaction", MobileRoute::service_create, {"request-interaction"});
  check("GET", "/genesys/1/service/1-2f", MobileRoute::service_show, {"1-2f"});
  check("DELETE", "/genesys/1/service/1-2f", MobileRoute::service_delete, {"1-2f"});
  check("POST", "/genesys/1/service/1-2f/update", MobileRoute::service_update, {"1-2f"});
  check("POST", "/genesys/1/service/1-2f/check-queue", MobileRoute::service_request, {"1-2f", "check-queue"});
  check("POST", "/genesys/1/service/1-2f/request/check-queue", MobileRoute::service_request_named,
        {"1-2f", "check-queue"});
  check("POST", "/genesys/1/service/1-2f/request", MobileRoute::service_request_plain, {"1-2f"});
  check("POST", "/genesys/1/service/1-2f/storage", MobileRoute::service_storage_put, {"1-2f"});
  check("GET", "/genesys/1/service/1-2f/storage", MobileRoute::service_storage_get, {"1-2f"});
  check("GET", "/genesys/1/service/1-2f/storage/name", MobileRoute::service_storage_get_key, {"1-2f", "name"});
  check("GET", "/genesys/1/service/1-2f/storage/binary/f", MobileRoute::service_storage_get_binary, {"1-2f", "f"});
  check("DELETE", "/genesys/1/service/1-2f/storage/f", MobileRoute::service_storage_delete_key, {"1-2f", "f"});
  check("POST", "/genesys/1/notification/subscription", MobileRoute::subscription_create, {});
  check("GET", "/genesys/1/notification/subscription/1f", MobileRoute::subscription_get, {"1f"});
  check("DELETE", "/genesys/1/notification/subscription/1f", MobileRoute::subscription_delete, {"1f"});
  check("POST", "/genesys/1/notification/publish", MobileRoute::publish, {});
}

TEST_CASE("names that services do not pass on are found as requests, deeper paths not at all", "[mobile_target]") {
  check("POST", "/genesys/1/service/1-2f/ixn", MobileRoute::service_request, {"1-2f", "ixn"});
  check("POST", "/genesys/1/service/1-2f/internal-poke", MobileRoute::service_request, {"1-2f", "internal-poke"});
  CHECK(refused("POST", "/genesys/1/service/1-2f/ixn/chat").status == 404);
  CHECK(refused("POST", "/genesys/1/service").status == 404);
  CHECK(refused("POST", "/genesys/1/notification").status == 404);
  CHECK(refused("POST", "/genesys/2/service/x").status == 404);
}

TEST_CASE("runs of slashes count as one, and one at the end not at all", "[mobile_target]") {
  check("GET", "//genesys///1/node/", MobileRoute::node, {});
  check("POST", "/genesys/1/storage/", MobileRoute::storage_create, {""});
  check("POST", "/genesys/1/storage//60//", MobileRoute::storage_create, {"60"});
}

TEST_CASE("parameters of the last segment are cut off", "[mobile_target]") {
  check("GET", "/genesys/1/node;jsessionid=a.b", MobileRoute::node, {});
  check("GET", "/genesys/1/node;jsessionid=a.b//", MobileRoute::node, {});
  check("GET", "/genesys/1/storage/1f/name;a=b;c?d=e", MobileRoute::storage_get_key, {"1f", "name"});
  check("POST", "/genesys/1/storage/;jsessionid=a", MobileRoute::storage_create, {""});
  check("GET", "/genesys/1/storage/1;f/na%3Bme", MobileRoute::storage_get_key, {"1;f", "na;me"});
}

TEST_CASE("a segment is decoded once, and holds what it was sent with", "[mobile_target]") {
  check("GET", "/genesys/1/storage/1f/a%2Fb%252e+%C3%A9", MobileRoute::storage_get_key, {"1f", "a/b%2e+\xC3\xA9"});
  check("GET", "/genesys/%31/n%6fde", MobileRoute::node, {});
}

TEST_CASE("a target in absolute form, and its query", "[mobile_target]") {
  check("GET", "http://host:8080/genesys/1/node", MobileRoute::node, {});
  CHECK(found("GET", "/genesys/1/node?a=1?b=2").query == "a=1?b=2");
  CHECK(found("GET", "/genesys/1/node").query.empty());
}

TEST_CASE("a malformed path is refused", "[mobile_target]") {
  auto target = GENERATE("/genesys/1/./storage/60", "/genesys/1/../1/node", "/genesys/1/%2e%2E/node",
                         "/genesys/1/storage/%", "/genesys/1/storage/%4", "/genesys/1/storage/%zz",
                         "/genesys/1/storage/%00", "/genesys/1/storage/%FF", "/genesys/1/storage/.");
  CAPTURE(target);
  CHECK(refused("GET", target).status == 400);
}

TEST_CASE("a path that there is not is 404, and so is another version", "[mobile_target]") {
  auto target =
      GENERATE("/", "/genesys", "/genesys/1", "/genesys/1/none", "/genesys/1/admin", "/storage/1f", "/Genesys/1/node",
               "/genesys/1/storage/a/b/c", "/genesys/1/node/x", "/genesys/1/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r");
  CAPTURE(target);
  CHECK(refused("GET", target).status == 404);
  CHECK(refused("GET", "/genesys/2/node").status == 404);
  CHECK(refused("GET", "/genesys/2/node").text.find("the only one is 1") != std::string::npos);
}

TEST_CASE("another method is 405 with those of the path", "[mobile_target]") {
  auto allow = [](std::string_view method, std::string_view target) {
    MobileTargetError error = refused(method, target);
    CHECK(error.status == 405);
    return error.allow;
  };
  CHECK(allow("PUT", "/genesys/1/storage/1f") == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(allow("GET", "/genesys/1/storage") == "POST, OPTIONS");
  CHECK(allow("POST", "/genesys/1/storage/binary/1f/name") == "GET, HEAD, OPTIONS");
  CHECK(allow("OPTIONS", "/genesys/1/storage/custom/me") == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(allow("OPTIONS", "*") == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(allow("get", "/genesys/1/node") == "GET, HEAD, OPTIONS");
  CHECK(allow("PUT", "/genesys/1/service/x") == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(allow("GET", "/genesys/1/service/1-2f/update") == "POST, OPTIONS");
  CHECK(allow("DELETE", "/genesys/1/service/1-2f/storage") == "GET, HEAD, POST, OPTIONS");
  CHECK(allow("GET", "/genesys/1/notification/publish") == "POST, OPTIONS");
  CHECK(allow("POST", "/genesys/1/notification/subscription/1f") == "GET, HEAD, DELETE, OPTIONS");
  CHECK(refused("POST", "/genesys/1/node").row->route == MobileRoute::node);
  CHECK(refused("OPTIONS", "*").row == nullptr);
}

TEST_CASE("a log shows the pattern of a path and nothing that was sent", "[mobile_target]") {
  CHECK(shown_mobile_target("GET", "/genesys/1/storage/1f/XXX_name?password=x") == "/genesys/1/storage/{id}/{key}");
  CHECK(shown_mobile_target("POST", "//genesys/1/storage/60") == "/genesys/1/storage[/{ttl}]");
  CHECK(shown_mobile_target("POST", "/genesys/1/service/secret-name") == "/genesys/1/service/{name}");
  CHECK(shown_mobile_target("PUT", "/genesys/1/node") == "/genesys/1/node");
  CHECK(shown_mobile_target("GET", "/genesys/1/none") == "***");
  CHECK(shown_mobile_target("GET", "/genesys/1/%") == "***");
  CHECK(shown_mobile_target("", "") == "***");
}

}  // namespace outpost::proxy::mobile_target_test
