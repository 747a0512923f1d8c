#include "supervisor/ctl/view/top.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::top_test {

using namespace outpost::supervisor::ctl;

namespace {

TopSample sample(double at_s, const std::string& status, const std::string& sessions = "null") {
  auto parsed = parse_json(status);
  auto told = parse_json(R"({"sessions": )" + sessions + "}");
  REQUIRE(parsed);
  REQUIRE(told);
  return {std::move(*parsed), sessions == "null" ? JsonValue() : std::move(*told), at_s};
}

std::optional<double> rate_of(const std::vector<TopRate>& rates, std::string_view name) {
  for (const TopRate& rate : rates) {
    if (rate.name == name) return rate.per_s;
  }
  FAIL("no rate " << name);
  return {};
}

const char* const kBefore = R"({"pid": 1, "proxy": {"pid": 2, "responses_2xx": 10}, "store": {"works": 5},
  "requests": {"received": 100, "refused": 0, "by_outcome": {"AddRecordAcknowledge": 60, "103 MissingAttribute": 3},
    "duration": {"count": 100, "sum_ms": 500, "buckets": [{"le_ms": 5, "count": 90}, {"le_ms": 10, "count": 100}]}}})";
const char* const kNow = R"({"pid": 1, "proxy": {"pid": 2, "responses_2xx": 30}, "store": {"works": 5},
  "requests": {"received": 140, "refused": 0, "by_outcome": {"AddRecordAcknowledge": 70, "103 MissingAttribute": 33},
    "duration": {"count": 140, "sum_ms": 660, "buckets": [{"le_ms": 5, "count": 110}, {"le_ms": 10, "count": 140}]}}})";

}  // namespace

TEST_CASE("rates are the differences of two samples; the most frequent outcome is first", "[ctl][top]") {
  TopSample before = sample(100, kBefore);
  TopSample now = sample(102, kNow);
  auto rates = top_rates(&before, now);
  CHECK(rate_of(rates, "requests received") == 20);
  CHECK(rate_of(rates, "responses 2xx") == 10);
  CHECK(rate_of(rates, "store works") == 0);
  REQUIRE(rates.size() > 2);
  CHECK(rates[rates.size() - 2].name == "103 MissingAttribute");
  CHECK(rates[rates.size() - 2].per_s == 15);
  CHECK(rates.back().per_s == 5);
  CHECK(rates.back().total == 70);
}

TEST_CASE("without a sample of the same process there is no rate", "[ctl][top]") {
  TopSample now = sample(102, kNow);
  CHECK_FALSE(rate_of(top_rates(nullptr, now), "requests received"));
  TopSample restarted = sample(100, R"({"pid": 9, "requests": {"received": 1}, "proxy": {"pid": 2}})");
  CHECK_FALSE(rate_of(top_rates(&restarted, now), "requests received"));
  // A new proxy under the same supervisor.
  TopSample other =
      sample(100, R"({"pid": 1, "requests": {"received": 100}, "proxy": {"pid": 8, "responses_2xx": 5}})");
  CHECK(rate_of(top_rates(&other, now), "requests received") == 20);
  CHECK_FALSE(rate_of(top_rates(&other, now), "responses 2xx"));
}

TEST_CASE("latency is that of the requests in between, where the status tells it", "[ctl][top]") {
  TopSample before = sample(100, kBefore);
  TopSample now = sample(102, kNow);
  CHECK(top_durations(&before, now).count == 40);
  CHECK(top_durations(nullptr, now).count == 0);
  TopSample restarted = sample(100, R"({"pid": 9})");
  CHECK(top_durations(&restarted, now).count == 0);
  CHECK(show_top(&before, now, "").find("latency: p50 <= 5 ms, p99 <= 10 ms, mean 4.0 ms\n") != std::string::npos);
  CHECK(show_top(&now, now, "").find("latency: p50 -, p99 -, mean -\n") != std::string::npos);
  CHECK(show_top(nullptr, now, "").find("latency: p50 -, p99 -, mean -\n") != std::string::npos);
  CHECK(show_top(nullptr, sample(1, "{}"), "").find("latency: p50 -") != std::string::npos);
}

TEST_CASE("as JSON a bound that is not known is null", "[ctl][top]") {
  TopSample before = sample(100, kBefore);
  CHECK(top_json(&before, sample(102, kNow)).find(R"("latency_ms":{"mean":4.0,"p50_le":5.0,"p99_le":10.0})") !=
        std::string::npos);
  CHECK(top_json(&before, before).find(R"("latency_ms":null)") != std::string::npos);
  TopSample slow = sample(102, R"({"pid": 1, "requests": {"duration":
    {"count": 101, "sum_ms": 60500, "buckets": [{"le_ms": 5, "count": 90}, {"le_ms": 10, "count": 100}]}}})");
  CHECK(top_json(&before, slow).find(R"("p50_le":null,"p99_le":null)") != std::string::npos);
}

TEST_CASE("sessions are shown by what they hold", "[ctl][top]") {
  std::string text = show_top(nullptr, sample(1, "{}", R"([{"agent": "idle", "held": 0, "requests": 5},
                                                          {"agent": "busy\u001b[2J", "held": 3, "requests": 1}])"),
                              "12:00");
  CHECK(text.find("2 sessions") != std::string::npos);
  REQUIRE(text.find("busy\\x1B[2J") != std::string::npos);
  CHECK(text.find("busy") < text.find("idle"));
}

}  // namespace outpost::test::top_test
