// Databases that are new, old, newer than this program, or not ours.
#include "supervisor/store/postgres/schema.h"

#include <chrono>
#include <future>

#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/dialect.h"
#include "supervisor/store/sql/schema.h"
#include "tests/component/supervisor/store/postgres/postgres_fixture.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::schema_test {

using namespace supervisor;
using namespace std::chrono_literals;

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

}  // namespace outpost::test::schema_test
