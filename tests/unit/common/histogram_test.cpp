#include "common/histogram.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::histogram_test {

namespace {

constexpr std::array<std::uint64_t, 3> kBounds{1, 10, 100};

}  // namespace

TEST_CASE("a value falls into the first bucket whose bound is not below it", "[histogram]") {
  CHECK(bucket_of(kBounds, 0) == 0);
  CHECK(bucket_of(kBounds, 1) == 0);
  CHECK(bucket_of(kBounds, 2) == 1);
  CHECK(bucket_of(kBounds, 10) == 1);
  CHECK(bucket_of(kBounds, 100) == 2);
  CHECK(bucket_of(kBounds, 101) == 3);
  CHECK(bucket_of(kBounds, UINT64_MAX) == 3);
}

TEST_CASE("a sum that has no room stays at the largest number", "[histogram]") {
  CHECK(saturated_sum(2, 3) == 5);
  CHECK(saturated_sum(UINT64_MAX - 1, 1) == UINT64_MAX);
  CHECK(saturated_sum(UINT64_MAX, 1) == UINT64_MAX);
  CHECK(saturated_sum(7, UINT64_MAX) == UINT64_MAX);
}

TEST_CASE("a histogram counts each value once and knows the sum", "[histogram]") {
  Histogram<kBounds> histogram;
  CHECK(histogram.counts() == Histogram<kBounds>::Counts{});
  for (std::uint64_t value : {0, 1, 7, 10, 11, 5'000}) histogram.add(value);
  CHECK(histogram.counts() == Histogram<kBounds>::Counts{2, 2, 1, 1});
  CHECK(histogram.sum() == 5'029);
}

}  // namespace outpost::test::histogram_test
