// What clients are allowed, and what becomes of what they ask the supervisor.
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "protocol/outbound/requests.h"
#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::clients_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Fixture = test::ProxyFixture;
using test::count;
using test::kGeneration;
using test::kTinyMs;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "a request goes to the supervisor and its answer comes back", "[proxy]") {
  start();
  CHECK(supervisor.hello->version == protocol::kChannelVersion);
  TcpClient& c = client();
  c.send(post("+15550100", "Idempotency-Key: abc\r\n"));
  until_asked(1);
  const auto& asked = supervisor.asked[0];
  CHECK(protocol::generation_of(asked.correlation) == kGeneration);
  CHECK(asked.request.resource == "lists");
  CHECK(asked.request.idempotency_key == "abc");
  CHECK(*asked.request.event.string("GSW_CALLING_LIST") == "Spring");
  CHECK(asked.request.event.integer("GSW_REFERENCE_ID") == static_cast<std::int64_t>(asked.correlation));
  supervisor.answer(asked.correlation, "one");
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(c.received(), ContainsSubstring("X-Frame-Options: SAMEORIGIN\r\n"));
  CHECK_THAT(c.received(), ContainsSubstring(R"({"GSW_USER_EVENT":"AddRecordAcknowledge","MARK":"one"})"));
  // Keep-alive is the default: the same connection serves again.
  c.send(post("+15550101"));
  until_asked(2);
  CHECK(supervisor.asked[1].request.sequence == 2);
}

TEST_CASE_METHOD(Fixture, "no more than the window is in flight, and the rest waits in order", "[proxy]") {
  configure.limits.window = 2;
  start();
  for (int i = 0; i < 5; ++i) {
    TcpClient& c = client();
    c.send(post("w" + std::to_string(i)));
    // The order of the queue is the order of arrival, so the next is sent when this one is in.
    until([&] { return supervisor.asked.size() >= 2 || static_cast<int>(supervisor.asked.size()) > i; });
  }
  until_asked(2);
  for (std::size_t i = 0; i < 5; ++i) {
    until_asked(i + 1);
    CHECK(supervisor.asked.size() <= i + 2);
    supervisor.answer(supervisor.asked[i].correlation, "m");
  }
  for (TcpClient& c : clients) until_responses(c, 1);
}

TEST_CASE_METHOD(Fixture, "a request that never got room is 503, one that was sent is 504", "[proxy]") {
  configure.limits.window = 1;
  configure.limits.request_timeout_ms = kTinyMs;
  start();
  TcpClient& first = client();
  first.send(post("sent"));
  until_asked(1);
  TcpClient& second = client();
  second.send(post("queued"));
  until_responses(first, 1);
  until_responses(second, 1);
  CHECK_THAT(first.received(), StartsWith("HTTP/1.1 504 "));
  CHECK_THAT(first.received(), ContainsSubstring("\"GSW_ERROR_NUMBER\":132"));
  CHECK_THAT(first.received(), ContainsSubstring("may still take effect"));
  CHECK_THAT(second.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(second.received(), ContainsSubstring("\"GSW_ERROR_NUMBER\":134"));
  CHECK_THAT(second.received(), ContainsSubstring("Retry-After: 5\r\n"));
  CHECK(supervisor.asked.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an answer after 504 is dropped and never given to the next request", "[proxy]") {
  configure.limits.request_timeout_ms = kTinyMs;
  start();
  TcpClient& c = client();
  c.send(post("slow"));
  until_asked(1);
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 504 "));
  // The next request must wait long enough for both answers.
  configure.limits.request_timeout_ms = 60'000;
  supervisor.send(configure);
  c.send(post("next"));
  until_asked(2);
  supervisor.answer(supervisor.asked[0].correlation, "late");
  supervisor.answer(protocol::correlation_id(kGeneration - 1, supervisor.asked[1].correlation), "foreign");
  supervisor.answer(supervisor.asked[1].correlation, "right");
  until_responses(c, 2);
  CHECK_THAT(c.received(), ContainsSubstring("\"MARK\":\"right\""));
  CHECK(c.received().find("late") == std::string::npos);
  CHECK(c.received().find("foreign") == std::string::npos);
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->late_answers == 2);
  CHECK(supervisor.statistics->responses_2xx == 1);
  CHECK(supervisor.statistics->responses_5xx == 1);
  const protocol::RequestCounts& counts = supervisor.statistics->requests;
  CHECK(counts.rows() == protocol::requests().size() + 1);
  CHECK(counts.is_whole());
  const std::size_t row = static_cast<std::size_t>(protocol::RequestId::add_record) + 1;
  CHECK(counts.statuses[row * protocol::kStatusColumns + protocol::status_column(200)] == 1);
  CHECK(counts.statuses[row * protocol::kStatusColumns + protocol::status_column(504)] == 1);
  CHECK(counts.durations_us[row] > 0);
  CHECK(counts.durations_us[0] == 0);
  CHECK(supervisor.statistics->bytes_received == post("slow").size() + post("next").size());
  CHECK(supervisor.statistics->bytes_sent == c.received().size());
}

TEST_CASE_METHOD(Fixture, "an answer that is no event is 502", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("x"));
  until_asked(1);
  supervisor.send(protocol::Answer{}, supervisor.asked[0].correlation);
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 502 "));
}

TEST_CASE_METHOD(Fixture, "a connection over the limit is told so and others stay", "[proxy]") {
  configure.limits.connections_max = 2;
  start();
  TcpClient& first = client();
  TcpClient& second = client();
  first.send(post("1"));
  second.send(post("2"));
  until_asked(2);
  TcpClient& third = client();
  third.send(post("3"));
  until_ended(third);
  CHECK_THAT(third.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_FALSE(third.was_reset());
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(first, 1);
  first.close();
  second.close();
  third.close();
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics && supervisor.statistics->connections_refused == 1; });
  supervisor.answer(supervisor.asked[1].correlation, "m");
  until([&] {
    supervisor.statistics.reset();
    supervisor.send(protocol::Ping{});
    until([&] { return supervisor.statistics.has_value(); });
    return supervisor.statistics->connections == 0;
  });
  check_service();
}

TEST_CASE_METHOD(Fixture, "the answer for a client that is gone is dropped", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("gone"));
  until_asked(1);
  c.reset();
  until([&] {
    supervisor.statistics.reset();
    supervisor.send(protocol::Ping{});
    until([&] { return supervisor.statistics.has_value(); });
    return supervisor.statistics->connections == 0;
  });
  supervisor.answer(supervisor.asked[0].correlation, "m");
  check_service();
  supervisor.statistics.reset();
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->late_answers == 1);
}

TEST_CASE_METHOD(Fixture, "an idle connection makes room, and one with an answer due never does", "[proxy]") {
  configure.limits.connections_max = 2;
  start();
  TcpClient& waiting = client();
  waiting.send(post("waiting"));
  until_asked(1);
  TcpClient& idle = client();
  idle.send(post("idle"));
  until_asked(2);
  supervisor.answer(supervisor.asked[1].correlation, "m");
  until_responses(idle, 1);
  TcpClient& fresh = client();
  fresh.send(post("fresh"));
  until_asked(3);
  until_ended(idle);
  CHECK_FALSE(idle.was_reset());
  CHECK_FALSE(waiting.ended());
  supervisor.answer(supervisor.asked[0].correlation, "first");
  until_responses(waiting, 1);
  CHECK_THAT(waiting.received(), StartsWith("HTTP/1.1 200 "));
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->connections_evicted == 1);
  CHECK(supervisor.statistics->connections_refused == 0);
}

TEST_CASE_METHOD(Fixture, "requests over the rate are 429 in order and never reach the supervisor", "[proxy]") {
  configure.limits.request_rate = 1;
  configure.limits.request_burst = 2;
  start();
  TcpClient& c = client();
  c.send(post("1") + post("2") + post("3"));
  until_asked(2);
  CHECK(c.received().empty());
  for (const auto& asked : supervisor.asked) supervisor.answer(asked.correlation, "m");
  until_responses(c, 3);
  CHECK(count(c.received(), "HTTP/1.1 200 ") == 2);
  CHECK_THAT(c.received(), ContainsSubstring("HTTP/1.1 429 "));
  CHECK(c.received().find("HTTP/1.1 429 ") > c.received().rfind("HTTP/1.1 200 "));
  CHECK_THAT(c.received(), ContainsSubstring("\r\nRetry-After: 1\r\n"));
  CHECK(supervisor.asked.size() == 2);
  CHECK_FALSE(c.ended());
}

}  // namespace

}  // namespace outpost::proxy::clients_test
