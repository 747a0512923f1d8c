#include "proxy/courier/turns.h"

#include <random>
#include <set>
#include <vector>

#include "protocol/channel/courier.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_turns_test {

using courier::Turns;

namespace {

std::vector<std::uint64_t> all_that_go(Turns& turns) {
  std::vector<std::uint64_t> ids;
  while (auto id = turns.next()) ids.push_back(*id);
  return ids;
}

using Ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("of one server so many go at a time, in the order of their asking", "[courier]") {
  Turns turns(2, 10);
  for (std::uint64_t id : {1, 2, 3, 4}) REQUIRE(turns.ask(id, "a"));
  CHECK(all_that_go(turns) == Ids{1, 2});
  CHECK(turns.waiting() == 2);
  turns.leave(2);
  CHECK(all_that_go(turns) == Ids{3});
  turns.leave(4);  // before its turn
  turns.leave(1);
  turns.leave(3);
  CHECK(all_that_go(turns).empty());
  CHECK(turns.running() == 0);
  CHECK(turns.waiting() == 0);
}

TEST_CASE("a server that is slow keeps no other waiting", "[courier]") {
  Turns turns(2, 4);
  for (std::uint64_t id = 1; id <= 100; ++id) REQUIRE(turns.ask(id, "slow"));
  REQUIRE(turns.ask(200, "quick"));
  CHECK(all_that_go(turns) == Ids{1, 200, 2});
  for (std::uint64_t id = 201; id < 300; ++id) {
    turns.leave(id - 1);
    REQUIRE(turns.ask(id, "quick"));
    CHECK(all_that_go(turns) == Ids{id});
  }
}

TEST_CASE("servers take turns when all together have too many", "[courier]") {
  Turns turns(10, 3);
  for (std::uint64_t id : {1, 2, 3}) REQUIRE(turns.ask(id, "a"));
  for (std::uint64_t id : {11, 12, 13}) REQUIRE(turns.ask(id, "b"));
  CHECK(all_that_go(turns) == Ids{1, 11, 2});
  turns.leave(1);
  CHECK(all_that_go(turns) == Ids{12});
  turns.leave(2);
  CHECK(all_that_go(turns) == Ids{3});
}

TEST_CASE("too many for one server are refused, and others are not", "[courier]") {
  Turns turns(1, 10);
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < Turns::kWaitingMax; ++i) REQUIRE(turns.ask(++id, "a"));
  CHECK_FALSE(turns.ask(++id, "a"));
  CHECK(turns.ask(++id, "b"));
  CHECK(Turns::kWaitingMax * 32 * 1024 < protocol::kFetchBytesInWindow);
}

TEST_CASE("whatever is asked and left, limits hold and nobody is forgotten", "[courier]") {
  unsigned seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Turns turns(3, 7);
  std::set<std::uint64_t> waiting;
  std::set<std::uint64_t> running;
  std::uint64_t last = 0;
  for (int step = 0; step < 5'000; ++step) {
    if (random() % 2 == 0) {
      REQUIRE(turns.ask(++last, std::string(1, static_cast<char>('a' + random() % 5))));
      waiting.insert(last);
    } else if (auto& from = random() % 3 == 0 ? waiting : running; !from.empty()) {
      auto one = std::next(from.begin(), static_cast<std::ptrdiff_t>(random() % from.size()));
      turns.leave(*one);
      from.erase(one);
    }
    for (std::uint64_t id : all_that_go(turns)) {
      REQUIRE(waiting.erase(id) == 1);
      running.insert(id);
    }
    REQUIRE(turns.running() == running.size());
    REQUIRE(turns.waiting() == waiting.size());
    REQUIRE(running.size() <= 7);
  }
  while (!running.empty()) {
    turns.leave(*running.begin());
    running.erase(running.begin());
    for (std::uint64_t id : all_that_go(turns)) {
      waiting.erase(id);
      running.insert(id);
    }
  }
  CHECK(waiting.empty());
}

}  // namespace outpost::test::courier_turns_test
