// What the PostgreSQL engine promises beyond the conformance suite: of servers that die or are frozen, and of locks.
#include "supervisor/store/postgres/record_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <random>
#include <set>
#include <thread>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/store/postgres/postgres_fixture.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::postgres_record_store_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// --- Servers that die ------------------------------------------------------------------------------------------------

TEST_CASE("while the database is away a call fails soon, and works again when it is back", "[store][postgresql]") {
  PostgresServer server;
  std::string url = server.database();
  auto store = open(url);
  auto reader = open(url, OpenMode::reader);
  auto leases = open_lease_store(url, 2s);
  REQUIRE(leases);
  take_lease(*store, url);
  require_ok(insert(*store, 1));
  server.ask("kill9 primary");
  for (int i = 0; i < 3; ++i) {
    Error away = store->begin().error();
    CHECK(away.code == Errc::store);
    says(away, "cannot connect to the database");
    CHECK(reader->record(kList, 1).error().code == Errc::store);
    CHECK((*leases)->look().error().code == Errc::store);
  }
  server.ask("start primary");
  // There is a pause between two attempts, of a second at most.
  auto deadline = Clock::now() + 60s;
  while (!store->begin() && Clock::now() < deadline) std::this_thread::yield();
  require_ok(store->insert_record(some_record(2)));
  require_ok(store->commit());
  while (!reader->record(kList, 2) && Clock::now() < deadline) std::this_thread::yield();
  CHECK(value_of(reader->record(kList, 2)));
  while (!(*leases)->look() && Clock::now() < deadline) std::this_thread::yield();
  CHECK((*leases)->look());
}

TEST_CASE("a restart of the server between two transactions costs nothing", "[store][postgresql]") {
  PostgresServer server;
  std::string url = server.database();
  auto store = open(url);
  auto reader = open(url, OpenMode::reader);
  take_lease(*store, url);
  require_ok(insert(*store, 1));
  server.ask(GENERATE("stop primary", "kill9 primary"));
  server.ask("start primary");
  require_ok(insert(*store, 2));
  CHECK(ids_of(all_records(*reader, kList)) == Ids{1, 2});
}

TEST_CASE("nothing acknowledged is lost when the server is killed in the midst of commits", "[store][postgresql]") {
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  PostgresServer server;
  std::string url = server.database();
  auto store = open(url);
  take_lease(*store, url);
  std::set<std::int64_t> acknowledged;
  std::set<std::int64_t> refused;
  std::atomic<std::int64_t> commits = 0;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t id = 1; !stop; ++id) {
      Result<> done = insert(*store, id);
      if (done) acknowledged.insert(id);
      if (!done && done.error().code == Errc::store) refused.insert(id);
      if (done) ++commits;
    }
  });
  for (int round = 0; round < 5; ++round) {
    auto till = commits + 1 + static_cast<std::int64_t>(random() % 50);
    while (commits < till) std::this_thread::yield();
    server.ask("kill9 primary");
    server.ask("start primary");
  }
  stop = true;
  writer.join();
  auto rows = stored(url);
  std::set<std::int64_t> found(rows.begin(), rows.end());
  CHECK(std::ranges::includes(found, acknowledged));
  Ids wrongly_refused;
  std::ranges::set_intersection(found, refused, std::back_inserter(wrongly_refused));
  CHECK(wrongly_refused.empty());
  std::int64_t counted = 0;
  for (const Statistic& row : value_of(open(url, OpenMode::reader)->statistics())) {
    if (row.kind == StatisticKind::status) counted += row.records;
  }
  CHECK(counted == static_cast<std::int64_t>(found.size()));
}

// --- Locks and limits ------------------------------------------------------------------------------------------------

TEST_CASE("a frozen writer loses its lock on the lease within about a second", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto frozen = engine.writer("frozen");
  require_ok(frozen->begin());
  require_ok(frozen->insert_record(some_record(1)));
  CHECK(value_of(frozen->record(kList, 1)));
  REQUIRE(value_of(take(engine.url(), "other", 9s)));
  CHECK(frozen->commit().error().code == Errc::store);
  frozen->rollback();
  CHECK(frozen->begin().error().code == Errc::fenced);
  CHECK(stored(engine.url()).empty());
}

TEST_CASE("a lock that others keep is waited for, and not for ever", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto store = engine.writer();
  auto options = PgOptions{};
  auto other = PgSession::open(engine.url() + "&options=-c%20idle_in_transaction_session_timeout%3D0", options);
  require_ok(other);
  require_ok(other->execute("BEGIN; LOCK TABLE records", "lock", 5s));
  Result<> done = insert(*store, 1);
  CHECK(done.error().code == Errc::store);
  says(done.error(), "another session keeps what it needs locked");
  require_ok(other->execute("SELECT * FROM lease FOR UPDATE", "lock", 5s));
  Error kept = take(engine.url(), "other", 3s).error();
  CHECK(kept.code == Errc::store);
  require_ok(other->execute("COMMIT", "unlock", 5s));
  require_ok(insert(*store, 1));
}

TEST_CASE("a transaction that another got in the way of says so", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto store = open(engine.url() + "&options=-c%20default_transaction_isolation%3Dserializable");
  take_lease(*store, engine.url());
  auto leases = open_lease_store(engine.url(), 5s);
  require_ok(store->begin());
  require_ok((*leases)->want(store->info().epoch, "other"));
  static_cast<void>(store->insert_record(some_record(1)));
  CHECK(store->commit().error().code == Errc::conflict);
  store->rollback();
  require_ok(insert(*store, 1));
}

}  // namespace outpost::test::postgres_record_store_test
