#include "supervisor/ctl/view/status.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::status_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("status is shown whatever is missing in it", "[ctl][view]") {
  auto empty = parse_json("{}");
  REQUIRE(empty);
  CHECK(show_status(*empty).find("proxy") != std::string::npos);
  auto status = parse_json(R"({"program":"outpostd 1","pid":12,"role":"primary","uptime_s":61,
    "proxy":{"state":"running","pid":13,"restarts":1,"listeners":[{"name":"a","address":"127.0.0.1","port":8080}],
             "in_flight":3},
    "requests":{"received":1234,"by_outcome":{"103 MissingAttribute":2},
                "duration":{"count":2,"sum_ms":3,"buckets":[{"le_ms":0.5,"count":1},{"le_ms":5,"count":2}]}},
    "store":{"engine":"SQLite","rows_per_sync":12.345},"logs":{"supervisor":"/l/outpost.log"}})");
  REQUIRE(status);
  std::string text = show_status(*status);
  for (const char* part : {"pid 12", "up 1 min 1 s", "1 restart\n", "127.0.0.1:8080", "3 requests in flight",
                           "1,234 received", "latency since the start: p50 <= 0.5 ms, p99 <= 5 ms, mean 1.5 ms",
                           "2 103 MissingAttribute", "12.3 rows per sync", "tail -F /l/outpost.log"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("handshakes are shown once, with what was refused beside them", "[ctl][view]") {
  auto status = parse_json(R"({"proxy":{"handshakes":5,"handshakes_failed":2,"rate_limited":3,"unauthorized":1}})");
  REQUIRE(status);
  std::string text = show_status(*status);
  std::size_t at = text.find("TLS handshakes");
  REQUIRE(at != std::string::npos);
  CHECK(text.find("TLS handshakes 5 done, 2 failed; requests 3 limited, 1 without a valid token") == at);
  CHECK(text.find("TLS handshakes", at + 1) == std::string::npos);
}

TEST_CASE("of the outbox only what waits or fails is shown", "[ctl][view]") {
  auto status = parse_json(R"({"outbox":[{"destination":"history","standing":"idle","messages":0},
    {"destination":"webhook:crm","standing":"waiting","messages":1200,"problem":"it answers with status 500"}]})");
  REQUIRE(status);
  std::string text = show_status(*status);
  CHECK(text.find("history") == std::string::npos);
  CHECK(text.find("webhook:crm: waiting, 1,200 messages; it answers with status 500") != std::string::npos);
}

TEST_CASE("a mobile node shows its nodes, and neither epoch nor DBID", "[ctl][view]") {
  auto status = parse_json(R"({"program":"outpostd 1","role":"node","application":{"name":"M","type":"mobile"},
    "node":{"id":1,"name":"M","url":"http://a:80/gsg_web","status":"OFFLINE","reasons":[]},
    "nodes":[{"node_id":1,"self":true,"live":true,"name":"M","status":"OFFLINE"},
             {"node_id":2,"self":false,"live":false,"name":"N","status":"ONLINE","instance":"b /c","seen_ms_ago":12500}],
    "warnings":["section gms is not that of node 2"],
    "alarms":[{"event":2001,"subject":"Ulm","text":"Ulm has nothing free","raised_at":0}],"storage":{"areas":1234,"expired":5},
    "store":{"engine":"SQLite","works":7,"queue":1,"busy_us":9}})");
  REQUIRE(status);
  std::string text = show_status(*status);
  for (const char* part :
       {"application M (mobile)", "1 (M) is OFFLINE, http://a:80/gsg_web",
        "node 2 (N) is ONLINE, not seen for 12.5 s, b /c", "warning: section gms",
        "alarm 2001 since -: Ulm has nothing free", "1,234 areas live, 5 have expired here", "7 works, 1 waiting"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
  for (const char* part : {"DBID", "epoch", "syncs", "node 1 ("}) {
    INFO(part);
    CHECK(text.find(part) == std::string::npos);
  }
}

}  // namespace outpost::test::status_test
