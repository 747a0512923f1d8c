// The tables of mobile nodes in a store: beside those of the records, of a newer program, or not ours.
#include "supervisor/mobile/state/schema.h"

#include <future>

#include "common/digest.h"
#include "supervisor/mobile/state/columns.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/column_texts.h"
#include "supervisor/store/sql/dialect.h"
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

// The tables of an old version, in an engine's words.
void make_old_state(const StateUnderTest& engine, int version) {
  std::string sql;
  for (const Migration& migration : state_schema().migrations.first(static_cast<std::size_t>(version))) {
    sql += migration.sql;
  }
  sql += fmt::format("UPDATE mobile_schema_version SET version = {};", version);
  if (engine.shared()) return run(engine, schema_in(Dialect::postgresql, sql));
  run(engine, sql + "PRAGMA application_id = 0x4F757470;");
}

// Of a table, as an engine has them.
std::vector<std::string> columns_in(const StateUnderTest& engine, const std::string& table) {
  if (!engine.shared()) return rows_of(engine.path(), "SELECT name FROM pragma_table_info('" + table + "')");
  auto session = value_of(PgSession::open(engine.url(), {}));
  PgRows rows = value_of(session.query(
      "SELECT column_name FROM information_schema.columns WHERE table_name = '" + table + "' ORDER BY ordinal_position",
      "look", 5s));
  std::vector<std::string> names;
  for (int i = 0; i < rows.count(); ++i) names.emplace_back(rows.text(i, 0));
  return names;
}

template <class Row>
std::vector<std::string> names_of() {
  auto names = columns_of<Row>();
  return {names.begin(), names.end()};
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
  CHECK(error.text.find("has schema version 0, not 2; a mobile node brings it up to date") != std::string::npos);
}

TEST_CASE("the state of a newer program is refused with both versions, and the records are not", "[mobile][state]") {
  EVERY_STATE(engine);
  engine.open();
  run(engine, "UPDATE mobile_schema_version SET version = 4711");
  Error error = refusal(engine, GENERATE(StateMode::writer, StateMode::reader));
  CHECK(error.code == Errc::unsupported);
  CHECK(error.text.find("schema version 4711 and this program knows versions up to 2") != std::string::npos);
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

TEST_CASE("the state of the first version is brought up to date with what is in it", "[mobile][state]") {
  EVERY_STATE(engine);
  make_old_state(engine, 1);
  run(engine,
      "INSERT INTO mobile_areas VALUES ('a', 'somebody', '{}', 9000000000000);"
      "INSERT INTO mobile_files (area, file_key, content_type, name, bytes) VALUES ('a', 'k', 't', 'n', '');"
      "INSERT INTO mobile_nodes VALUES (7, 'n', 'u', 'i', 'l', 'p', 'ONLINE', '{}', 1, 2);"
      "INSERT INTO mobile_tokens VALUES ('t', 'd', 'storage', '', 1, 2)");
  CHECK(refusal(engine, StateMode::reader).text.find("has schema version 1, not 2") != std::string::npos);
  auto store = engine.open();
  CHECK(store->info().schema_version == 2);
  CHECK(value_of(store->area("a")) == StateArea{"a", "somebody", "{}", 9'000'000'000'000});
  CHECK(keys_of(value_of(store->files("a"))) == std::vector<std::string>{"k"});
  CHECK(value_of(store->nodes()) == std::vector<StateNode>{{7, "n", "u", "i", "l", "p", "ONLINE", "{}", 1, 2}});
  CHECK(value_of(store->tokens()).size() == 1);
  REQUIRE(put_service(*store, some_service("1-a", some_access("555"))));
  CHECK(value_of(engine.open(StateMode::reader)->service("1-a")));
}

TEST_CASE("the tables of the state are those that the program reads and writes", "[mobile][state]") {
  EVERY_STATE(engine);
  engine.open();
  CHECK(columns_in(engine, "mobile_nodes") == names_of<StateNode>());
  CHECK(columns_in(engine, "mobile_areas") == names_of<StateArea>());
  CHECK(columns_in(engine, "mobile_services") == names_of<StateService>());
  CHECK(columns_in(engine, "mobile_resources") == names_of<StateResource>());
  CHECK(columns_in(engine, "mobile_subscriptions") == names_of<StateSubscription>());
  CHECK(columns_in(engine, "mobile_codes") == std::vector<std::string>{"number_key", "code", "service", "expires_at"});
}

// Stores exist that have run it.
TEST_CASE("a migration of the state that was released is what it was", "[mobile][state]") {
  CHECK(to_hex(sha256(state_schema().migrations[0].sql)) ==
        "5b6f99267cf3f1cae0db5ee2e33d25d197cde5ca08cb46f1ce0a3209dae6baca");
}

TEST_CASE("migrations of the state are numbered without gaps", "[mobile][state]") {
  int expected = 1;
  for (const Migration& migration : state_schema().migrations) CHECK(migration.version == expected++);
  CHECK(state_schema().version() == expected - 1);
}

}  // namespace outpost::test::state_schema_test
