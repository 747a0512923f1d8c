// The tables of mobile nodes in a store: beside those of the records, of a newer program, or not ours.
#include "supervisor/mobile/state/schema.h"

#include <future>

#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::state_schema_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

// By the engine itself.
void run(const StateUnderTest& engine, const std::string& sql) {
  if (!engine.shared()) {
    rows_of(engine.path(), sql);
    return;
  }
  auto session = value_of(PgSession::open(engine.url(), {}));
  require_ok(session.execute(sql, "set up", 5s));
}

Error refusal(const StateUnderTest& engine, StateMode mode = StateMode::writer) {
  auto store = open_state_store(engine.url(), mode, StateDurability::process);
  REQUIRE_FALSE(store);
  return store.error();
}

}  // namespace

TEST_CASE("records and the state of mobile nodes may share one store", "[mobile][state]") {
  EVERY_STATE(engine);
  bool records_first = GENERATE(false, true);
  if (records_first) require_ok(open_store(engine.url(), OpenMode::writer));
  put(*engine.open(), "a");
  auto records = open_store(engine.url(), OpenMode::writer);
  require_ok(records);
  take_lease(**records, engine.url());
  require_ok((*records)->begin());
  require_ok((*records)->insert_record(some_record(1)));
  require_ok((*records)->commit());
  CHECK((*records)->info().schema_version == schema_version());
  CHECK(value_of(stored_schema(engine.url())) == schema_version());
  CHECK(texts_of(*engine.open(), "a") == some_area("a").texts);
}

TEST_CASE("a reader of mobile state does not make it", "[mobile][state]") {
  EVERY_STATE(engine);
  require_ok(open_store(engine.url(), OpenMode::writer));
  Error error = refusal(engine, StateMode::reader);
  CHECK(error.code == Errc::unsupported);
  CHECK(error.text.find("has schema version 0, not 1; a mobile node brings it up to date") != std::string::npos);
}

TEST_CASE("the state of a newer program is refused with both versions, and the records are not", "[mobile][state]") {
  EVERY_STATE(engine);
  engine.open();
  run(engine, "UPDATE mobile_schema_version SET version = 4711");
  Error error = refusal(engine, GENERATE(StateMode::writer, StateMode::reader));
  CHECK(error.code == Errc::unsupported);
  CHECK(error.text.find("schema version 4711 and this program knows versions up to 1") != std::string::npos);
  require_ok(open_store(engine.url(), OpenMode::writer));
}

TEST_CASE("tables of another program are left as they are", "[mobile][state]") {
  EVERY_STATE(engine);
  run(engine, "CREATE TABLE mobile_nodes (id INTEGER)");
  Error error = refusal(engine);
  CHECK(error.code == Errc::invalid);
  CHECK(error.text.find("of another program") != std::string::npos);
}

TEST_CASE("a url that is none is named", "[mobile][state]") {
  auto store = open_state_store("mysql://x:secret@y", StateMode::writer, StateDurability::process);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Errc::invalid);
  CHECK(store.error().text.find("store.url: 'mysql://x:***@y' is no store") != std::string::npos);
}

TEST_CASE("nodes that start at once on an empty store all come up", "[mobile][state]") {
  // A file has one node: supervisor/locks.h.
  StateUnderTest engine("postgresql");
  std::vector<std::future<Result<>>> starts;
  for (int i = 0; i < 4; ++i) {
    starts.push_back(std::async(std::launch::async, [&]() -> Result<> {
      auto store = open_state_store(engine.url(), StateMode::writer, StateDurability::process);
      return store ? Result<>() : fail(std::move(store.error()));
    }));
  }
  for (auto& start : starts) require_ok(start.get());
  put(*engine.open(), "a");
}

TEST_CASE("migrations of the state are numbered without gaps", "[mobile][state]") {
  int expected = 1;
  for (const Migration& migration : state_schema().migrations) CHECK(migration.version == expected++);
  CHECK(state_schema().version() == expected - 1);
}

}  // namespace outpost::test::state_schema_test
