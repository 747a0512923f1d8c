#include "supervisor/engine/sending/lanes.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace outpost::test::lanes_test {

using namespace outpost::supervisor;
using Ids = std::vector<std::int64_t>;

namespace {

OutboxMessage message(std::int64_t id, std::int64_t chain, std::string body = "{}") {
  OutboxMessage made;
  made.message_id = id;
  made.destination = "history";
  made.list_dbid = chain == 0 ? 0 : 301;
  made.chain_id = chain;
  made.body = std::move(body);
  return made;
}

struct Fixture {
  Lanes lanes;

  Ids begin_all(std::uint64_t now_ms) {
    Ids ids;
    while (const OutboxMessage* one = lanes.begin(now_ms)) ids.push_back(one->message_id);
    return ids;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "one message of a chain is in flight at a time, and chains wait for no other", "[outbox]") {
  for (auto [id, chain] : {std::pair{1, 5}, {2, 5}, {3, 6}, {4, 5}}) lanes.add(message(id, chain), 100);
  CHECK(lanes.last_id() == 4);
  CHECK(begin_all(99).empty());
  CHECK(begin_all(100) == Ids{1, 3});
  CHECK(lanes.in_flight() == 2);
  lanes.delivered(1, 110);
  CHECK(begin_all(110) == Ids{2});
  lanes.delivered(3, 110);
  CHECK(begin_all(200).empty());
  lanes.delivered(2, 110);
  CHECK(begin_all(200) == Ids{4});
  lanes.delivered(4, 200);
  CHECK(lanes.known() == 0);
  CHECK_FALSE(lanes.next_due_ms());
}

TEST_CASE_METHOD(Fixture, "messages of no chain wait for nobody", "[outbox]") {
  for (std::int64_t id = 1; id <= 3; ++id) lanes.add(message(id, 0), 0);
  CHECK(begin_all(0) == Ids{1, 2, 3});
  CHECK(lanes.failed(2, "p", 50));
  CHECK(begin_all(10).empty());
  lanes.load(message(2, 0));
  CHECK(begin_all(50) == Ids{2});
}

TEST_CASE_METHOD(Fixture, "a chain that failed waits for its time, and keeps its order and no bodies", "[outbox]") {
  for (auto [id, chain] : {std::pair{1, 5}, {2, 5}, {3, 6}}) lanes.add(message(id, chain), 0);
  CHECK(begin_all(0) == Ids{1, 3});
  const OutboxMessage* failed = lanes.failed(1, "status 500", 1'000);
  REQUIRE(failed);
  CHECK(failed->attempts == 1);
  CHECK(failed->problem == "status 500");
  CHECK(failed->body.empty());
  CHECK(lanes.failures(1) == 1);
  lanes.add(message(4, 5), 10);
  CHECK(begin_all(999).empty());
  CHECK(lanes.wanted(999).empty());
  CHECK(lanes.next_due_ms() == 1'000);
  CHECK(lanes.wanted(1'000) == Ids{1, 2, 4});
  CHECK(begin_all(1'000).empty());  // their bodies are not here yet
  for (std::int64_t id : {1, 2, 4}) lanes.load(message(id, 5, "body"));
  CHECK(begin_all(1'000) == Ids{1});
  lanes.delivered(1, 1'001);
  CHECK(lanes.failures(2) == 0);
  const OutboxMessage* next = lanes.begin(1'001);
  REQUIRE(next);
  CHECK(next->message_id == 2);
  CHECK(next->body == "body");
}

TEST_CASE_METHOD(Fixture, "what was not tried goes again as it was", "[outbox]") {
  lanes.add(message(1, 5), 0);
  CHECK(begin_all(0) == Ids{1});
  lanes.returned(1, 30);
  CHECK(begin_all(29).empty());
  const OutboxMessage* again = lanes.begin(30);
  REQUIRE(again);
  CHECK(again->attempts == 0);
  CHECK(again->body == "{}");
}

TEST_CASE_METHOD(Fixture, "what was dropped is not sent, and its chain goes on", "[outbox]") {
  for (std::int64_t id = 1; id <= 4; ++id) lanes.add(message(id, 5), 0);
  lanes.drop(1);
  CHECK(begin_all(0) == Ids{2});
  lanes.drop(2);  // in flight: it ends as it does
  lanes.drop(9);
  CHECK(begin_all(0).empty());
  CHECK(lanes.failed(2, "p", 500) == nullptr);
  CHECK(begin_all(500) == Ids{3});
  lanes.drop(3);
  lanes.drop(4);
  lanes.delivered(3, 500);
  CHECK(lanes.known() == 0);
  CHECK(lanes.in_flight() == 0);
  lanes.add(message(5, 5), 600);
  CHECK(begin_all(600) == Ids{5});
}

TEST_CASE_METHOD(Fixture, "a message is taken once, whoever reads it again", "[outbox]") {
  lanes.add(message(1, 5), 0);
  lanes.add(message(2, 5), 0);
  CHECK(begin_all(0) == Ids{1});
  lanes.delivered(1, 0);
  lanes.add(message(1, 5), 0);
  CHECK(lanes.known() == 1);
  CHECK(begin_all(0) == Ids{2});
}

TEST_CASE_METHOD(Fixture, "the window is bounded in messages, in bytes and in what waits", "[outbox]") {
  CHECK(lanes.room() == kWindowMessages);
  lanes.add(message(1, 1, std::string(kWindowBytes, 'x')), 0);
  CHECK(lanes.room() == 0);
  CHECK(begin_all(0) == Ids{1});
  CHECK(lanes.failed(1, "p", 1'000'000));
  CHECK(lanes.room() == kWindowMessages);  // its body went
  std::int64_t id = 1;
  while (lanes.known() < kKnownMax) {
    ++id;
    lanes.add(message(id, id), 0);
    REQUIRE(lanes.begin(0));
    CHECK(lanes.failed(id, "p", 1'000'000));
  }
  CHECK(lanes.room() == 0);
}

TEST_CASE_METHOD(Fixture, "those that failed do not stand behind new ones for ever", "[outbox]") {
  lanes.add(message(1, 1), 0);
  CHECK(begin_all(0) == Ids{1});
  lanes.failed(1, "p", 10);
  lanes.load(message(1, 1));
  lanes.add(message(2, 2), 20);
  CHECK(begin_all(20) == Ids{1, 2});
}

TEST_CASE_METHOD(Fixture, "what waits can be made to go now", "[outbox]") {
  for (std::int64_t id = 1; id <= 2; ++id) lanes.add(message(id, id), 0);
  CHECK(begin_all(0) == Ids{1, 2});
  for (std::int64_t id = 1; id <= 2; ++id) {
    lanes.failed(id, "p", 9'000);
    lanes.load(message(id, id));
  }
  CHECK(lanes.retry(2, 5));
  CHECK_FALSE(lanes.retry(3, 5));
  CHECK(begin_all(5) == Ids{2});
  lanes.retry_all(6);
  CHECK(begin_all(6) == Ids{1});
}

}  // namespace outpost::test::lanes_test
