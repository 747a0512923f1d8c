#include "proxy/http/uptake.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::uptake_test {

namespace {

constexpr std::uint64_t kAllowedMs = 100;

TEST_CASE("a client that takes nothing is too slow when its time is over", "[uptake]") {
  Uptake uptake;
  uptake.begin(1'000);
  CHECK_FALSE(uptake.is_too_slow(500, 0, 1'100, kAllowedMs));
  CHECK(uptake.is_too_slow(500, 0, 1'101, kAllowedMs));
}

TEST_CASE("a client that takes a byte now and then is too slow after five times as long", "[uptake]") {
  Uptake uptake;
  uptake.begin(1'000);
  std::uint64_t now_ms = 1'000;
  std::uint64_t taken = 0;
  while (!uptake.is_too_slow(500, ++taken, now_ms, kAllowedMs)) now_ms += 50;
  CHECK(now_ms > 1'000 + Uptake::kSpans * kAllowedMs);
  CHECK(now_ms <= 1'050 + Uptake::kSpans * kAllowedMs);
}

TEST_CASE("a client that keeps up is never too slow, however long it is sent more", "[uptake]") {
  Uptake uptake;
  uptake.begin(0);
  std::uint64_t written = 1'000;
  for (std::uint64_t now_ms = 0; now_ms < 100 * kAllowedMs; now_ms += 50) {
    // Always a thousand bytes behind.
    CHECK_FALSE(uptake.is_too_slow(written, written - 1'000, now_ms, kAllowedMs));
    written += 100;
  }
}

TEST_CASE("time in which nothing was queued does not count", "[uptake]") {
  Uptake uptake;
  uptake.begin(0);
  CHECK_FALSE(uptake.is_too_slow(10, 10, 10, kAllowedMs));
  uptake.begin(5'000);
  CHECK_FALSE(uptake.is_too_slow(20, 10, 5'050, kAllowedMs));
}

}  // namespace

}  // namespace outpost::proxy::uptake_test
