// What a session has its server keep to.
#include "supervisor/store/postgres/session.h"

#include <chrono>

#include "tests/component/supervisor/store/postgres/postgres_fixture.h"

namespace outpost::test::session_test {

using namespace supervisor;
using namespace std::chrono_literals;

TEST_CASE("a statement that takes too long is ended, and the connection serves on", "[store][postgresql]") {
  EngineUnderTest engine("postgresql");
  auto session = PgSession::open(engine.url() + "&options=-c%20statement_timeout%3D2000", PgOptions{});
  require_ok(session);
  Error late = session->query("SELECT pg_sleep(60)", "sleep", 60s).error();
  says(late, "cannot sleep: canceling statement due to statement timeout");
  CHECK(value_of(session->query("SELECT 7", "count", 5s)).integer(0, 0) == 7);
  // A server that does not answer at all.
  CHECK(session->query("SET statement_timeout = 0", "set", 5s));
  says(session->query("SELECT pg_sleep(60)", "sleep", 100ms).error(), "did not answer in time");
  CHECK_FALSE(session->connected());
}

TEST_CASE("the session is set up for one that must not hang, unless the URL says otherwise", "[store][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  server.database();
  server.sql("ALTER DATABASE " + server.last_database() + " SET synchronous_commit = off");
  auto session = PgSession::open(server.tcp_url(server.last_database(), "", "options=-c%20lock_timeout%3D77"), {});
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

}  // namespace outpost::test::session_test
