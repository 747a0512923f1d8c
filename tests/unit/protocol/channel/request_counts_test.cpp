#include "protocol/channel/request_counts.h"

#include <algorithm>
#include <numeric>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::protocol::request_counts_test {

namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace

TEST_CASE("each counted status has a column, and all others share one", "[counts]") {
  CHECK(std::ranges::is_sorted(kCountedStatuses));
  for (std::size_t i = 0; i < kCountedStatuses.size(); ++i) CHECK(status_column(kCountedStatuses[i]) == i);
  // What a console sends again and again has a column of its own.
  CHECK(status_column(304) < kCountedStatuses.size());
  for (int status : {-1, 0, 100, 201, 418, 599, 600, 70'000}) CHECK(status_column(status) == kCountedStatuses.size());
}

TEST_CASE("a response is counted in its row, under its status and its duration", "[counts]") {
  RequestCounts counts;
  counts.count(0, 200, 1);  // nothing, before there are rows
  CHECK(counts.rows() == 0);
  CHECK(counts.is_whole());
  counts.set_rows(3);
  CHECK(counts.rows() == 3);
  counts.count(2, 200, 100);
  counts.count(2, 299, 101);
  counts.count(1, 503, 40'000'000);
  CHECK(counts.statuses[2 * kStatusColumns + status_column(200)] == 1);
  CHECK(counts.statuses[3 * kStatusColumns - 1] == 1);
  CHECK(counts.durations[2 * kDurationColumns] == 1);
  CHECK(counts.durations[2 * kDurationColumns + 1] == 1);
  CHECK(counts.durations[2 * kDurationColumns - 1] == 1);
  CHECK(counts.durations_us == std::vector<std::uint64_t>{0, 40'000'000, 201});
  counts.count(9, 404, 7);  // no row of the table
  CHECK(counts.statuses[status_column(404)] == 1);
  CHECK(counts.durations_us[0] == 7);
  CHECK(sum(counts.statuses) == 4);
  CHECK(sum(counts.durations) == 4);
}

TEST_CASE("counts whose parts do not fit one another are not whole", "[counts]") {
  RequestCounts counts;
  counts.set_rows(2);
  CHECK(counts.is_whole());
  auto part = GENERATE(&RequestCounts::statuses, &RequestCounts::durations, &RequestCounts::durations_us);
  (counts.*part).pop_back();
  CHECK_FALSE(counts.is_whole());
}

}  // namespace outpost::protocol::request_counts_test
