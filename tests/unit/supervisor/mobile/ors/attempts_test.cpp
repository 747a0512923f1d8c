#include "supervisor/mobile/ors/attempts.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::ors_attempts_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;

namespace {

const std::vector<ServerAddress> kServers{{false, "a", 1}, {false, "b", 2}, {false, "c", 3}};

std::string order(OrsStrategy strategy, std::uint64_t turn, std::uint32_t attempts_max = 3,
                  const std::vector<ServerAddress>& servers = kServers) {
  std::string hosts;
  for (const ServerAddress& one : attempts_of(servers, strategy, turn, attempts_max)) hosts += one.host;
  return hosts;
}

}  // namespace

TEST_CASE("linear begins with the first server each time", "[mobile]") {
  for (std::uint64_t turn : {0U, 1U, 7U}) CHECK(order(OrsStrategy::linear, turn) == "abc");
}

TEST_CASE("circular begins with the next server each time", "[mobile]") {
  CHECK(order(OrsStrategy::circular, 0) == "abc");
  CHECK(order(OrsStrategy::circular, 1) == "bca");
  CHECK(order(OrsStrategy::circular, 2) == "cab");
  CHECK(order(OrsStrategy::circular, 3) == "abc");
  CHECK(order(OrsStrategy::circular, UINT64_MAX) == "abc");
}

TEST_CASE("behind the last server comes the first, until there were as many attempts as there may be", "[mobile]") {
  CHECK(order(OrsStrategy::linear, 0, 5) == "abcab");
  CHECK(order(OrsStrategy::circular, 2, 5) == "cabca");
  CHECK(order(OrsStrategy::circular, 2, 2) == "ca");
  CHECK(order(OrsStrategy::linear, 0, 3, {kServers[1]}) == "bbb");
}

TEST_CASE("without servers there is none to try", "[mobile]") {
  CHECK(order(OrsStrategy::circular, 5, 3, {}).empty());
  CHECK(order(OrsStrategy::linear, 0, 3, {}).empty());
}

}  // namespace outpost::test::ors_attempts_test
