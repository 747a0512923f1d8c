#include "proxy/http/redirect.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::redirect_test {

namespace {

std::string location(const std::string& host, const std::string& target, std::uint16_t port) {
  protocol::HttpRequest request;
  request.host = host;
  request.target = target;
  return secure_location(request, port).value_or("none");
}

}  // namespace

TEST_CASE("a redirect keeps the host and the target, and says the port that is not https's own", "[redirect]") {
  CHECK(location("shop.example", "/a/b?c=%20d", 443) == "https://shop.example/a/b?c=%20d");
  CHECK(location("shop.example:8080", "/", 8443) == "https://shop.example:8443/");
  CHECK(location("shop.example:", "//x", 443) == "https://shop.example//x");
  CHECK(location("[2001:db8::1]", "/", 8443) == "https://[2001:db8::1]:8443/");
  CHECK(location("[2001:db8::1]:80", "/", 443) == "https://[2001:db8::1]/");
}

TEST_CASE("a target in another form is redirected by its path", "[redirect]") {
  CHECK(location("a", "http://a:80/x?y", 443) == "https://a/x?y");
  CHECK(location("a", "http://a", 443) == "https://a/");
  CHECK(location("a", "http://a?y", 443) == "https://a/?y");
  CHECK(location("a", "*", 443) == "https://a/");
  CHECK(location("a", "a:443", 443) == "https://a/");
}

TEST_CASE("without a host there is no place to redirect to", "[redirect]") { CHECK(location("", "/", 443) == "none"); }

}  // namespace outpost::proxy::redirect_test
