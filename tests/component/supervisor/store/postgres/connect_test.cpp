// Which server is connected to, how, and what is said when none is.
#include "supervisor/store/postgres/connect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/component/supervisor/store/postgres/postgres_fixture.h"

namespace outpost::test::connect_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

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

}  // namespace outpost::test::connect_test
