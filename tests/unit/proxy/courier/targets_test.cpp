#include "proxy/courier/targets.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_targets_test {

using courier::Targets;

namespace {

Targets targets(std::string_view allow, std::string_view deny) {
  auto parsed = Targets::parse(allow, deny);
  if (!parsed) FAIL(parsed.error());
  return *parsed;
}

std::string refusal(const Targets& of, std::string_view address) {
  auto parsed = IpAddress::parse(address);
  REQUIRE(parsed);
  return of.refusal(*parsed);
}

bool denied(const Targets& of, std::string_view address) { return !refusal(of, address).empty(); }

}  // namespace

TEST_CASE("without a list all is allowed but link-local, metadata and what is no server's", "[courier]") {
  Targets open = targets("", "");
  for (const char* address : {"127.0.0.1", "10.0.0.1", "198.51.100.7", "::1", "2001:db8::1", "fd00::1"}) {
    INFO(address);
    CHECK_FALSE(denied(open, address));
  }
  for (const char* address : {"0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.1.1.1",
                              "255.255.255.255", "::", "2001::1", "fe80::1", "febf::1", "ff02::1", "fd00:ec2::254",
                              "100.100.100.200", "168.63.129.16", "192.0.0.192"}) {
    INFO(address);
    CHECK(denied(open, address));
  }
}

TEST_CASE("an IPv6 address that stands for an IPv4 one is looked at as both", "[courier]") {
  Targets open = targets("", "");
  Targets no_loopback = targets("", "127.0.0.0/8, 10.0.0.0/8");
  for (const char* address : {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1:2::169.254.169.254",
                              "2002:a9fe:a9fe::1", "::169.254.1.1"}) {
    INFO(address);
    CHECK(denied(open, address));
  }
  for (const char* address : {"::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"}) {
    INFO(address);
    CHECK(denied(no_loopback, address));
    CHECK_FALSE(denied(open, address));
  }
  CHECK_FALSE(denied(no_loopback, "::1"));
}

TEST_CASE("what is denied is so whatever is allowed, and an allowed link-local address is meant", "[courier]") {
  Targets some = targets("169.254.10.0/24, 10.0.0.0/8", "10.9.0.0/16");
  CHECK_FALSE(denied(some, "169.254.10.1"));
  CHECK_FALSE(denied(some, "10.1.2.3"));
  CHECK(refusal(some, "10.9.0.1") == "10.9.0.1 is in http-deny-targets");
  CHECK(refusal(some, "192.0.2.1") == "192.0.2.1 is not in http-allow-targets");
  CHECK(denied(some, "169.254.169.254"));
  CHECK(denied(targets("0.0.0.0/0", ""), "224.0.0.1"));
  CHECK(denied(targets("0.0.0.0/0", ""), "2001:db8::1"));
  CHECK(denied(targets("2001:db8::/32", ""), "127.0.0.1"));
}

TEST_CASE("a link-local or metadata address is allowed by an entry of its own alone", "[courier]") {
  Targets wide = targets("0.0.0.0/0, ::/0, 100.100.100.0/24", "");
  CHECK_FALSE(denied(wide, "192.0.2.1"));
  CHECK_FALSE(denied(wide, "2001:db8::1"));
  for (const char* address : {"169.254.169.254", "100.100.100.200", "fe80::1", "fd00:ec2::254", "::169.254.1.1"}) {
    INFO(address);
    CHECK(denied(wide, address));
  }
  Targets own = targets("0.0.0.0/0, 169.254.0.0/16, 100.100.100.200, fd00:ec2::254", "");
  for (const char* address : {"169.254.169.254", "100.100.100.200", "fd00:ec2::254", "192.0.2.1"}) {
    INFO(address);
    CHECK_FALSE(denied(own, address));
  }
  CHECK(denied(own, "168.63.129.16"));
}

TEST_CASE("a list that is none is named", "[courier]") {
  CHECK(Targets::parse("10.0.0.1/8", "").error().starts_with("http-allow-targets: "));
  CHECK(Targets::parse("", "x").error().starts_with("http-deny-targets: "));
}

}  // namespace outpost::test::courier_targets_test
