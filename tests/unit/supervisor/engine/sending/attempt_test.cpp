#include "supervisor/engine/sending/attempt.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

namespace outpost::test::attempt_test {

using namespace outpost::supervisor;
using protocol::FetchOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::int64_t kNow = 1'704'067'200;  // 2024-01-01T00:00:00Z

protocol::FetchReply answer(int status, std::string retry_after = {}) {
  protocol::FetchReply reply;
  reply.status = static_cast<std::uint16_t>(status);
  if (!retry_after.empty()) reply.headers.push_back({"retry-after", std::move(retry_after)});
  return reply;
}

protocol::FetchReply failure(FetchOutcome outcome, std::string text = "it is so") {
  protocol::FetchReply reply;
  reply.outcome = outcome;
  reply.text = std::move(text);
  return reply;
}

bool has(const FetchRequest& request, const std::string& line) {
  return std::ranges::find(request.headers, line) != request.headers.end();
}

}  // namespace

TEST_CASE("2xx delivers a message, and nothing else does", "[outbox]") {
  for (int status : {200, 201, 202, 204, 299}) CHECK(judge(answer(status), kNow).delivery == Delivery::delivered);
  for (int status : {100, 302, 304, 400, 404, 409, 410, 500, 502, 504}) {
    CHECK(judge(answer(status), kNow).delivery == Delivery::refused);
  }
  for (int status : {429, 503}) CHECK(judge(answer(status), kNow).delivery == Delivery::unreachable);
  CHECK(judge(answer(500), kNow).problem == "it answers with status 500");
}

TEST_CASE("whose fault it is tells who waits", "[outbox]") {
  for (auto outcome : {FetchOutcome::resolve, FetchOutcome::connect, FetchOutcome::tls, FetchOutcome::timeout,
                       FetchOutcome::denied_target, FetchOutcome::proxy, FetchOutcome::broken, FetchOutcome::lost}) {
    CHECK(judge(failure(outcome), kNow).delivery == Delivery::unreachable);
  }
  for (auto outcome : {FetchOutcome::invalid, FetchOutcome::too_large}) {
    CHECK(judge(failure(outcome), kNow).delivery == Delivery::refused);
  }
  for (auto outcome : {FetchOutcome::cancelled, FetchOutcome::unavailable}) {
    CHECK(judge(failure(outcome), kNow).delivery == Delivery::untried);
  }
  CHECK(judge(failure(FetchOutcome::tls), kNow).problem == "it is so");
  CHECK_FALSE(judge(failure(FetchOutcome::tls, ""), kNow).problem.empty());
  CHECK(judge(failure(FetchOutcome::tls, std::string(1'000, 'x')), kNow).problem.size() == 200);
}

TEST_CASE("Retry-After is heeded, within bounds", "[outbox]") {
  CHECK(judge(answer(503, "7"), kNow).retry_after == seconds(7));
  CHECK(judge(answer(500, "0"), kNow).retry_after == seconds(1));
  CHECK(judge(answer(500, "-5"), kNow).retry_after == seconds(1));
  CHECK(judge(answer(429, "100000"), kNow).retry_after == seconds(3'600));
  CHECK(judge(answer(503, "Mon, 01 Jan 2024 00:01:30 GMT"), kNow).retry_after == seconds(90));
  CHECK(judge(answer(503, "Sun, 31 Dec 2023 00:00:00 GMT"), kNow).retry_after == seconds(1));
  for (const char* odd : {"soon", "7 s", "Mon, 01 Jan 2024 00:01:30 CET", "9999999999999999999999"}) {
    CHECK_FALSE(judge(answer(503, odd), kNow).retry_after);
  }
  CHECK_FALSE(judge(answer(503), kNow).retry_after);
}

TEST_CASE("a message becomes a POST that says which one it is", "[outbox]") {
  OutboxMessage message;
  message.message_id = 42;
  message.body = R"({"GSW_CHAIN_ID":7})";
  Address address{OutwardKind::history, "http://there/reports", "second", ""};
  auto request = request_of(message, address, kNow);
  REQUIRE(request);
  CHECK(request->method == "POST");
  CHECK(request->url == "http://there/reports");
  CHECK(request->client == "second");
  CHECK(request->body == message.body);
  CHECK(has(*request, "Content-Type: application/json"));
  CHECK(has(*request, "X-Outpost-Message-Id: 42"));

  address.kind = OutwardKind::webhook;
  address.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  request = request_of(message, address, kNow);
  REQUIRE(request);
  CHECK(has(*request, "webhook-id: 42"));
  CHECK(has(*request, "webhook-timestamp: 1704067200"));
  CHECK(std::ranges::any_of(request->headers,
                            [](const auto& line) { return line.starts_with("webhook-signature: v1,"); }));
  CHECK_FALSE(has(*request, "X-Outpost-Message-Id: 42"));
}

TEST_CASE("waits double up to five minutes, and no two need be the same", "[outbox]") {
  CHECK(backoff(1, 0) == seconds(1));
  CHECK(backoff(2, 0) == seconds(2));
  CHECK(backoff(9, 0) == seconds(256));
  CHECK(backoff(10, 0) == seconds(300));
  CHECK(backoff(1'000'000, 0) == seconds(300));
  CHECK(backoff(0, 0) == seconds(1));
  CHECK(backoff(3, 1) == milliseconds(5'000));
  CHECK(backoff(3, 0.5) == milliseconds(4'500));
}

}  // namespace outpost::test::attempt_test
