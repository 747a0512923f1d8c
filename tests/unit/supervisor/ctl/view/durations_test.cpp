#include "supervisor/ctl/view/durations.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>

namespace outpost::test::durations_test {

using namespace outpost::supervisor::ctl;

namespace {

// Of 100 requests: by 1 ms, 10 ms, 2 s.
Durations durations(double by_1, double by_10, double by_2000, double count = 100) {
  return {count, 500, {{1, by_1}, {10, by_10}, {2'000, by_2000}}};
}

}  // namespace

TEST_CASE("a quantile is the smallest bound that its share kept", "[ctl][durations]") {
  CHECK(quantile_ms(durations(50, 99, 100), 0.5) == 1);
  CHECK(quantile_ms(durations(49, 99, 100), 0.5) == 10);
  CHECK(quantile_ms(durations(50, 99, 100), 0.99) == 10);
  CHECK(quantile_ms(durations(50, 98, 100), 0.99) == 2'000);
  CHECK(quantile_ms(durations(0, 0, 100), 0) == 2'000);
  CHECK(quantile_ms(durations(1, 1, 1, 1), 0.99) == 1);
}

TEST_CASE("without requests there is no quantile, and beyond the last bound none is known", "[ctl][durations]") {
  CHECK_FALSE(quantile_ms({}, 0.5));
  CHECK_FALSE(quantile_ms(durations(0, 0, 0, 0), 0.99));
  CHECK(std::isinf(quantile_ms(durations(0, 0, 0), 0.5).value_or(0)));
  CHECK(std::isinf(quantile_ms({3, 9, {}}, 0.5).value_or(0)));
  CHECK(durations_text(durations(0, 0, 0, 0)) == "p50 -, p99 -, mean -");
  CHECK(durations_text(durations(0, 0, 0)) == "p50 > 2 s, p99 > 2 s, mean 5.0 ms");
  CHECK(durations_text(durations(60, 90, 98)) == "p50 <= 1 ms, p99 > 2 s, mean 5.0 ms");
  CHECK(durations_text({2, 1, {{0.25, 1}, {0.5, 2}}}) == "p50 <= 0.25 ms, p99 <= 0.5 ms, mean 0.5 ms");
}

TEST_CASE("durations are read out of a status, and what is missing in it is none", "[ctl][durations]") {
  auto status = parse_json(R"({"requests": {"duration": {"count": 3, "sum_ms": 1.5,
    "buckets": [{"le_ms": 0.1, "count": 1}, {"le_ms": 30000, "count": 3}]}}})");
  REQUIRE(status);
  Durations told = durations_of(*status);
  CHECK(told.count == 3);
  CHECK(told.sum_ms == 1.5);
  REQUIRE(told.buckets.size() == 2);
  CHECK(told.buckets[0].le_ms == 0.1);
  CHECK(told.buckets[1].count == 3);
  for (const char* other : {"{}", R"({"requests": 7})", R"({"requests": {"duration": []}})",
                            R"({"requests": {"duration": {"count": "many", "buckets": {"le_ms": 1}}}})"}) {
    auto parsed = parse_json(other);
    REQUIRE(parsed);
    CHECK(durations_of(*parsed).count == 0);
    CHECK(durations_of(*parsed).buckets.empty());
  }
}

TEST_CASE("what has come since is the difference of each bucket", "[ctl][durations]") {
  Durations since = durations_since(durations(10, 90, 100), durations(10, 95, 110, 120));
  CHECK(since.count == 20);
  CHECK(since.sum_ms == 0);
  CHECK(quantile_ms(since, 0.25) == 10);
  CHECK(quantile_ms(since, 0.5) == 2'000);
  CHECK(std::isinf(quantile_ms(since, 0.99).value_or(0)));
  CHECK(quantile_ms(durations_since({}, durations(50, 99, 100)), 0.5) == 1);
}

}  // namespace outpost::test::durations_test
