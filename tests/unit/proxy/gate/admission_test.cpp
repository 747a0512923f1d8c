#include "proxy/gate/admission.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <vector>

namespace outpost::proxy::admission_test {

namespace {

using outpost::IpAddress;

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

struct Fixture {
  Admission admission;
  protocol::ProxyLimits limits;
  std::uint64_t now_ms = 5;  // of a clock that began just now

  Fixture() {
    limits.connections_per_source_max = 2;
    limits.request_rate = 2;
    limits.request_burst = 3;
    CHECK(admission.configure(limits));
  }
  Admission::Source* enter(std::string_view address) { return admission.enter(ip(address), now_ms); }
  std::uint32_t take(Admission::Source* source) { return admission.take(*source, now_ms); }
  void leave(Admission::Source* source) { admission.leave(*source, now_ms); }
};

TEST_CASE_METHOD(Fixture, "a source has its number of connections and no more", "[admission]") {
  auto* first = enter("192.0.2.1");
  auto* second = enter("::ffff:192.0.2.1");
  REQUIRE(first);
  CHECK(second == first);
  CHECK_FALSE(enter("192.0.2.1"));
  CHECK(enter("192.0.2.2"));
  leave(first);
  CHECK(enter("192.0.2.1"));
  limits.connections_per_source_max = 0;
  CHECK(admission.configure(limits));
  CHECK(enter("192.0.2.1"));
}

TEST_CASE_METHOD(Fixture, "a /64 network of IPv6 is one source", "[admission]") {
  CHECK(enter("2001:db8::1"));
  CHECK(enter("2001:db8::2:0:0:1"));
  CHECK_FALSE(enter("2001:db8::3"));
  CHECK(enter("2001:db8:0:1::1"));
  CHECK(admission.sources() == 2);
}

TEST_CASE_METHOD(Fixture, "a bucket gives its burst, then the rate, and says how long to wait", "[admission]") {
  auto* source = enter("192.0.2.1");
  for (int i = 0; i < 3; ++i) CHECK(take(source) == 0);
  CHECK(take(source) == 1);
  CHECK(take(source) == 1);  // a refusal costs nothing
  now_ms += 499;
  CHECK(take(source) == 1);
  now_ms += 1;
  CHECK(take(source) == 0);
  CHECK(take(source) == 1);
  now_ms += 60'000;
  for (int i = 0; i < 3; ++i) CHECK(take(source) == 0);
  CHECK(take(source) == 1);
}

TEST_CASE_METHOD(Fixture, "all connections of a source share its bucket, and another has its own", "[admission]") {
  auto* one = enter("192.0.2.1");
  auto* two = enter("192.0.2.1");
  CHECK(take(one) == 0);
  CHECK(take(two) == 0);
  CHECK(take(one) == 0);
  CHECK(take(two) == 1);
  CHECK(take(enter("192.0.2.2")) == 0);
}

TEST_CASE_METHOD(Fixture, "a new connection is no new bucket", "[admission]") {
  for (int i = 0; i < 3; ++i) {
    auto* source = enter("192.0.2.1");
    CHECK(take(source) == 0);
    leave(source);
  }
  auto* again = enter("192.0.2.1");
  CHECK(take(again) == 1);
  leave(again);
  CHECK(admission.sources() == 1);
  now_ms += 1'500;
  admission.forget(now_ms);
  CHECK(admission.sources() == 0);
}

TEST_CASE_METHOD(Fixture, "a new rate takes effect at once, and no rate means no limit", "[admission]") {
  auto* source = enter("192.0.2.1");
  while (take(source) == 0) continue;
  limits.request_rate = 1'000;
  limits.request_burst = 1;
  CHECK(admission.configure(limits));
  CHECK(take(source) == 1);
  now_ms += 1;
  CHECK(take(source) == 0);
  limits.request_rate = 0;
  CHECK(admission.configure(limits));
  for (int i = 0; i < 100; ++i) CHECK(take(source) == 0);
  leave(source);
  CHECK(admission.sources() == 0);
}

TEST_CASE_METHOD(Fixture, "absent sources are forgotten when there are too many, the fullest bucket first",
                 "[admission]") {
  auto address = [](std::size_t i) {
    IpAddress out;
    out.bytes = {10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                 static_cast<std::uint8_t>(i)};
    return out;
  };
  limits.request_rate = 1;
  CHECK(admission.configure(limits));
  auto* present = enter("192.0.2.1");
  for (std::size_t i = 0; i < Admission::kAbsentMax + 10; ++i) {
    auto* source = admission.enter(address(i), now_ms);
    // The first ten are the emptiest.
    for (int n = i < 10 ? 3 : 1; n > 0; --n) CHECK(take(source) == 0);
    leave(source);
  }
  CHECK(admission.sources() == Admission::kAbsentMax + 1);
  CHECK(admission.take(*admission.enter(address(0), now_ms), now_ms) > 0);
  CHECK(take(present) == 0);
}

TEST_CASE_METHOD(Fixture, "deny beats allow, and an empty allow is everybody", "[admission]") {
  CHECK(admission.is_welcome(ip("192.0.2.1")));
  limits.deny = "192.0.2.0/25";
  CHECK(admission.configure(limits));
  CHECK_FALSE(admission.is_welcome(ip("::ffff:192.0.2.1")));
  CHECK(admission.is_welcome(ip("192.0.2.129")));
  limits.allow = "192.0.2.0/24, ::1";
  CHECK(admission.configure(limits));
  CHECK_FALSE(admission.is_welcome(ip("192.0.2.1")));
  CHECK(admission.is_welcome(ip("192.0.2.129")));
  CHECK(admission.is_welcome(ip("::1")));
  CHECK_FALSE(admission.is_welcome(ip("198.51.100.1")));
}

TEST_CASE_METHOD(Fixture, "a trusted proxy has no number of connections, and takes none of its network's",
                 "[admission]") {
  limits.trusted_proxies = "192.0.2.0/24, 2001:db8::1";
  CHECK(admission.configure(limits));
  CHECK(admission.is_trusted(ip("::ffff:192.0.2.9")));
  CHECK_FALSE(admission.is_trusted(ip("198.51.100.1")));
  for (std::string_view address : {"192.0.2.1", "2001:db8::1"}) {
    for (int i = 0; i < 10; ++i) CHECK(enter(address));
  }
  CHECK(enter("2001:db8::2"));
  CHECK(enter("2001:db8::3"));
  CHECK_FALSE(enter("2001:db8::4"));
  CHECK(admission.sources() == 3);
}

TEST_CASE_METHOD(Fixture, "for whom a proxy asks has a bucket, with a connection or without", "[admission]") {
  for (int i = 0; i < 3; ++i) CHECK(admission.take(ip("2001:db8::1"), now_ms) == 0);
  CHECK(admission.take(ip("2001:db8::2"), now_ms) == 1);
  CHECK(admission.take(ip("192.0.2.1"), now_ms) == 0);
  CHECK(admission.sources() == 2);
  auto* source = enter("192.0.2.1");
  CHECK(take(source) == 0);
  CHECK(admission.take(ip("192.0.2.1"), now_ms) == 0);
  CHECK(take(source) == 1);
  leave(source);
  now_ms += 60'000;
  admission.forget(now_ms);
  CHECK(admission.sources() == 0);
  limits.request_rate = 0;
  CHECK(admission.configure(limits));
  CHECK(admission.take(ip("192.0.2.1"), now_ms) == 0);
  CHECK(admission.sources() == 0);
}

TEST_CASE_METHOD(Fixture, "of those for whom proxies ask only so many are remembered", "[admission]") {
  limits.request_rate = 1;
  CHECK(admission.configure(limits));
  for (std::size_t i = 0; i < Admission::kAbsentMax + 10; ++i) {
    IpAddress client;
    client.bytes = {10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                    static_cast<std::uint8_t>(i)};
    CHECK(admission.take(client, now_ms) == 0);
  }
  CHECK(admission.sources() == Admission::kAbsentMax);
}

TEST_CASE_METHOD(Fixture, "a list of proxies that cannot be read trusts none", "[admission]") {
  limits.trusted_proxies = "192.0.2.1/24";
  auto configured = admission.configure(limits);
  REQUIRE_FALSE(configured);
  CHECK_THAT(configured.error().text, Catch::Matchers::ContainsSubstring("http-trusted-proxies"));
  CHECK_FALSE(admission.is_trusted(ip("192.0.2.1")));
  CHECK(admission.is_welcome(ip("192.0.2.1")));
}

TEST_CASE_METHOD(Fixture, "an allow list that cannot be read lets nobody in", "[admission]") {
  limits.allow = "everybody";
  auto configured = admission.configure(limits);
  REQUIRE_FALSE(configured);
  CHECK_THAT(configured.error().text, Catch::Matchers::ContainsSubstring("http-allow"));
  CHECK_FALSE(admission.is_welcome(ip("192.0.2.1")));
}

}  // namespace

}  // namespace outpost::proxy::admission_test
