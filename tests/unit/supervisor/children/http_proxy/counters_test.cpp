#include "supervisor/children/http_proxy/counters.h"

#include <limits>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::counters_test {

using namespace outpost::supervisor;
using outpost::protocol::Statistics;

namespace {

Statistics some(std::uint64_t requests, std::uint64_t connections) {
  Statistics statistics;
  statistics.connections = statistics.held = statistics.body_bytes = connections;
  statistics.connections_total = requests + 1;
  statistics.bytes_sent = 100 * requests;
  statistics.requests.set_rows(2);
  for (std::uint64_t i = 0; i < requests; ++i) statistics.requests.count(1, 200, 50);
  return statistics;
}

}  // namespace

TEST_CASE("what a proxy has counted stays when it is gone, and the next one's comes on top", "[counters]") {
  ProxyCounters counters;
  CHECK(counters.total().connections_total == 0);
  counters.take(some(3, 5));
  counters.take(some(4, 2));
  CHECK(counters.running().connections_total == 5);
  CHECK(counters.total().connections == 2);
  counters.proxy_gone();
  CHECK(counters.running().connections_total == 0);
  CHECK(counters.total().connections == 0);
  CHECK(counters.total().held == 0);
  CHECK(counters.total().connections_total == 5);
  CHECK(counters.total().requests.durations_us == std::vector<std::uint64_t>{0, 200});
  counters.take({});  // one that is not configured yet
  CHECK(counters.total().bytes_sent == 400);
  counters.take(some(2, 1));
  counters.proxy_gone();
  counters.take(some(1, 1));
  Statistics total = counters.total();
  CHECK(total.connections == 1);
  CHECK(total.held == 1);
  CHECK(total.body_bytes == 1);
  CHECK(total.connections_total == 5 + 3 + 2);
  CHECK(total.bytes_sent == 700);
  CHECK(total.requests.statuses[protocol::kStatusColumns] == 7);
  CHECK(total.requests.durations[protocol::kDurationColumns] == 7);
  CHECK(total.requests.is_whole());
}

TEST_CASE("a proxy that lies makes no counter fall", "[counters]") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  ProxyCounters counters;
  counters.take(some(9, 1));
  counters.take(some(2, 0));
  CHECK(counters.total().connections_total == 10);
  CHECK(counters.total().requests.durations_us[1] == 450);
  CHECK(counters.total().connections == 0);
  Statistics absurd = some(1, kMost);
  absurd.handshakes = kMost - 1;
  counters.take(absurd);
  counters.proxy_gone();
  counters.take(absurd);
  CHECK(counters.total().handshakes == kMost);
}

}  // namespace outpost::test::counters_test
