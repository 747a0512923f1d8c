#include "supervisor/children/http_proxy/correlations.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::correlations_test {

using namespace outpost::supervisor;

namespace {

constexpr std::uint64_t kGeneration = std::uint64_t{7} << 40;

// Whatever is done to both, they hold the same. `stride` says how the ids meet in their places.
void check_against_a_set(std::uint64_t stride, std::mt19937_64& random) {
  constexpr std::uint64_t kIds = 300;
  Correlations ids;
  std::set<std::uint64_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    std::uint64_t id = kGeneration + (random() % kIds) * stride;
    if (expected.contains(id)) {
      REQUIRE(ids.contains(id));
      REQUIRE(ids.erase(id));
      expected.erase(id);
    } else {
      REQUIRE(!ids.contains(id));
      REQUIRE(!ids.erase(id));
      ids.insert(id);
      expected.insert(id);
    }
    REQUIRE(ids.size() == expected.size());
  }
  std::vector<std::uint64_t> all = ids.take_all();
  std::ranges::sort(all);
  CHECK(std::ranges::equal(all, expected));
  CHECK(ids.size() == 0);
  CHECK(!ids.contains(all.front()));
}

}  // namespace

TEST_CASE("ids that count upwards come and go", "[correlations]") {
  Correlations ids;
  for (std::uint64_t n = 1; n <= 100'000; ++n) {
    ids.insert(kGeneration + n);
    if (n > 50) REQUIRE(ids.erase(kGeneration + n - 50));
  }
  CHECK(ids.size() == 50);
  CHECK(ids.contains(kGeneration + 100'000));
  CHECK(!ids.contains(kGeneration + 50));
  ids.clear();
  CHECK(ids.size() == 0);
  CHECK(ids.take_all().empty());
}

TEST_CASE("ids that all meet in one place are told apart", "[correlations]") {
  std::mt19937_64 random(1);
  for (std::uint64_t stride : {1U, 3U, 64U, 1024U, 1U << 20U}) check_against_a_set(stride, random);
}

TEST_CASE("an id of no generation is never there", "[correlations]") {
  Correlations ids;
  CHECK(!ids.contains(0));
  CHECK(!ids.erase(0));
  ids.insert(kGeneration);
  CHECK(!ids.contains(0));
  CHECK(!ids.erase(0));
  CHECK(ids.size() == 1);
}

}  // namespace outpost::test::correlations_test
