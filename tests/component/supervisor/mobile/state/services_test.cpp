// The conformance suite of StateStore: services, the access to them, and codes.
#include <future>
#include <set>
#include <thread>

#include "supervisor/mobile/state/state_store.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"

namespace outpost::test::state_services_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

namespace {

bool take(StateStore& store, const std::string& key, const std::string& code, const std::string& service,
          std::chrono::milliseconds time = 1h) {
  bool taken = false;
  in_transaction(store, [&] { taken = value_of(store.take_code(key, code, service, time)); });
  return taken;
}

Ids found_at(StateStore& store, const std::string& number, const std::string& code = "", const std::string& phone = "",
             std::int64_t limit = 10) {
  return ids_of(value_of(store.services_at("key of " + number, code, phone, limit)));
}

// With the code taken, as whoever creates a service does it.
void put_with_code(StateStore& store, const std::string& id, const std::string& number, const std::string& code,
                   std::chrono::milliseconds access_time = 1h) {
  in_transaction(store, [&] {
    REQUIRE(value_of(store.put_service(some_service(id, some_access(number, code)), 1h, access_time)));
    REQUIRE(value_of(store.take_code("key of " + number, code, id, access_time)));
  });
}

void wait_until(StateStore& store, std::int64_t time) {
  while (value_of(store.now()) <= time) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a service comes back as it was stored, with the time that is left", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  StateService expected = some_service("1-a", some_access("555", "0142"));
  std::int64_t before = value_of(store->now());
  REQUIRE(put_service(*store, expected, 60s, 30s));
  std::int64_t after = value_of(store->now());
  auto found = value_of(store->service("1-a"));
  REQUIRE(found);
  CHECK(found->created_at >= before);
  CHECK(found->created_at <= after);
  CHECK(found->expires_at >= before + 60'000);
  CHECK(found->expires_at <= after + 60'000);
  CHECK(found->access.expires_at >= before + 30'000);
  CHECK(found->access.expires_at <= after + 30'000);
  CHECK(found->left_ms > 0);
  CHECK(found->left_ms <= 60'000);
  expected.created_at = found->created_at;
  expected.expires_at = found->expires_at;
  expected.left_ms = found->left_ms;
  expected.access.expires_at = found->access.expires_at;
  CHECK(*found == expected);
  auto read = value_of(engine.open(StateMode::reader)->service("1-a"));
  REQUIRE(read);
  CHECK(read->left_ms <= found->left_ms);
  CHECK_FALSE(value_of(store->service("1-b")));
  in_transaction(*store, [&] {
    auto locked = value_of(store->lock_service("1-a"));
    REQUIRE(locked);
    CHECK(locked->access == expected.access);
    CHECK(locked->left_ms > 0);
    CHECK_FALSE(value_of(store->lock_service("1-b")));
  });
}

TEST_CASE("a service without a number has no access", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  REQUIRE(put_service(*store, some_service("1-a")));
  CHECK(value_of(store->service("1-a"))->access == StateAccess());
  CHECK(value_of(store->services_at("", "", "", 10)).empty());
}

TEST_CASE("a service whose time is over is nowhere to be seen", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    REQUIRE(value_of(store->put_service(some_service("1-a", some_access("555", "01")), 0ms, 1h)));
    REQUIRE(value_of(store->take_code("key of 555", "01", "1-a", 1h)));
  });
  CHECK_FALSE(value_of(store->service("1-a")));
  CHECK(value_of(store->services("", 10)).empty());
  CHECK(value_of(store->count_services(10)).empty());
  CHECK(found_at(*store, "555").empty());
  CHECK(found_at(*store, "555", "01").empty());
  in_transaction(*store, [&] {
    CHECK_FALSE(value_of(store->lock_service("1-a")));
    CHECK_FALSE(value_of(store->remove_service("1-a")));
  });
}

TEST_CASE("a service ends by the clock of the store", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  REQUIRE(put_service(*store, some_service("1-a", some_access("555")), 1h, 20ms));
  REQUIRE(put_service(*store, some_service("1-b", some_access("556")), 20ms, 20ms));
  wait_until(*store, value_of(store->now()) + 20);
  CHECK(found_at(*store, "555").empty());
  CHECK(value_of(store->service("1-a")));
  CHECK_FALSE(value_of(store->service("1-b")));
}

TEST_CASE("the id of a service that lives is not given again, and that of one that has ended is", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  REQUIRE(put_service(*store, some_service("1-a", some_access("555", "01"))));
  StateService other = some_service("1-a", some_access("556"));
  other.name = "other";
  CHECK_FALSE(put_service(*store, other));
  auto kept = value_of(store->service("1-a"));
  CHECK(kept->name == "name of 1-a");
  CHECK(kept->access.number == "555");
  CHECK(found_at(*store, "556").empty());

  REQUIRE(put_service(*store, some_service("1-b", some_access("555", "01")), 0ms));
  other.id = "1-b";
  CHECK(put_service(*store, other));
  auto found = value_of(store->service("1-b"));
  REQUIRE(found);
  other.created_at = found->created_at;
  other.expires_at = found->expires_at;
  other.left_ms = found->left_ms;
  other.access.expires_at = found->access.expires_at;
  CHECK(*found == other);
  CHECK(found_at(*store, "556") == Ids{"1-b"});
}

TEST_CASE("services are found by number, the newest first", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  for (auto id : {"1-c", "1-a", "1-b"}) {
    REQUIRE(put_service(*store, some_service(id, some_access("555"))));
    wait_until(*store, value_of(store->service(id))->created_at);
  }
  REQUIRE(put_service(*store, some_service("1-d", some_access("556"))));
  CHECK(found_at(*store, "555") == Ids{"1-b", "1-a", "1-c"});
  CHECK(found_at(*store, "555", "", "", 2) == Ids{"1-b", "1-a"});
  CHECK(found_at(*store, "556") == Ids{"1-d"});
  CHECK(found_at(*store, "557").empty());
  CHECK(value_of(store->services_at("key of 556", "", "", 1))[0].left_ms > 0);
}

TEST_CASE("of services at one number the phone chooses, unless it or theirs is not known", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  REQUIRE(put_service(*store, some_service("1-a", some_access("555"))));
  StateService unknown = some_service("1-b", some_access("555"));
  unknown.phone = "";
  REQUIRE(put_service(*store, unknown));
  auto both = found_at(*store, "555");
  CHECK(std::set<std::string>(both.begin(), both.end()) == std::set<std::string>{"1-a", "1-b"});
  CHECK(found_at(*store, "555", "", "phone of 1-a").size() == 2);
  CHECK(found_at(*store, "555", "", "another") == Ids{"1-b"});
  in_transaction(*store, [&] { require_ok(store->remove_service("1-b")); });
  CHECK(found_at(*store, "555", "", "another").empty());
}

TEST_CASE("a code finds its service, and no other", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put_with_code(*store, "1-a", "555", "01");
  put_with_code(*store, "1-b", "555", "02");
  put_with_code(*store, "1-c", "556", "01");
  REQUIRE(put_service(*store, some_service("1-d", some_access("555"))));
  CHECK(found_at(*store, "555", "01") == Ids{"1-a"});
  CHECK(found_at(*store, "555", "02") == Ids{"1-b"});
  CHECK(found_at(*store, "556", "01") == Ids{"1-c"});
  CHECK(found_at(*store, "556", "02").empty());
  CHECK(found_at(*store, "555", "03").empty());
  CHECK(found_at(*store, "555", "01", "phone of 1-a") == Ids{"1-a"});
  CHECK(found_at(*store, "555", "01", "another").empty());
  CHECK(found_at(*store, "555", "01", "", 0).empty());
  // Without a code those that have one are found, too.
  CHECK(found_at(*store, "555").size() == 3);
}

TEST_CASE("new access data take the place of the old", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put_with_code(*store, "1-a", "555", "01");
  auto before = value_of(store->service("1-a"));
  StateAccess next = some_access("556", "02");
  next.scope = "7";
  next.booked = false;
  in_transaction(*store, [&] {
    require_ok(store->set_access("1-a", next, 30s));
    require_ok(store->free_code("key of 555", "01", "1-a"));
    CHECK(value_of(store->take_code("key of 556", "02", "1-a", 30s)));
  });
  auto after = value_of(store->service("1-a"));
  CHECK(after->access.expires_at < before->access.expires_at);
  next.expires_at = after->access.expires_at;
  CHECK(after->access == next);
  CHECK(after->expires_at == before->expires_at);
  CHECK(after->created_at == before->created_at);
  CHECK(found_at(*store, "555").empty());
  CHECK(found_at(*store, "555", "01").empty());
  CHECK(found_at(*store, "556", "02") == Ids{"1-a"});

  in_transaction(*store, [&] { require_ok(store->set_access("1-a", {}, 30s)); });
  CHECK(value_of(store->service("1-a"))->access == StateAccess());
  CHECK(found_at(*store, "556").empty());
  CHECK(found_at(*store, "556", "02").empty());
}

TEST_CASE("services are listed by id, in pages, and counted by name", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    for (auto id : {"c", "a", "d", "b"}) {
      StateService service = some_service(id);
      service.name = service.id == "c" ? "alone" : "some";
      REQUIRE(value_of(store->put_service(service, 1h, 0s)));
    }
    REQUIRE(value_of(store->put_service(some_service("bb"), 0s, 0s)));
  });
  CHECK(ids_of(value_of(store->services("", 3))) == Ids{"a", "b", "c"});
  CHECK(ids_of(value_of(store->services("c", 3))) == Ids{"d"});
  CHECK(value_of(store->services("d", 3)).empty());
  using Counts = std::vector<std::pair<std::string, std::int64_t>>;
  CHECK(value_of(store->count_services(10)) == Counts{{"alone", 1}, {"some", 3}});
  std::int64_t counted = 0;
  for (const auto& [name, count] : value_of(store->count_services(2))) counted += count;
  CHECK(counted == 2);
}

TEST_CASE("a service is removed, and its code is given back by itself", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put_with_code(*store, "1-a", "555", "01");
  in_transaction(*store, [&] {
    CHECK(value_of(store->remove_service("1-a")));
    CHECK_FALSE(value_of(store->remove_service("1-a")));
  });
  CHECK(found_at(*store, "555", "01").empty());
  CHECK_FALSE(take(*store, "key of 555", "01", "1-b"));
  in_transaction(*store, [&] { require_ok(store->free_code("key of 555", "01", "1-a")); });
  CHECK(take(*store, "key of 555", "01", "1-b"));
}

TEST_CASE("a code belongs to one service of its number, until it is given back or its time is over",
          "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  CHECK(take(*store, "n", "01", "1-a"));
  CHECK(take(*store, "n", "01", "1-a"));
  CHECK_FALSE(take(*store, "n", "01", "1-b"));
  CHECK(take(*store, "n", "02", "1-b"));
  CHECK(take(*store, "m", "01", "1-b"));
  // Only its own.
  in_transaction(*store, [&] { require_ok(store->free_code("n", "01", "1-b")); });
  CHECK_FALSE(take(*store, "n", "01", "1-b"));
  in_transaction(*store, [&] { require_ok(store->free_code("n", "01", "1-a")); });
  CHECK(take(*store, "n", "01", "1-b"));
  CHECK(take(*store, "n", "03", "1-a", 0ms));
  CHECK(take(*store, "n", "03", "1-b"));
  CHECK_FALSE(take(*store, "n", "03", "1-a"));
}

TEST_CASE("of two who take a code at once one has it, and both when the first gives up",
          "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto first = engine.open();
  auto second = engine.open();
  bool gives_up = GENERATE(false, true);
  require_ok(first->begin());
  CHECK(value_of(first->take_code("n", "01", "1-a", 1h)));
  auto other = std::async(std::launch::async, [&]() -> Result<bool> {
    if (Result<> begun = second->begin(); !begun) return pass(begun);
    auto taken = second->take_code("n", "01", "1-b", 1h);
    if (!taken) return taken;
    if (Result<> done = second->commit(); !done) return pass(done);
    return taken;
  });
  if (gives_up)
    first->rollback();
  else
    require_ok(first->commit());
  // Whoever came later waited, or found it.
  CHECK(value_of(other.get()) == gives_up);
}

TEST_CASE("who locks a service keeps others from it until the end of the transaction", "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto first = engine.open();
  auto second = engine.open();
  put_with_code(*first, "1-a", "555", "01");
  require_ok(first->begin());
  REQUIRE(value_of(first->lock_service("1-a")));
  auto other = std::async(std::launch::async, [&]() -> Result<bool> {
    if (Result<> begun = second->begin(); !begun) return pass(begun);
    auto locked = second->lock_service("1-a");
    second->rollback();
    if (!locked) return pass(locked);
    return locked->has_value();
  });
  CHECK(value_of(first->remove_service("1-a")));
  require_ok(first->commit());
  // Of two who match one service, one has it.
  CHECK_FALSE(value_of(other.get()));
}

TEST_CASE("what is no text of a store is refused in a service, too", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  const std::string bad("a\0b", 3);
  require_ok(store->begin());
  StateService service = some_service("1-a");
  service.ors_cookie = bad;
  CHECK(store->put_service(service, 1h, 1h).error().code == Errc::invalid);
  CHECK(store->put_service(some_service("1-a", some_access(bad)), 1h, 1h).error().code == Errc::invalid);
  CHECK(store->set_access("1-a", some_access(bad), 1h).error().code == Errc::invalid);
  CHECK(store->take_code("n", bad, "1-a", 1h).error().code == Errc::invalid);
  CHECK(store->services_at("n", "", bad, 1).error().code == Errc::invalid);
  CHECK(store->set_resources("", "g", {"a", bad}).error().code == Errc::invalid);
  CHECK(store->book("", bad, "1-a", 1h).error().code == Errc::invalid);
  CHECK(store->subscriptions_for(bad, "", 1).error().code == Errc::invalid);
  require_ok(store->commit());
  CHECK(value_of(store->services("", 10)).empty());
  CHECK(value_of(store->resources("", 10)).empty());
}

}  // namespace outpost::test::state_services_test
