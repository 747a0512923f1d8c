#include "proxy/http/upstream.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::upstream_test {

namespace {

constexpr std::uint32_t kGeneration = 7;
constexpr std::uint32_t kTimeoutMs = 1'000;

Upstream make(std::uint32_t window) {
  Upstream upstream(kGeneration);
  upstream.configure(window, kTimeoutMs);
  return upstream;
}

struct Submitted {
  std::uint64_t correlation;
  bool send_now;
};

Submitted submit(Upstream& upstream, std::uint64_t connection, std::uint64_t now_ms = 0) {
  protocol::Request sent;
  sent.connection = connection;
  protocol::ClientRequest request = std::move(sent);
  std::uint64_t correlation = upstream.next_correlation();
  return {correlation, upstream.submit(correlation, request, {connection, 1}, now_ms)};
}

std::uint64_t hold(Upstream& upstream, std::uint64_t connection, std::uint32_t held_ms) {
  std::uint64_t correlation = upstream.next_correlation();
  upstream.hold(correlation, {connection, 1}, 0, held_ms);
  return correlation;
}

TEST_CASE("a correlation id carries the generation, and no two are the same", "[upstream]") {
  Upstream upstream = make(1);
  std::uint64_t first = upstream.next_correlation();
  CHECK(protocol::generation_of(first) == kGeneration);
  CHECK(upstream.next_correlation() != first);
}

TEST_CASE("an answer finds who asked, once", "[upstream]") {
  Upstream upstream = make(2);
  auto first = submit(upstream, 11);
  auto second = submit(upstream, 12);
  REQUIRE(first.correlation != second.correlation);
  auto asker = upstream.answered(second.correlation);
  REQUIRE(asker);
  CHECK(asker->connection == 12);
  CHECK_FALSE(upstream.answered(second.correlation));
  CHECK(upstream.late_answers() == 1);
  CHECK(upstream.in_flight() == 1);
}

TEST_CASE("an answer of another generation finds nobody", "[upstream]") {
  Upstream upstream = make(1);
  auto submitted = submit(upstream, 11);
  std::uint64_t foreign = protocol::correlation_id(kGeneration - 1, submitted.correlation);
  CHECK_FALSE(upstream.answered(foreign));
  CHECK(upstream.in_flight() == 1);
  CHECK(upstream.answered(submitted.correlation));
}

TEST_CASE("beyond the window requests wait and leave in the order they came", "[upstream]") {
  Upstream upstream = make(1);
  auto first = submit(upstream, 11);
  CHECK(first.send_now);
  auto second = submit(upstream, 12);
  CHECK_FALSE(second.send_now);
  CHECK_FALSE(submit(upstream, 13).send_now);
  CHECK_FALSE(upstream.depart());

  REQUIRE(upstream.answered(first.correlation));
  // Room there is, but not for one who comes now.
  CHECK_FALSE(submit(upstream, 14).send_now);
  auto departed = upstream.depart();
  REQUIRE(departed);
  CHECK(departed->asker.connection == 12);
  CHECK(departed->correlation == second.correlation);
  CHECK(std::get<protocol::Request>(departed->request).connection == 12);
  CHECK_FALSE(upstream.depart());
  CHECK(upstream.waiting() == 2);
}

TEST_CASE("time that runs out is reported once, and says whether the request was sent", "[upstream]") {
  Upstream upstream = make(1);
  submit(upstream, 11, 100);
  submit(upstream, 12, 200);
  CHECK(upstream.expire(100 + kTimeoutMs - 1).empty());

  auto expired = upstream.expire(100 + kTimeoutMs);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].asker.connection == 11);
  CHECK(expired[0].sent);

  expired = upstream.expire(200 + kTimeoutMs);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].asker.connection == 12);
  CHECK_FALSE(expired[0].sent);
  CHECK(upstream.expire(UINT64_MAX).empty());
}

TEST_CASE("an answer after the time ran out is late, and only it makes room", "[upstream]") {
  Upstream upstream = make(1);
  auto first = submit(upstream, 11);
  REQUIRE(upstream.expire(kTimeoutMs).size() == 1);
  CHECK(upstream.in_flight() == 1);
  CHECK_FALSE(submit(upstream, 12, kTimeoutMs).send_now);

  CHECK_FALSE(upstream.answered(first.correlation));
  CHECK(upstream.late_answers() == 1);
  auto departed = upstream.depart();
  REQUIRE(departed);
  CHECK(departed->asker.connection == 12);
}

TEST_CASE("an abandoned request leaves the queue, or is dropped when its answer comes", "[upstream]") {
  Upstream upstream = make(1);
  auto first = submit(upstream, 11);
  auto second = submit(upstream, 12);
  CHECK_FALSE(upstream.abandon(second.correlation));
  CHECK(upstream.waiting() == 0);
  CHECK(upstream.abandon(first.correlation));  // the supervisor is told
  CHECK_FALSE(upstream.abandon(first.correlation));
  CHECK(upstream.expire(UINT64_MAX).empty());
  CHECK_FALSE(upstream.answered(first.correlation));
  CHECK(upstream.in_flight() == 0);
}

TEST_CASE("a held request takes no room and has its own time", "[upstream]") {
  Upstream upstream = make(1);
  std::uint64_t long_one = hold(upstream, 11, 5 * kTimeoutMs);
  std::uint64_t short_one = hold(upstream, 12, kTimeoutMs / 2);
  CHECK(submit(upstream, 13).send_now);
  CHECK(upstream.held() == 2);
  CHECK(upstream.in_flight() == 1);

  auto expired = upstream.expire(kTimeoutMs / 2);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].asker.connection == 12);
  CHECK(expired[0].sent);
  CHECK(expired[0].to_cancel == short_one);
  CHECK_FALSE(upstream.answered(short_one));
  CHECK(upstream.late_answers() == 1);

  auto asker = upstream.answered(long_one);
  REQUIRE(asker);
  CHECK(asker->connection == 11);
  CHECK(upstream.held() == 0);
}

TEST_CASE("an asker that says no more is told of once, and gets its answer", "[upstream]") {
  Upstream upstream = make(1);
  auto first = submit(upstream, 11);
  auto second = submit(upstream, 12);
  CHECK(upstream.note_silence(first.correlation));
  CHECK_FALSE(upstream.note_silence(first.correlation));
  CHECK_FALSE(upstream.note_silence(second.correlation));  // it was not sent yet
  REQUIRE(upstream.answered(first.correlation));
  auto third = submit(upstream, 13);
  CHECK_FALSE(third.send_now);
  REQUIRE(upstream.depart());
  CHECK(upstream.note_silence(second.correlation));
  CHECK_FALSE(upstream.abandon(second.correlation));  // the supervisor knows
}

TEST_CASE("who abandons a held request has to cancel it", "[upstream]") {
  Upstream upstream = make(1);
  std::uint64_t held = hold(upstream, 11, kTimeoutMs);
  CHECK(upstream.abandon(held));
  CHECK_FALSE(upstream.abandon(held));
  CHECK(upstream.expire(UINT64_MAX).empty());
}

TEST_CASE("giving up reports everything that nobody answered", "[upstream]") {
  Upstream upstream = make(1);
  submit(upstream, 11);
  submit(upstream, 12);
  hold(upstream, 13, kTimeoutMs);
  CHECK(upstream.give_up().size() == 3);
  CHECK(upstream.give_up().empty());
}

}  // namespace

}  // namespace outpost::proxy::upstream_test
