// The conformance suite of StateStore: nodes, tokens, and the sweep.
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::state_nodes_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

bool claims(StateStore& store, const StateNode& node, std::chrono::milliseconds stale = 10s,
            NodeClaim claim = NodeClaim::at_start) {
  bool claimed = false;
  in_transaction(store, [&] { claimed = value_of(store.claim_node(node, stale, claim)); });
  return claimed;
}

bool renews(StateStore& store, const StateNode& node) {
  bool renewed = false;
  in_transaction(store, [&] { renewed = value_of(store.renew_node(node)); });
  return renewed;
}

Swept sweep(StateStore& store, SweptMax max = {}) {
  Swept swept;
  in_transaction(store, [&] { swept = value_of(store.sweep(max)); });
  return swept;
}

// Past the engine, whatever lives.
std::int64_t rows_of(StateStore& store, const std::string& id) {
  std::int64_t files = 0;
  require_ok(store.begin());
  require_ok(store.update_area(id, "{}", 60s));
  files = static_cast<std::int64_t>(value_of(store.files(id)).size()) + (value_of(store.area(id)) ? 1 : 0);
  store.rollback();
  return files;
}

std::int64_t rows_in(const StateUnderTest& engine, const std::string& table) {
  const std::string sql = "SELECT count(*) FROM " + table;
  if (!engine.shared()) return std::stoll(test::rows_of(engine.path(), sql).at(0));
  auto session = value_of(PgSession::open(engine.url(), {}));
  return value_of(session.query(sql, "count", 5s)).integer(0, 0);
}

void put_with_files(StateStore& store, const std::string& id, std::chrono::seconds ttl, int files) {
  in_transaction(store, [&] {
    require_ok(store.put_area(some_area(id), ttl));
    for (int i = 0; i < files; ++i) require_ok(store.put_file(some_file(id, std::to_string(i))));
  });
}

}  // namespace

TEST_CASE("a node_id belongs to who has it, until it is given back or was not seen for long", "[mobile][state]") {
  EVERY_STATE(engine);
  auto first = engine.open();
  auto second = engine.open();
  std::int64_t before = value_of(first->now());
  REQUIRE(claims(*first, some_node(1, "host a")));
  auto nodes = value_of(second->nodes());
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].seen_at >= before);
  CHECK(nodes[0].started_at == nodes[0].seen_at);
  StateNode expected = some_node(1, "host a");
  expected.seen_at = expected.started_at = nodes[0].seen_at;
  CHECK(nodes[0] == expected);

  CHECK_FALSE(claims(*second, some_node(1, "host b")));
  CHECK_FALSE(renews(*second, some_node(1, "host b")));
  CHECK(value_of(first->nodes()) == nodes);
  CHECK(claims(*second, some_node(2, "host b")));
  // Its own, after a restart.
  CHECK(claims(*first, some_node(1, "host a")));
  in_transaction(*second, [&] { require_ok(second->release_node(some_node(1, "host b"))); });
  CHECK_FALSE(claims(*second, some_node(1, "host b")));
  in_transaction(*first, [&] { require_ok(first->release_node(some_node(1, "host a"))); });
  CHECK(claims(*second, some_node(1, "host b")));
  CHECK_FALSE(renews(*first, some_node(1, "host a")));
  // Not seen for 0 ms: everybody was.
  CHECK(claims(*first, some_node(1, "host a"), 0ms));
  CHECK_FALSE(renews(*second, some_node(1, "host b")));
  CHECK(value_of(first->nodes()).size() == 2);
}

TEST_CASE("of two lives of one instance the younger has the node_id, and the older finds out", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  StateNode older = some_node(1, "host a", "1");
  StateNode younger = some_node(1, "host a", "2");
  REQUIRE(claims(*store, older));
  REQUIRE(claims(*store, younger));
  CHECK_FALSE(renews(*store, older));
  CHECK_FALSE(claims(*store, older, 10s, NodeClaim::again));
  // Nor does it give back what is not its own.
  in_transaction(*store, [&] { require_ok(store->release_node(older)); });
  CHECK(renews(*store, younger));
  CHECK(value_of(store->nodes())[0].life == "2");
  in_transaction(*store, [&] { require_ok(store->release_node(younger)); });
  CHECK(claims(*store, older, 10s, NodeClaim::again));
}

TEST_CASE("a node says what is new of it", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  REQUIRE(claims(*store, some_node(7, "host a")));
  StateNode before = value_of(store->nodes())[0];
  StateNode after{7, "other", "http://other", "host a", "1", "outpostd 2", "OFFLINE", "{}", 0, 0};
  CHECK(renews(*store, after));
  StateNode found = value_of(store->nodes())[0];
  CHECK(found.seen_at >= before.seen_at);
  after.started_at = before.started_at;
  after.seen_at = found.seen_at;
  CHECK(found == after);
}

TEST_CASE("tokens come back by name, once each", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  Token b{"b", std::string("\0\xff digest", 9), "storage", "node", 17, 0};
  Token a{"a", std::string(32, '\x80'), "", "", 18, 5'000'000'000};
  in_transaction(*store, [&] {
    require_ok(store->insert_token(b));
    require_ok(store->insert_token(a));
  });
  CHECK(value_of(store->tokens()) == std::vector<Token>{a, b});
  require_ok(store->begin());
  Result<> twice = store->insert_token(a);
  if (twice) twice = store->commit();
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == Errc::store);
  store->rollback();
  in_transaction(*store, [&] {
    require_ok(store->remove_token("a"));
    require_ok(store->remove_token("a"));
  });
  CHECK(value_of(engine.open(StateMode::reader)->tokens()) == std::vector<Token>{b});
}

TEST_CASE("what has ended is swept with its files, and nothing else", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put_with_files(*store, "lives", 60s, 2);
  put_with_files(*store, "ended", 0s, 3);
  put_with_files(*store, "bare", 0s, 0);
  CHECK(value_of(store->count_areas(10)) == 1);
  CHECK(rows_of(*store, "ended") == 4);
  CHECK(sweep(*store).areas == 2);
  CHECK(rows_of(*store, "ended") == 0);
  put(*store, "ended");
  CHECK(value_of(store->files("ended")).empty());
  CHECK(rows_of(*store, "lives") == 3);
  auto writes = store->writes();
  CHECK(sweep(*store).areas == 0);
  if (!engine.shared()) CHECK(store->writes() == writes);
}

TEST_CASE("a sweep goes no further than its limit", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  constexpr SweptMax kTwo{2, 2};
  for (int i = 0; i < 5; ++i) put(*store, fmt::format("{}", i), 0s);
  for (int i = 0; i < 2; ++i) {
    Swept swept = sweep(*store, kTwo);
    CHECK(swept.areas == 2);
    CHECK(swept.more);
  }
  Swept last = sweep(*store, kTwo);
  CHECK(last.areas == 1);
  CHECK_FALSE(last.more);
  // One with many files goes in pieces.
  put_with_files(*store, "many", 0s, 5);
  Swept piece = sweep(*store, kTwo);
  CHECK(piece.areas == 0);
  CHECK(piece.files == 2);
  CHECK(piece.more);
  CHECK(rows_of(*store, "many") == 4);
  CHECK(sweep(*store, kTwo).more);
  last = sweep(*store, kTwo);
  CHECK(last.areas == 1);
  CHECK(last.files == 1);
  CHECK_FALSE(last.more);
  CHECK(rows_of(*store, "many") == 0);
  for (int i = 0; i < 4; ++i) put(*store, fmt::format("{}", i));
  CHECK(value_of(store->count_areas(3)) == 3);
  CHECK(value_of(store->count_areas(10)) == 4);
}

TEST_CASE("several areas with many files are swept to the end, and bare ones behind them", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  for (int i = 0; i < 3; ++i) put_with_files(*store, fmt::format("full {}", i), 0s, 20);
  for (int i = 0; i < 3; ++i) put(*store, fmt::format("bare {}", i), 0s);
  Swept all;
  for (Swept one{.more = true}; one.more;) {
    one = sweep(*store, {2, 7});
    CHECK(one.files <= 7);
    all.areas += one.areas;
    all.files += one.files;
  }
  CHECK(all.areas == 6);
  CHECK(all.files == 60);
}

TEST_CASE("services, codes and subscriptions that have ended are swept, and those that live are not",
          "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  auto put_each = [&](const std::string& id, std::chrono::seconds ttl) {
    in_transaction(*store, [&] {
      require_ok(store->put_service(some_service(id, some_access("555", id)), ttl, ttl));
      CHECK(value_of(store->take_code("key of 555", id, id, ttl)));
      require_ok(store->put_subscription(some_subscription(id, "*"), ttl));
    });
  };
  auto rows = [&] {
    std::vector<std::int64_t> counts;
    for (auto table : {"mobile_services", "mobile_codes", "mobile_subscriptions"}) {
      counts.push_back(rows_in(engine, table));
    }
    return counts;
  };
  put_each("lives", 60s);
  for (int i = 0; i < 5; ++i) put_each(fmt::format("{}", i), 0s);
  CHECK(rows() == std::vector<std::int64_t>{6, 6, 6});
  SweptMax two;
  two.rows = 2;
  Swept first = sweep(*store, two);
  CHECK(first.services == 2);
  CHECK(first.more);
  CHECK(rows() == std::vector<std::int64_t>{4, 4, 4});
  CHECK(sweep(*store, two).more);
  Swept last = sweep(*store, two);
  CHECK(last.services == 1);
  CHECK_FALSE(last.more);
  CHECK(rows() == std::vector<std::int64_t>{1, 1, 1});
  CHECK(value_of(store->service("lives")));
  CHECK(ids_of(value_of(store->services_at("key of 555", "lives", "", 1))) == std::vector<std::string>{"lives"});
}

TEST_CASE("a sweep leaves a service whose id is being given again, and does not wait for it",
          "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto store = engine.open();
  auto other = engine.open();
  for (auto id : {"1-a", "1-b"}) REQUIRE(put_service(*store, some_service(id), 0s));
  require_ok(other->begin());
  REQUIRE(value_of(other->put_service(some_service("1-a"), 60s, 0s)));
  CHECK(sweep(*store).services == 1);
  require_ok(other->commit());
  CHECK(sweep(*store).services == 0);
  CHECK(value_of(store->service("1-a")));
}

TEST_CASE("large files are swept in pieces that take little time", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  StateFile file = some_file("large", "");
  file.bytes.resize(4 * 1024 * 1024);
  // What does not compress is what the store has to remove.
  for (std::uint32_t x = 1; char& byte : file.bytes) byte = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (int i = 0; i < 20; ++i) {
    in_transaction(*store, [&] {
      file.key = std::to_string(i);
      if (i == 0) require_ok(store->put_area(some_area("large"), 0s));
      require_ok(store->put_file(file));
    });
  }
  Swept first = sweep(*store);
  CHECK(first.files == SweptMax().files);
  CHECK(first.areas == 0);
  CHECK(first.more);
  Swept second = sweep(*store);
  CHECK(second.files == 20 - first.files);
  CHECK(second.areas == 1);
  CHECK_FALSE(second.more);
}

TEST_CASE("a sweep leaves what somebody gives a new life, and does not wait for it", "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto store = engine.open();
  auto other = engine.open();
  put_with_files(*store, "a", 0s, 1);
  put_with_files(*store, "b", 0s, 1);
  require_ok(other->begin());
  require_ok(other->put_area(some_area("a"), 60s));
  require_ok(other->put_file(some_file("a", "new")));
  CHECK(value_of(other->area("a")));  // it is in the database, not yet committed
  CHECK(sweep(*store).areas == 1);
  require_ok(other->commit());
  CHECK(sweep(*store).areas == 0);
  CHECK(keys_of(value_of(store->files("a"))) == std::vector<std::string>{"new"});
}

}  // namespace outpost::test::state_nodes_test
