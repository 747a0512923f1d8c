#include "common/networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::networks_test {

namespace {

Networks good(std::string_view text) {
  auto parsed = Networks::parse(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

IpAddress ip(std::string_view text) {
  auto parsed = IpAddress::parse(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a list of networks holds the addresses of each", "[networks]") {
  Networks list = good(" 10.0.0.0/8 ,192.0.2.7, 2001:db8::/33,::1 ");
  for (const char* in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "2001:db8:7fff::1", "::1", "::ffff:10.1.2.3"}) {
    CAPTURE(in);
    CHECK(list.contains(ip(in)));
  }
  for (const char* out : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "2001:db8:8000::", "::2", "::10.0.0.1"}) {
    CAPTURE(out);
    CHECK_FALSE(list.contains(ip(out)));
  }
}

TEST_CASE("an empty list holds nothing", "[networks]") {
  CHECK(good("").empty());
  CHECK(good(" \t").empty());
  CHECK_FALSE(good("").contains(ip("127.0.0.1")));
}

TEST_CASE("a network of one family holds no address of the other", "[networks]") {
  CHECK(good("0.0.0.0/0").contains(ip("255.1.2.3")));
  CHECK_FALSE(good("0.0.0.0/0").contains(ip("2001:db8::1")));
  CHECK(good("::/0").contains(ip("2001:db8::1")));
  CHECK_FALSE(good("::/0").contains(ip("10.0.0.1")));
  CHECK(good("::ffff:10.0.0.0/104").contains(ip("10.9.9.9")));
}

TEST_CASE("an address is contained within other networks by a part of them alone", "[networks]") {
  Networks outer = good("10.0.0.0/8, fe80::/10");
  CHECK(good("10.0.0.0/8").contains_within(outer, ip("10.1.1.1")));
  CHECK(good("0.0.0.0/0, 10.1.0.0/16").contains_within(outer, ip("10.1.1.1")));
  CHECK_FALSE(good("0.0.0.0/0, 10.2.0.0/16").contains_within(outer, ip("10.1.1.1")));
  CHECK_FALSE(good("::/0, fe80::2").contains_within(outer, ip("fe80::1")));
  CHECK_FALSE(good("").contains_within(outer, ip("10.1.1.1")));
}

TEST_CASE("a network that is none is refused with what was probably meant", "[networks]") {
  auto error = [](std::string_view text) {
    auto parsed = Networks::parse(text);
    CAPTURE(text);
    REQUIRE_FALSE(parsed);
    return parsed.error();
  };
  CHECK(error("10.1.2.3/8") ==
        "\"10.1.2.3/8\" has bits set behind its prefix: write 10.0.0.0/8 for the network or 10.1.2.3 for the address "
        "alone");
  CHECK(error("::1, 2001:db8::1/64") ==
        "\"2001:db8::1/64\" has bits set behind its prefix: write 2001:db8::/64 for the network or 2001:db8::1 for the "
        "address alone");
  CHECK(error("10.0.0.0/33") == "\"10.0.0.0/33\" must have a prefix length of 0 to 32");
  CHECK(error("::/129") == "\"::/129\" must have a prefix length of 0 to 128");
  CHECK(error("::ffff:10.0.0.0/8") == "\"::ffff:10.0.0.0/8\" must have a prefix length of 96 to 128");
  CHECK(error("10.0.0.0/8,,::1") == "a network is missing between two commas");
  for (const char* text :
       {"10.0.0.0/8,", ",", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 8", "10.0.0.0 /8",
        "010.0.0.1", "h", "example.org", "::g", "10.0.0.0/255.0.0.0", "[::1]", "fe80::1%lo"}) {
    CHECK_FALSE(error(text).empty());
  }
}

TEST_CASE("a socket's address is an IP address of its family", "[networks]") {
  sockaddr_storage storage{};
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::ffff:192.0.2.1", &v6->sin6_addr);
  CHECK(IpAddress::of(storage)->text() == "192.0.2.1");
  storage = {};
  storage.ss_family = AF_UNIX;
  CHECK_FALSE(IpAddress::of(storage));
  CHECK(ip("2001:db8:1:2:3::4").network(64).text() == "2001:db8:1:2::");
}

}  // namespace outpost::test::networks_test
