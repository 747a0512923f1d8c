// The conformance suite of StateStore: numbers of groups, booked and given back.
#include <future>
#include <set>
#include <thread>

#include "supervisor/mobile/state/state_store.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::state_resources_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Values = std::vector<std::string>;

namespace {

void configure(StateStore& store, const Values& values, const std::string& scope = "", const std::string& group = "g") {
  in_transaction(store, [&] { require_ok(store.set_resources(scope, group, values)); });
}

std::string book(StateStore& store, const std::string& owner = "1-a", std::chrono::milliseconds time = 1h,
                 const std::string& scope = "", const std::string& group = "g") {
  std::optional<std::string> booked;
  in_transaction(store, [&] { booked = value_of(store.book(scope, group, owner, time)); });
  return booked.value_or("none");
}

void release(StateStore& store, const std::string& value, const std::string& owner = "1-a",
             const std::string& scope = "", const std::string& group = "g") {
  in_transaction(store, [&] { require_ok(store.release(scope, group, value, owner)); });
}

void pass_a_moment(StateStore& store) {
  for (std::int64_t begun = value_of(store.now()); value_of(store.now()) <= begun;) std::this_thread::yield();
}

// Past the engine, which shows what is booked only: the one column of these rows.
Values asked(const StateUnderTest& engine, const std::string& sql) {
  if (!engine.shared()) return rows_of(engine.path(), sql);
  auto session = value_of(PgSession::open(engine.url(), {}));
  auto rows = value_of(session.query(sql, "look", 5s));
  Values values;
  for (int i = 0; i < rows.count(); ++i) values.emplace_back(rows.text(i, 0));
  return values;
}

Values in_order(const StateUnderTest& engine, const std::string& scope = "") {
  return asked(engine, fmt::format("SELECT value || ' ' || position FROM mobile_resources WHERE scope IN ('', '{}')"
                                   " ORDER BY scope, group_name, position, value",
                                   scope));
}

std::int64_t swept(StateStore& store) {
  std::uint64_t before = 0;
  in_transaction(store, [&] {
    before = store.writes();
    require_ok(store.sweep({}));
  });
  return static_cast<std::int64_t>(store.writes() - before);
}

}  // namespace

TEST_CASE("numbers are booked in the order of the configuration, and then there are none", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  CHECK(book(*store) == "none");
  configure(*store, {"9", "5", "7"});
  std::int64_t before = value_of(store->now());
  CHECK(book(*store, "1-a", 60s) == "9");
  CHECK(book(*store, "1-b") == "5");
  CHECK(book(*store, "1-c") == "7");
  CHECK(book(*store, "1-d") == "none");
  auto resources = value_of(store->resources("", 10));
  REQUIRE(resources.size() == 3);
  CHECK(resources[0].value == "9");
  CHECK(resources[0].group == "g");
  CHECK(resources[0].owner == "1-a");
  CHECK(resources[0].expires_at >= before + 60'000);
  CHECK(resources[0].expires_at <= value_of(store->now()) + 60'000);
  CHECK(resources[1].owner == "1-b");
  CHECK(value_of(store->count_resources("")) == std::vector<GroupCount>{{"", "g", 3, 3}});
  // Another group has its own, and another scope what is not booked for all.
  configure(*store, {"9", "3"}, "7");
  configure(*store, {"9"}, "", "h");
  CHECK(book(*store, "1-e", 1h, "7") == "3");
  CHECK(book(*store, "1-e", 1h, "7") == "none");
  CHECK(book(*store, "1-f", 1h, "", "h") == "9");
  CHECK(book(*store, "1-f", 1h, "", "h") == "none");
}

TEST_CASE("a number is free again at once when its owner gives it back", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"5"});
  REQUIRE(book(*store, "1-a") == "5");
  release(*store, "5", "1-b");
  CHECK(book(*store, "1-b") == "none");
  release(*store, "5", "1-a");
  CHECK(value_of(store->count_resources("")) == std::vector<GroupCount>{{"", "g", 1, 0}});
  CHECK(value_of(store->resources("", 10)).empty());
  CHECK(book(*store, "1-b") == "5");
  // Who had it before has no say in it.
  release(*store, "5", "1-a");
  CHECK(book(*store, "1-c") == "none");
}

TEST_CASE("a booking ends by the clock of the store", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"5"});
  REQUIRE(book(*store, "1-a", 0ms) == "5");
  CHECK(value_of(store->resources("", 10)).empty());
  CHECK(value_of(store->count_resources("")) == std::vector<GroupCount>{{"", "g", 1, 0}});
  CHECK(book(*store, "1-b", 20ms) == "5");
  while (book(*store, "1-c") == "none") std::this_thread::yield();
  CHECK(value_of(store->resources("", 10))[0].owner == "1-c");
}

TEST_CASE("of the free numbers the one that rests for longest comes first", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"1", "2", "3"});
  for (auto value : {"1", "2", "3"}) REQUIRE(book(*store, "1-a") == value);
  for (auto value : {"2", "3", "1"}) {
    release(*store, value);
    pass_a_moment(*store);
  }
  for (auto value : {"2", "3", "1"}) CHECK(book(*store, "1-a") == value);
  // A booking that ended rests since its end, not since it was made, and one that is given back late no less.
  release(*store, "3");
  pass_a_moment(*store);
  release(*store, "1");
  REQUIRE(book(*store, "1-b", 0ms) == "3");
  auto rests = [&] { return asked(engine, "SELECT used_at FROM mobile_resources WHERE value = '3'"); };
  Values since = rests();
  pass_a_moment(*store);
  release(*store, "3", "1-b");
  CHECK(rests() == since);
}

TEST_CASE("numbers join and leave their group, and bookings are left alone", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"1", "2", "3", "4"});
  REQUIRE(book(*store, "1-a") == "1");
  REQUIRE(book(*store, "1-b") == "2");
  configure(*store, {"5", "2", "4"});
  CHECK(in_order(engine) == Values{"1 -1", "3 -1", "5 0", "2 1", "4 2"});
  CHECK(value_of(store->count_resources("")) == std::vector<GroupCount>{{"", "g", 3, 1}});
  CHECK(swept(*store) == 1);  // what was free goes
  CHECK(in_order(engine) == Values{"1 -1", "5 0", "2 1", "4 2"});
  CHECK(value_of(store->resources("", 10))[0].owner == "1-a");
  // New ones have never been used, nor has the fourth.
  CHECK(book(*store, "1-c") == "5");
  CHECK(book(*store, "1-d") == "4");
  CHECK(book(*store, "1-e") == "none");
  release(*store, "1", "1-a");
  CHECK(book(*store, "1-e") == "none");
  CHECK(swept(*store) == 1);
  CHECK(in_order(engine) == Values{"5 0", "2 1", "4 2"});
  // One that comes back in time still has its booking.
  configure(*store, {"5", "4"});
  CHECK(swept(*store) == 0);
  configure(*store, {"2", "5", "4"});
  CHECK(book(*store, "1-e") == "none");
  CHECK(value_of(store->resources("", 10))[0].owner == "1-b");
  configure(*store, {});
  CHECK(value_of(store->count_resources("")).empty());
}

TEST_CASE("a group that is the same changes nothing", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"1", "2", "1", "3"});
  CHECK(in_order(engine) == Values{"1 0", "2 1", "3 2"});
  std::uint64_t writes = store->writes();
  configure(*store, {"1", "2", "3"});
  CHECK(store->writes() == writes);
  configure(*store, {"1", "3", "2"});
  CHECK(store->writes() == writes + 2);
  configure(*store, {"1", "3"});
  writes = store->writes();
  configure(*store, {"1", "3"});
  CHECK(store->writes() == writes);
}

TEST_CASE("numbers are listed and counted for all nodes and for one", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"2", "1"}, "", "h");
  configure(*store, {"3"}, "", "g");
  configure(*store, {"4"}, "7", "l");
  configure(*store, {"5"}, "8", "l");
  REQUIRE(book(*store, "1-a", 1h, "7", "l") == "4");
  CHECK(in_order(engine) == Values{"3 0", "2 0", "1 1"});
  CHECK(in_order(engine, "7") == Values{"3 0", "2 0", "1 1", "4 0"});
  REQUIRE(value_of(store->resources("7", 10)).size() == 1);
  CHECK(value_of(store->resources("7", 10))[0].value == "4");
  CHECK(value_of(store->count_resources("7")) ==
        std::vector<GroupCount>{{"", "g", 1, 0}, {"", "h", 2, 0}, {"7", "l", 1, 1}});
  CHECK(value_of(store->count_resources("8")).back() == GroupCount{"8", "l", 1, 0});
  // What is free and what is no longer configured takes no place of what is booked.
  REQUIRE(book(*store, "1-b", 1h, "", "h") == "2");
  REQUIRE(book(*store, "1-c", 1h, "", "h") == "1");
  CHECK(value_of(store->resources("7", 1)).size() == 2);
  release(*store, "1", "1-c", "", "h");
  configure(*store, {}, "", "h");
  CHECK(value_of(store->resources("", 1))[0].value == "2");
}

TEST_CASE("a booking that is rolled back was none", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  configure(*store, {"1"});
  require_ok(store->begin());
  CHECK(value_of(store->book("", "g", "1-a", 1h)) == "1");
  CHECK_FALSE(value_of(store->book("", "g", "1-b", 1h)));
  store->rollback();
  CHECK(book(*store, "1-b") == "1");
  CHECK(store->book("", "g", "1-b", 1h).error().code == Errc::store);
}

TEST_CASE("two nodes that book at once never have one number", "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  constexpr int kValues = 50;
  Values values;
  for (int i = 0; i < kValues; ++i) values.push_back(fmt::format("{}", i));
  configure(*engine.open(), values);
  auto node = [&](const std::string& owner) -> Result<Values> {
    auto store = open_state_store(engine.url(), StateMode::writer, StateDurability::process);
    if (!store) return pass(store);
    for (Values booked;;) {
      if (Result<> begun = (*store)->begin(); !begun) return pass(begun);
      auto value = (*store)->book("", "g", owner, 1h);
      if (!value) return pass(value);
      if (Result<> done = (*store)->commit(); !done) return pass(done);
      if (!*value) return booked;
      booked.push_back(**value);
    }
  };
  auto first = std::async(std::launch::async, node, "1-a");
  auto second = std::async(std::launch::async, node, "2-a");
  Values all = value_of(first.get());
  Values others = value_of(second.get());
  all.insert(all.end(), others.begin(), others.end());
  // Nor was one refused while there were any.
  CHECK(all.size() == kValues);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == kValues);
}

TEST_CASE("a number that another node is about to give back is waited for, and one that it has is passed over",
          "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto first = engine.open();
  auto second = engine.open();
  configure(*first, {"1", "2"});
  // Held, not booked: it may become free again.
  require_ok(first->begin());
  REQUIRE(value_of(first->book("", "g", "1-a", 1h)) == "1");
  CHECK(book(*second, "2-a") == "2");
  auto third = std::async(std::launch::async, [&]() -> Result<std::optional<std::string>> {
    if (Result<> begun = second->begin(); !begun) return pass(begun);
    auto booked = second->book("", "g", "2-b", 1h);
    if (!booked) return booked;
    if (Result<> done = second->commit(); !done) return pass(done);
    return booked;
  });
  bool gives_up = GENERATE(false, true);
  if (gives_up)
    first->rollback();
  else
    require_ok(first->commit());
  CHECK(value_of(third.get()).value_or("none") == (gives_up ? "1" : "none"));
}

}  // namespace outpost::test::state_resources_test
