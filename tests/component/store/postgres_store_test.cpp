// What the PostgreSQL engine promises beyond the conformance suite: lost answers, servers that die, are cut off, are
// frozen or were replaced, and databases that are not ours.
#include "supervisor/store/postgres_store.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/postgres.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/statements.h"
#include "tests/component/store/engines.h"
#include "tests/support/tcp_relay.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test {

using namespace supervisor;
using namespace std::chrono_literals;
using Ids = std::vector<std::int64_t>;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kList = 1;

// The name of the prepared COMMIT as it is on the wire.
const std::string kCommit = std::string(1, '\0') + fmt::format("s{}", static_cast<int>(Sql::commit)) + '\0';

std::unique_ptr<RecordStore> open(const std::string& url, OpenMode mode = OpenMode::writer) {
  auto store = open_store(url, mode);
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

Error error_of_opening(const std::string& url, OpenMode mode = OpenMode::writer) {
  auto store = open_store(url, mode);
  REQUIRE_FALSE(store);
  INFO(store.error().text);
  CHECK(store.error().text.find("secret") == std::string::npos);
  return store.error();
}

Result<> insert(RecordStore& store, std::int64_t id) {
  Result<> done = store.begin();
  if (!done) return done;
  done = store.insert_record(some_record(id));
  if (done) done = store.commit();
  if (!done) store.rollback();
  return done;
}

Ids stored(const std::string& url) { return ids_of(all_records(*open(url, OpenMode::reader), kList)); }

Result<std::optional<std::int64_t>> take(const std::string& url, const std::string& name,
                                         std::chrono::milliseconds limit = 5s) {
  auto leases = open_lease_store(url, limit);
  if (!leases) return fail(std::move(leases.error()));
  auto seen = (*leases)->look();
  if (!seen) return fail(std::move(seen.error()));
  Member self;
  self.name = self.instance = name;
  return (*leases)->take(seen->lease, self, 3s);
}

bool says(const Error& error, const std::string& words) {
  INFO(error.text);
  bool found = error.text.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

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

// --- Lost answers ----------------------------------------------------------------------------------------------------

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

TEST_CASE("the hosts of a URL are all asked, and the one that takes writes is used", "[store][postgresql]") {
  PostgresServer server;
  std::string url = server.database();
  std::string standby = server.ask("standby standby");
  std::string standby_place = "127.0.0.1:" + standby.substr(standby.find(' ') + 1);
  std::string both = server.tcp_url(server.last_database(), standby_place + ",127.0.0.1:" + server.port());
  auto store = open(both);
  take_lease(*store, both);
  require_ok(insert(*store, 1));

  // The standby has all that was acknowledged, and takes over.
  server.ask("kill9 primary");
  CHECK(store->begin().error().code == Errc::store);
  server.ask("promote standby");
  auto deadline = Clock::now() + 60s;
  while (!store->begin() && Clock::now() < deadline) std::this_thread::yield();
  require_ok(store->insert_record(some_record(2)));
  require_ok(store->commit());
  CHECK(ids_of(all_records(*store, kList)) == Ids{1, 2});
}

TEST_CASE("a silent host keeps nobody from the others", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  server.database();
  // Accepts in its queue and never says a word.
  int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(silent, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(silent, 8) == 0);
  REQUIRE(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  std::string place = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  open(server.tcp_url(server.last_database(), place + ",127.0.0.1:" + server.port()));
  Error alone = error_of_opening(server.tcp_url(server.last_database(), place));
  CHECK(alone.code == Errc::store);
  says(alone, "did not answer within");
  ::close(silent);
}

// --- Synchronous standbys --------------------------------------------------------------------------------------------

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
  auto leases = open_lease_store(engine.url(), 300ms);
  require_ok(leases);
  require_ok(other->execute("SELECT * FROM lease FOR UPDATE", "lock", 5s));
  Error kept = take(engine.url(), "other", 300ms).error();
  CHECK(kept.code == Errc::store);
  require_ok(other->execute("COMMIT", "unlock", 5s));
  require_ok(insert(*store, 1));
}

TEST_CASE("a statement that takes too long is ended, and the connection serves on", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto session = PgSession::open(engine.url() + "&options=-c%20statement_timeout%3D100", PgOptions{});
  require_ok(session);
  Error late = session->query("SELECT pg_sleep(60)", "sleep", 60s).error();
  says(late, "cannot sleep: canceling statement due to statement timeout");
  CHECK(value_of(session->query("SELECT 7", "count", 5s)).integer(0, 0) == 7);
  // A server that does not answer at all.
  CHECK(session->query("SET statement_timeout = 0", "set", 5s));
  says(session->query("SELECT pg_sleep(60)", "sleep", 100ms).error(), "did not answer in time");
  CHECK_FALSE(session->connected());
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

// --- What the server is told and shown -------------------------------------------------------------------------------

TEST_CASE("the session is set up for one that must not hang, unless the URL says otherwise", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  server.database();
  server.sql("ALTER ROLE outpost SET synchronous_commit = off");
  auto session = PgSession::open(server.tcp_url(server.last_database(), "", "options=-c%20lock_timeout%3D77"), {});
  server.sql("ALTER ROLE outpost RESET synchronous_commit");
  require_ok(session);
  auto shown = [&](const std::string& name) {
    return std::string(value_of(session->query("SHOW " + name, "show", 5s)).text(0, 0));
  };
  CHECK(shown("lock_timeout") == "77ms");
  CHECK(shown("idle_in_transaction_session_timeout") == "1s");
  CHECK(shown("statement_timeout") == "5s");
  CHECK(shown("synchronous_commit") == "on");
  CHECK(shown("client_encoding") == "UTF8");
  CHECK(shown("application_name") == "outpost");
  CHECK(shown("transaction_isolation") == "read committed");
}

TEST_CASE("TLS is as strict as the URL asks", "[store][postgresql]") {
  PostgresServer server;
  server.database();
  std::string ca = server.ask("tls primary");
  std::string verified = "sslmode=verify-full&sslrootcert=" + ca;
  auto store = open(server.tcp_url(server.last_database(), "localhost:" + server.port(), verified));
  CHECK(server.sql("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                   " WHERE usename = 'outpost'") == "t");
  // The certificate names another host.
  Error wrong = error_of_opening(server.tcp_url(server.last_database(), "127.0.0.1:" + server.port(), verified));
  says(wrong, "does not match host name");
}

TEST_CASE("no password is shown", "[store][postgresql]") {
  for (auto [url, shown] : std::map<std::string, std::string>{
           {"postgresql://u:p@h/db", "postgresql://u:***@h/db"},
           {"postgresql://u:p@h1:1,h2:2/db?sslmode=require", "postgresql://u:***@h1:1,h2:2/db?sslmode=require"},
           {"postgresql://u@h:5432/db", "postgresql://u@h:5432/db"},
           {"postgresql://h:5432/db", "postgresql://h:5432/db"},
           {"postgresql://u:p@ss/w?rd@h/db", "postgresql://u:***@h/db"},
           {"postgresql:///db?host=/run&password=p&user=u", "postgresql:///db?host=/run&password=***&user=u"},
           {"postgresql:///db?sslpassword=p", "postgresql:///db?sslpassword=***"},
           {"postgresql:///db?pass%77ord=p", "postgresql:///db?pass%77ord=***"},
           {"postgres://u:p@/db", "postgres://u:***@/db"},
           {"postgre://u:p@h/db", "postgre://u:***@h/db"},
           {"u:p@h/db", "u:***@h/db"},
           {"sqlite:///a:b@c", "sqlite:///a:b@c"},
       }) {
    CHECK(shown_url(url) == shown);
  }
  PostgresServer& server = PostgresServer::shared();
  server.database();
  std::string place = "127.0.0.1:" + server.port();
  CHECK(error_of_opening("postgresql://outpost:secret2@" + place + "/nothing").code == Errc::store);
  CHECK(error_of_opening("postgresql://outpost:secret@@" + place + "/x").code == Errc::invalid);
  CHECK(error_of_opening("postgresql://outpost:ok@h:secret@" + place + "/x").code == Errc::invalid);
  CHECK(error_of_opening("postgresql://outpost@" + place + "/x?password=secret&nonsense=1").code == Errc::invalid);
  auto store = open(server.tcp_url(server.last_database()));
  CHECK(store->info().url == server.tcp_url(server.last_database()).replace(21, 6, "***"));
  CHECK(store->info().engine.starts_with("PostgreSQL 1"));
}

// --- Schema ----------------------------------------------------------------------------------------------------------

TEST_CASE("supervisors that start at once on an empty database all come up", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  for (int round = 0; round < 3; ++round) {
    std::string url = server.database();
    std::vector<std::future<Result<>>> starts;
    for (int i = 0; i < 4; ++i) {
      starts.push_back(std::async(std::launch::async, [&, i]() -> Result<> {
        if (i % 2 == 0) {
          auto leases = open_lease_store(url, 20s);
          return leases ? Result<>() : fail(std::move(leases.error()));
        }
        auto store = open_store(url, OpenMode::writer);
        return store ? Result<>() : fail(std::move(store.error()));
      }));
    }
    for (auto& start : starts) require_ok(start.get());
    auto store = open(url);
    take_lease(*store, url);
    require_ok(insert(*store, 1));
  }
}

TEST_CASE("a store of the first version is brought up to date with its records", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  std::string url = server.database();
  auto session = PgSession::open(url, {});
  require_ok(session);
  std::string first = schema_in(Dialect::postgresql, std::string(migrations()[0].sql));
  require_ok(session->execute(first + "UPDATE schema_version SET version = 1;", "set up", 30s));
  CHECK(error_of_opening(url, OpenMode::reader).code == Errc::unsupported);
  {
    auto leases = open_lease_store(url, 5s);
    require_ok(leases);
  }
  auto store = open(url);
  CHECK(store->info().schema_version == schema_version());
  take_lease(*store, url);
  require_ok(insert(*store, 1));
}

TEST_CASE("a database that is not ours is left as it is", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  std::string url = server.database();
  auto session = PgSession::open(url, {});
  require_ok(session);
  require_ok(session->execute(GENERATE("CREATE TABLE schema_version (version text)", "CREATE TABLE tokens (id text)"),
                              "set up", 5s));
  Error foreign = error_of_opening(url);
  CHECK(foreign.code == Errc::invalid);
  says(foreign, "of another program");
  CHECK(value_of(
            session->query("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'", "count", 5s))
            .integer(0, 0) == 1);
  // Another schema of the same database is ours to use.
  require_ok(session->execute("CREATE SCHEMA ours AUTHORIZATION outpost", "set up", 5s));
  open(url + "&options=-c%20search_path%3Dours");
}

TEST_CASE("a database of a newer program is refused with both versions", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  engine.writer();
  auto session = PgSession::open(engine.url(), {});
  require_ok(session);
  require_ok(session->execute("UPDATE schema_version SET version = 4711", "set up", 5s));
  for (OpenMode mode : {OpenMode::writer, OpenMode::reader}) {
    Error newer = error_of_opening(engine.url(), mode);
    CHECK(newer.code == Errc::unsupported);
    says(newer, "4711");
    says(newer, std::to_string(schema_version()));
  }
}

// --- Plans -----------------------------------------------------------------------------------------------------------

namespace {

// The word behind `what`; empty when it is not there.
std::string word_behind(const std::string& text, std::string_view what) {
  std::size_t at = text.find(what);
  if (at == std::string::npos) return "";
  at += what.size();
  return text.substr(at, text.find_first_of(" )", at) - at);
}

// The indexes that a plan uses, in alphabetical order.
std::set<std::string> indexes_of(PgSession& session, const SqlText& text) {
  std::string sql = text.sql;
  int parameters = 0;
  while (sql.find(fmt::format("${}", parameters + 1)) != std::string::npos) ++parameters;
  std::string nulls;
  for (int i = 0; i < parameters; ++i) nulls += i ? ", NULL" : "NULL";
  require_ok(session.execute(fmt::format("PREPARE asked AS {}", sql), "prepare", 5s));
  std::string explain = "EXPLAIN EXECUTE asked" + (parameters ? "(" + nulls + ")" : "");
  PgRows plan = value_of(session.query(explain, "explain", 5s));
  require_ok(session.execute("DEALLOCATE asked", "forget", 5s));
  std::set<std::string> found;
  std::string all;
  for (int i = 0; i < plan.count(); ++i) {
    std::string line(plan.text(i, 0));
    all += line + "\n";
    if (std::string index = word_behind(line, " using "); !index.empty()) found.insert(index);
    if (line.find("Seq Scan") != std::string::npos) found.insert("(all)");
  }
  UNSCOPED_INFO(all);
  return found;
}

}  // namespace

TEST_CASE("every statement is planned by the index it is written for", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto store = engine.writer();
  auto session = PgSession::open(engine.url(), {});
  require_ok(session);
  bool filled = GENERATE(false, true);
  if (filled) {
    in_transaction(*store, [&] {
      for (std::int64_t id = 1; id <= 20'000; ++id) {
        Record record = some_record(id, 1 + id % 3);
        record.record_type = 2 + static_cast<std::int32_t>(id % 5);
        record.record_status = id % 10 == 0 ? 1 : 3;
        record.customer_id = id % 2 ? "" : fmt::format("C{}", id % 500);
        record.handle = id % 100 == 0 ? id : 0;
        require_ok(store->insert_record(record));
      }
      for (std::int64_t id = 1; id <= 2'000; ++id) {
        Handle handle;
        handle.handle = id, handle.record_id = id, handle.list_dbid = 1, handle.touched_at = id / 2;
        handle.agent_id = fmt::format("agent{}", id % 100), handle.closed_by = id % 2 ? "RecordProcessed" : "";
        require_ok(store->insert_handle(handle));
        require_ok(store->add_do_not_call({1, ContactKind::phone, fmt::format("+1-555-{}", id), 1}));
      }
      CallingList list;
      list.tenant_dbid = 1;
      for (list.dbid = 1; list.dbid <= 3; ++list.dbid) require_ok(store->put(list));
    });
    require_ok(session->execute("ANALYZE", "analyze", 30s));
  }
  // SQLite is told the index; what it is told is what PostgreSQL has to find.
  auto hinted = record_statements(Dialect::sqlite);
  auto texts = record_statements(Dialect::postgresql);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string hint = word_behind(hinted[i].sql, "INDEXED BY ");
    if (hint.empty()) continue;
    INFO(texts[i].sql);
    auto used = indexes_of(*session, texts[i]);
    // What is counted for a tenant looks up the tenant of each list besides.
    used.erase("calling_lists_pkey");
    // Without rows one index is as good as another.
    CHECK(!used.contains("(all)"));
    if (filled) CHECK(used == std::set<std::string>{hint});
  }
}

}  // namespace outpost::test
