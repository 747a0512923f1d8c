// Connections of the state's store that break, and how often it asks.
#include "supervisor/mobile/state/state_store.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "supervisor/mobile/state/statements.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/support/tcp_relay.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::postgres_state_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

// The name of a prepared statement as it is on the wire.
std::string on_wire(StateSql id) { return std::string(1, '\0') + fmt::format("s{}", static_cast<int>(id)) + '\0'; }

// A store behind a relay, and one that is not.
struct Relayed {
  PostgresServer& server = PostgresServer::shared();
  std::string url = server.database();
  TcpRelay relay{server.port()};
  std::unique_ptr<StateStore> store =
      opened(server.tcp_url(server.last_database(), relay.place(), "sslmode=disable&gssencmode=disable"));
  std::unique_ptr<StateStore> other = opened(url);

  static std::unique_ptr<StateStore> opened(const std::string& url) {
    return value_of(open_state_store(url, StateMode::writer, StateDurability::process));
  }
};

Result<> create(StateStore& store, const std::string& id) {
  Result<> done = store.begin();
  if (!done) return done;
  done = store.put_area(some_area(id), 60s);
  if (done) done = store.put_file(some_file(id, "photo"));
  if (done) done = store.commit();
  if (!done) store.rollback();
  return done;
}

}  // namespace

TEST_CASE("an area is created in one round trip", "[mobile][state][postgresql]") {
  Relayed at;
  require_ok(create(*at.store, "a"));
  // What begins the transaction goes through, and then nothing any more: the rest was with it.
  at.relay.cut(TcpRelay::Cut::after, on_wire(StateSql::begin));
  Result<> done = create(*at.store, "b");
  REQUIRE(at.relay.was_cut());
  CHECK(texts_of(*at.other, "b") == some_area("b").texts);
  CHECK(value_of(at.other->file("b", "photo")) == some_file("b", "photo"));
  // Nobody can know that here.
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::io);
  require_ok(create(*at.store, "b"));
}

TEST_CASE("a commit that the server did not get is not known either", "[mobile][state][postgresql]") {
  Relayed at;
  at.relay.cut(TcpRelay::Cut::before, on_wire(StateSql::commit));
  Result<> done = create(*at.store, "a");
  REQUIRE(at.relay.was_cut());
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Errc::io);
  CHECK(texts_of(*at.other, "a") == "none");
  require_ok(create(*at.store, "a"));
  CHECK(texts_of(*at.other, "a") == some_area("a").texts);
}

TEST_CASE("a transaction that breaks before its commit did not happen, and says so", "[mobile][state][postgresql]") {
  Relayed at;
  require_ok(create(*at.store, "a"));
  require_ok(at.store->begin());
  at.relay.cut(TcpRelay::Cut::before, on_wire(StateSql::lock_area));
  auto locked = at.store->lock_area("a");
  REQUIRE_FALSE(locked);
  CHECK(locked.error().code == Errc::store);
  CHECK_FALSE(at.store->connected());
  CHECK(at.store->set_texts("a", "{}").error().code == Errc::store);
  CHECK(at.store->commit().error().code == Errc::store);
  at.store->rollback();
  in_transaction(*at.store, [&] { CHECK(value_of(at.store->lock_area("a"))); });
  CHECK(texts_of(*at.other, "a") == some_area("a").texts);
}

TEST_CASE("a connection that ended between two calls is replaced unseen", "[mobile][state][postgresql]") {
  constexpr int kTriesMax = 20;
  Relayed at;
  // A busy machine may take longer for a new connection than a call waits for it.
  auto is_unseen = [&](const auto& call) {
    for (int i = 0; i < kTriesMax; ++i) {
      at.server.sql(
          "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname ="
          " current_database() AND pid <> pg_backend_pid()");
      auto done = call();
      if (done) return true;
      CHECK_THAT(done.error().text, ContainsSubstring("did not answer within"));
      while (!at.store->begin()) std::this_thread::yield();
      at.store->rollback();
    }
    return false;
  };
  require_ok(create(*at.store, "a"));
  CHECK(is_unseen([&] { return create(*at.store, "b"); }));
  CHECK(is_unseen([&] { return at.store->area("b"); }));
  CHECK(texts_of(*at.store, "b") == some_area("b").texts);
}

TEST_CASE("a database that is away fails calls at once, and serves again when it is back",
          "[mobile][state][postgresql]") {
  Relayed at;
  require_ok(create(*at.store, "a"));
  at.relay.refuse(true);
  at.relay.cut(TcpRelay::Cut::before, on_wire(StateSql::area));
  CHECK(at.store->area("a").error().code == Errc::store);
  CHECK(at.store->begin().error().code == Errc::store);
  at.relay.refuse(false);
  // Between two attempts to connect there is a pause.
  while (!at.store->begin()) std::this_thread::yield();
  at.store->rollback();
  CHECK(texts_of(*at.store, "a") == some_area("a").texts);
}

TEST_CASE("a commit is synced where that was asked for, and the url has the last word", "[mobile][state][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  server.database();
  auto shown = [&](bool synced, const std::string& options = "") {
    PgOptions wanted;
    wanted.synced = synced;
    auto session = value_of(PgSession::open(server.tcp_url(server.last_database(), "", options), wanted));
    return std::string(value_of(session.query("SHOW synchronous_commit", "show", 5s)).text(0, 0));
  };
  CHECK(shown(true) == "on");
  CHECK(shown(false) == "off");
  CHECK(shown(true, "options=-c%20synchronous_commit%3Doff") == "off");
  CHECK(shown(false, "options=-c%20synchronous_commit%3Don") == "on");
}

TEST_CASE("who waits too long for a lock, or for a statement, is told that something was in the way",
          "[mobile][state][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  std::string url = server.database();
  auto first = value_of(open_state_store(url, StateMode::writer, StateDurability::process));
  put(*first, "a");
  require_ok(first->begin());
  CHECK(value_of(first->lock_area("a")));
  // The lock is waited for two seconds, or else as long as a statement may take: a session must be set up in that time.
  for (const std::string options : {"", "options=-c%20lock_timeout%3D0"}) {
    std::string tcp = server.tcp_url(server.last_database(), "", options);
    auto second = value_of(open_state_store(tcp, StateMode::writer, StateDurability::process));
    require_ok(second->begin());
    auto locked = second->lock_area("a");
    REQUIRE_FALSE(locked);
    CHECK(locked.error().code == Errc::busy);
    second->rollback();
    CHECK(texts_of(*second, "a") == some_area("a").texts);
  }
  first->rollback();
}

TEST_CASE("a brief use waits a second for a server that is silent, whatever the url says",
          "[mobile][state][postgresql]") {
  // Connections are taken by the kernel, and nobody answers.
  int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  auto* address = reinterpret_cast<sockaddr*>(&place);
  REQUIRE(::bind(silent, address, size) == 0);
  REQUIRE(::listen(silent, 8) == 0);
  REQUIRE(::getsockname(silent, address, &size) == 0);
  auto store = open_state_store(fmt::format("postgresql://a@127.0.0.1:{}/b?connect_timeout=50", ntohs(place.sin_port)),
                                StateMode::writer, StateDurability::process, StateUse::brief);
  ::close(silent);
  REQUIRE_FALSE(store);
  CHECK_THAT(store.error().text, ContainsSubstring("did not answer within 1000 ms"));
}

TEST_CASE("two transactions that are in each other's way: one of them may be repeated", "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto first = engine.open();
  auto second = engine.open();
  put(*first, "a");
  put(*first, "b");
  require_ok(first->begin());
  require_ok(second->begin());
  CHECK(value_of(first->lock_area("a")));
  CHECK(value_of(second->lock_area("b")));
  auto crossing = std::async(std::launch::async, [&] {
    Result<> done;
    auto locked = first->lock_area("b");
    if (!locked) done = pass(locked);
    first->rollback();
    return done;
  });
  auto locked = second->lock_area("a");
  second->rollback();
  Result<> other = crossing.get();
  CHECK(other.has_value() != locked.has_value());
  CHECK((other ? locked.error() : other.error()).code == Errc::conflict);
}

}  // namespace outpost::test::postgres_state_test
