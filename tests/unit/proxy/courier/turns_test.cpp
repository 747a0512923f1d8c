#include "proxy/courier/turns.h"

#include <random>
#include <set>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::courier_turns_test {

using courier::Room;
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
  Room room;
  Turns turns(2, 10, room);
  for (std::uint64_t id : {1, 2, 3, 4}) REQUIRE(turns.ask(id, "a", 100));
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
  Room room;
  Turns turns(2, 4, room);
  for (std::uint64_t id = 1; id <= 100; ++id) REQUIRE(turns.ask(id, "slow", 100));
  REQUIRE(turns.ask(200, "quick", 100));
  CHECK(all_that_go(turns) == Ids{1, 200, 2});
  for (std::uint64_t id = 201; id < 300; ++id) {
    turns.leave(id - 1);
    REQUIRE(turns.ask(id, "quick", 100));
    CHECK(all_that_go(turns) == Ids{id});
  }
}

TEST_CASE("servers take turns when all together have too many", "[courier]") {
  Room room;
  Turns turns(10, 3, room);
  for (std::uint64_t id : {1, 2, 3}) REQUIRE(turns.ask(id, "a", 100));
  for (std::uint64_t id : {11, 12, 13}) REQUIRE(turns.ask(id, "b", 100));
  CHECK(all_that_go(turns) == Ids{1, 11, 2});
  turns.leave(1);
  CHECK(all_that_go(turns) == Ids{12});
  turns.leave(2);
  CHECK(all_that_go(turns) == Ids{3});
}

TEST_CASE("a server that is dead has at most half of the window, and others always find room", "[courier]") {
  constexpr std::size_t kEach = 1'000;
  const Room whole = GENERATE(Room{1'000, 5'000'000}, Room{5'000, 1'000'000});  // the number counts, or the bytes
  Room room = whole;
  Turns turns(1, 10, room);
  Turns others(1, 10, room);  // of another client
  std::uint64_t id = 0;
  auto ask_all = [&](Turns& of, const std::string& server) {
    while (of.ask(++id, server, kEach)) continue;
    return of.requests_of(server);
  };
  CHECK(ask_all(turns, "a") == 500);
  CHECK(ask_all(turns, "b") == 250);
  CHECK(ask_all(others, "a") == 125);
  CHECK(turns.ask(++id, "c", kEach));
  CHECK_FALSE(turns.ask(++id, "a", kEach));
  for (std::uint64_t one = 1; one <= id; ++one) {
    turns.leave(one);
    others.leave(one);
  }
  CHECK(room.requests == whole.requests);
  CHECK(room.bytes == whole.bytes);
  CHECK(turns.requests_of("a") == 0);
}

TEST_CASE("one that is larger than all the room is taken when it is the first", "[courier]") {
  Room room{10, 100};
  Turns turns(1, 10, room);
  CHECK(turns.ask(1, "a", 150));
  CHECK_FALSE(turns.ask(2, "a", 1));
  turns.leave(1);
  CHECK(room.bytes == 100);
}

TEST_CASE("whatever is asked and left, limits hold and nobody is forgotten", "[courier]") {
  unsigned seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Room room;
  Turns turns(3, 7, room);
  std::set<std::uint64_t> waiting;
  std::set<std::uint64_t> running;
  std::uint64_t last = 0;
  for (int step = 0; step < 5'000; ++step) {
    if (random() % 2 == 0) {
      REQUIRE(turns.ask(++last, std::string(1, static_cast<char>('a' + random() % 5)), 100));
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
