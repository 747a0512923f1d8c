#include "proxy/admin/translate.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy::admin_translate_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::HttpMethod;
using protocol::HttpRequest;
using Transport = Dialect::Transport;

HttpRequest request(std::string_view method, std::string target, std::string host = "127.0.0.1:8081") {
  HttpRequest made;
  made.method_text = method;
  made.method = method == "GET"    ? HttpMethod::get
                : method == "HEAD" ? HttpMethod::head
                : method == "POST" ? HttpMethod::post
                                   : HttpMethod::other;
  made.target = std::move(target);
  made.host = std::move(host);
  return made;
}

AdminRefusal refused(const HttpRequest& asked, Transport transport = Transport::clear) {
  auto route = find_admin_route(asked, transport);
  REQUIRE_FALSE(route);
  return route.error();
}

AdminRoute routed(const HttpRequest& asked, Transport transport = Transport::clear) {
  auto route = find_admin_route(asked, transport);
  if (!route) FAIL(route.error().refusal.text);
  return *route;
}

std::string arguments(const std::string& target) {
  auto made = admin_arguments(routed(request("GET", target)), "");
  if (!made) FAIL(made.error().refusal.text);
  return *made;
}

std::string mistake(const std::string& target) {
  auto made = admin_arguments(routed(request("GET", target)), "");
  REQUIRE_FALSE(made);
  CHECK(made.error().refusal.status == 400);
  return made.error().refusal.text;
}

}  // namespace

TEST_CASE("each path of the admin face has its methods", "[admin]") {
  for (const protocol::AdminRow& row : protocol::admin_rows()) {
    std::string path(row.path);
    CAPTURE(path);
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT"}) {
      CAPTURE(method);
      bool reads = method == std::string_view("GET") || method == std::string_view("HEAD");
      bool allowed = row.writes ? method == std::string_view("POST") : reads;
      auto route = find_admin_route(request(method, path), Transport::clear);
      REQUIRE(route.has_value() == allowed);
      if (allowed) {
        CHECK(route->row == &row);
      } else {
        CHECK(route.error().refusal.status == 405);
        CHECK(route.error().allow == (row.writes ? "POST" : "GET, HEAD"));
      }
    }
  }
}

TEST_CASE("what is no path of the admin face is 404, whatever the method", "[admin]") {
  auto target = GENERATE("/", "", "*", "/healthz/", "//healthz", "/health%7A", "/lists/1?req=AddRecord", "/api/stop",
                         "/api/", "/STATUS", "/status;x", "healthz", "http://127.0.0.1");
  CAPTURE(target);
  for (const char* method : {"GET", "POST", "DELETE"}) CHECK(refused(request(method, target)).refusal.status == 404);
}

TEST_CASE("a target may be a whole URI, and of https over TLS only", "[admin]") {
  CHECK(routed(request("GET", "http://127.0.0.1:1/healthz?")).row->path == "/healthz");
  CHECK(refused(request("GET", "https://127.0.0.1/healthz")).refusal.status == 421);
  CHECK(routed(request("GET", "https://127.0.0.1/healthz"), Transport::tls).row->path == "/healthz");
}

TEST_CASE("OPTIONS * is answered, and a body with a coding and an unknown expectation are not taken", "[admin]") {
  CHECK(refused(request("OPTIONS", "*")).refusal.status == 204);
  CHECK(refused(request("OPTIONS", "*")).allow == "GET, HEAD, POST, OPTIONS");
  HttpRequest coded = request("POST", "/api/switch");
  coded.content_encoding = "gzip";
  CHECK(refused(coded).refusal.status == 415);
  HttpRequest expecting = request("POST", "/api/switch");
  expecting.expectation = protocol::Expectation::unknown;
  CHECK(refused(expecting).refusal.status == 417);
}

TEST_CASE("without TLS a stranger's name for this machine reads nothing but health", "[admin]") {
  for (const char* host : {"127.0.0.1", "127.0.0.1:80", "localhost", "LOCALHOST:8081", "[::1]", "[::1]:8081", ""}) {
    CAPTURE(host);
    CHECK(routed(request("GET", "/status", host)).row->path == "/status");
  }
  for (const char* host : {"evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example"}) {
    CAPTURE(host);
    for (const char* path : {"/status", "/metrics", "/api/records"}) {
      CHECK(refused(request("GET", path, host)).refusal.status == 421);
      CHECK(routed(request("GET", path, host), Transport::tls).row->path == path);
    }
    CHECK(refused(request("POST", "/api/switch", host)).refusal.status == 421);
    for (const char* path : {"/healthz", "/readyz", "/primary", "/backup"}) routed(request("GET", path, host));
  }
}

TEST_CASE("a query becomes the arguments of its command, each of its type", "[admin]") {
  CHECK(arguments("/api/groups").empty());
  CHECK(arguments("/api/groups?&").empty());
  CHECK(arguments("/api/records?limit=2&list=A+%26B&status=Ready&type=3&contact=15552004") ==
        R"({"list":"A &B","status":"Ready","type":3,"contact":"15552004","limit":2})");
  CHECK(arguments("/api/records?list=%22%7B&after=17") == R"({"list":"\"{","after":17})");
  CHECK(arguments("/api/statistics?names=a&lists=b,c&names=d") == R"({"names":["a","d"],"lists":["b,c"]})");
  CHECK(arguments("/api/dnc-list?after=%7B%22phone%22:%22%2B1%22%7D") == R"({"after":{"phone":"+1"}})");
}

TEST_CASE("a query that is not understood is refused, and told what is valid", "[admin]") {
  CHECK(mistake("/api/groups?list=a") == "no query parameter is known here");
  CHECK(mistake("/api/record?lst=a") == "a query parameter is not known here; valid are list, record_id");
  CHECK(mistake("/api/record?list=a&list=b") == "the query parameter list must be given once");
  CHECK(mistake("/api/record?record_id=1x") == "the query parameter record_id must be an integer");
  CHECK(mistake("/api/record?record_id") == "the query parameter record_id must be an integer");
  CHECK_THAT(mistake("/api/records?after=%7B"), ContainsSubstring("must be JSON"));
  for (const char* query : {"list=%", "list=%0", "list=%00", "%zz=1", "list=%FF"}) {
    CHECK_THAT(mistake(std::string("/api/record?") + query), ContainsSubstring("percent-encoded UTF-8"));
  }
  std::string many;
  for (int i = 0; i < 257; ++i) many += "names=x&";
  CHECK_THAT(mistake("/api/statistics?" + many), ContainsSubstring("more than 256"));
}

TEST_CASE("what changes something takes its body as it came, and no query", "[admin]") {
  AdminRoute route = routed(request("POST", "/api/switch"));
  CHECK(admin_arguments(route, R"({"to": "b"})") == R"({"to": "b"})");
  CHECK(admin_arguments(route, "")->empty());
  CHECK_FALSE(admin_arguments(routed(request("POST", "/api/switch?to=b")), ""));
}

}  // namespace outpost::proxy::admin_translate_test
