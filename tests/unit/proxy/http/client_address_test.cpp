#include "proxy/http/client_address.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace outpost::proxy::client_address_test {

namespace {

std::string client(const std::string& forwarded) {
  protocol::HttpRequest request;
  request.whole_head = true;
  request.further = {{"x-request-id", "192.0.2.99"}, {kForwardedForHeader, forwarded}};
  auto address = forwarded_for(request);
  return address ? address->text() : "none";
}

}  // namespace

TEST_CASE("the last hop is the client, whatever stands before it", "[client_address]") {
  CHECK(client("192.0.2.1") == "192.0.2.1");
  CHECK(client("198.51.100.7, 192.0.2.1") == "192.0.2.1");
  CHECK(client("nonsense, , 2001:db8::1 ") == "2001:db8::1");
  CHECK(client("::ffff:192.0.2.1") == "192.0.2.1");
}

TEST_CASE("a hop may have a port, and its address brackets", "[client_address]") {
  CHECK(client("192.0.2.1:4711") == "192.0.2.1");
  CHECK(client("[2001:db8::1]") == "2001:db8::1");
  CHECK(client("192.0.2.7, [2001:db8::1]:4711") == "2001:db8::1");
  for (const char* text : {"[", "[]", "[2001:db8::1", "[]:80", ":80", "192.0.2:80"}) {
    CAPTURE(text);
    CHECK(client(text) == "none");
  }
}

TEST_CASE("a last hop that is no address counts as none", "[client_address]") {
  for (const char* text : {"", ",", "192.0.2.1,", "192.0.2", "unknown", "192.0.2.1, x", "192.0.2.1 x"}) {
    CAPTURE(text);
    CHECK(client(text) == "none");
  }
  CHECK_FALSE(forwarded_for({}));
  protocol::HttpRequest cut_off;
  cut_off.further = {{kForwardedForHeader, "192.0.2.1"}};
  CHECK_FALSE(forwarded_for(cut_off));
}

}  // namespace outpost::proxy::client_address_test
