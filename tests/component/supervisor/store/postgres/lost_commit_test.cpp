// Commits whose answer was lost, or came before it was true.
#include "supervisor/store/postgres/lost_commit.h"

#include <chrono>
#include <future>
#include <thread>

#include "supervisor/store/postgres/statements.h"
#include "supervisor/store/sql/statements.h"
#include "tests/component/supervisor/store/postgres/postgres_fixture.h"
#include "tests/support/tcp_relay.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::lost_commit_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

// The name of the prepared COMMIT as it is on the wire.
const std::string kCommit = std::string(1, '\0') + fmt::format("s{}", static_cast<int>(Sql::commit)) + '\0';

// A store behind a relay, which holds the lease.
struct Relayed {
  PostgresServer& server = PostgresServer::shared();
  std::string url = server.database();
  TcpRelay relay{server.port()};
  std::unique_ptr<RecordStore> store =
      open(server.tcp_url(server.last_database(), relay.place(), "sslmode=disable&gssencmode=disable"));

  Relayed() { take_lease(*store, url); }
};

}  // namespace

TEST_CASE("a commit that was cut off before the server had it was not applied", "[store][postgresql]") {
  Relayed at;
  auto cut = GENERATE(TcpRelay::Cut::before, TcpRelay::Cut::half);
  require_ok(insert(*at.store, 1));
  at.relay.cut(cut, kCommit);
  Result<> done = insert(*at.store, 2);
  REQUIRE(at.relay.was_cut());
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::store);
  CHECK(stored(at.url) == Ids{1});
  require_ok(insert(*at.store, 2));
  CHECK(stored(at.url) == Ids{1, 2});
}

// Its statements may be in a server that stands still, or in front of it, while another session looks for what they
// did.
TEST_CASE("a transaction that comes after it was looked for is refused", "[store][postgresql]") {
  Relayed at;
  auto session = value_of(PgSession::open(at.url, {}));
  auto lease = [&](std::string_view column) {
    return value_of(session.query(fmt::format("SELECT {} FROM lease", column), "look", 5s));
  };
  require_ok(insert(*at.store, 1));
  const std::int64_t lost = lease("batch").integer(0, 0) + 1;
  at.relay.cut(TcpRelay::Cut::before, kCommit);
  REQUIRE_FALSE(insert(*at.store, 2));

  const std::string proof = pg_statements()[place_of(PgSql::prove)].sql;
  const std::string instance(lease("instance").text(0, 0));
  PgParams late(lost, lease("epoch").integer(0, 0), std::string_view(instance));
  Result<PgRows> proved = session.query(proof, "prove", 5s, late);
  REQUIRE_FALSE(proved);
  CHECK(proved.error().code == Errc::fenced);
  require_ok(insert(*at.store, 2));
  require_ok(insert(*at.store, 3));
  CHECK(stored(at.url) == Ids{1, 2, 3});
}

TEST_CASE("a commit whose answer was cut off was applied", "[store][postgresql]") {
  Relayed at;
  require_ok(insert(*at.store, 1));
  at.relay.cut(TcpRelay::Cut::after, kCommit);
  require_ok(insert(*at.store, 2));
  REQUIRE(at.relay.was_cut());
  CHECK(stored(at.url) == Ids{1, 2});
  CHECK(value_of(at.store->statistics()).front().records == 2);
  require_ok(insert(*at.store, 3));
}

TEST_CASE("a commit that nobody answers for too long is looked up over another connection", "[store][postgresql]") {
  Relayed at;
  at.relay.cut(TcpRelay::Cut::silence, kCommit);
  require_ok(insert(*at.store, 1));
  REQUIRE(at.relay.was_cut());
  CHECK(stored(at.url) == Ids{1});
}

TEST_CASE("a commit whose traces others have overwritten is unknown", "[store][postgresql]") {
  Relayed at;
  require_ok(insert(*at.store, 1));
  at.relay.refuse(true);
  at.relay.cut(GENERATE(TcpRelay::Cut::before, TcpRelay::Cut::after), kCommit);
  auto done = std::async(std::launch::async, [&] { return insert(*at.store, 2); });
  auto other = open(at.url);
  while (!at.relay.was_cut()) std::this_thread::yield();
  take_lease(*other, at.url, "other");
  require_ok(insert(*other, 3));
  at.relay.refuse(false);
  Result<> outcome = done.get();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == Errc::io);
  CHECK(at.store->begin().error().code == Errc::fenced);
}

TEST_CASE("a commit is decided also after another took the lease and wrote nothing", "[store][postgresql]") {
  Relayed at;
  auto cut = GENERATE(TcpRelay::Cut::before, TcpRelay::Cut::after);
  at.relay.refuse(true);
  at.relay.cut(cut, kCommit);
  auto done = std::async(std::launch::async, [&] { return insert(*at.store, 2); });
  while (!at.relay.was_cut()) std::this_thread::yield();
  REQUIRE(value_of(take(at.url, "other")));
  at.relay.refuse(false);
  Result<> outcome = done.get();
  CHECK(outcome.has_value() == (cut == TcpRelay::Cut::after));
  if (!outcome) CHECK(outcome.error().code == Errc::store);
}

TEST_CASE("a commit is unknown when its database does not come back", "[store][postgresql]") {
  Relayed at;
  at.relay.refuse(true);
  at.relay.cut(TcpRelay::Cut::after, kCommit);
  Result<> done = insert(*at.store, 1);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::io);
  at.relay.refuse(false);
  CHECK(stored(at.url) == Ids{1});
}

TEST_CASE("a transaction that breaks before its commit is not applied", "[store][postgresql]") {
  Relayed at;
  const std::string insert_statement =
      std::string(1, '\0') + fmt::format("s{}", static_cast<int>(Sql::insert_record)) + '\0';
  at.relay.cut(TcpRelay::Cut::before, insert_statement);
  CHECK(insert(*at.store, 1).error().code == Errc::store);
  REQUIRE(at.relay.was_cut());
  require_ok(insert(*at.store, 1));
}

TEST_CASE("a commit is acknowledged when the synchronous standby has it, whatever hurries", "[store][postgresql]") {
  PostgresServer server;
  std::string url = server.database();
  server.ask("standby standby");
  auto store = open(url + "&options=-c%20statement_timeout%3D200%20-c%20synchronous_commit%3Dremote_apply");
  take_lease(*store, url);
  require_ok(insert(*store, 1));
  server.ask("freeze standby");
  auto done = std::async(std::launch::async, [&] { return insert(*store, 2); });
  SECTION("a statement_timeout") { CHECK(done.wait_for(600ms) == std::future_status::timeout); }
  SECTION("somebody who cancels the wait") {
    while (server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "0")
      std::this_thread::yield();
    server.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    CHECK(done.wait_for(300ms) == std::future_status::timeout);
  }
  server.ask("thaw standby");
  require_ok(done.get());
  CHECK(server.ask("sql standby " + server.last_database() + " SELECT count(*) FROM records") == "2");
}

}  // namespace outpost::test::lost_commit_test
