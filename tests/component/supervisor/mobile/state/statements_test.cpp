// By which indexes the engines run the statements of the state.
#include "supervisor/mobile/state/statements.h"

#include <set>

#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::state_statements_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

void fill(StateStore& store) {
  in_transaction(store, [&] {
    for (int i = 0; i < 3'000; ++i) {
      std::string id = fmt::format("{}", i);
      require_ok(store.put_area(some_area(id), i % 2 ? 0s : 3600s));
      if (i % 3 == 0) require_ok(store.put_file(some_file(id, "photo")));
    }
  });
}

}  // namespace

TEST_CASE("no statement of the state scans a table or sorts in SQLite", "[mobile][state]") {
  StateUnderTest engine("sqlite");
  auto store = engine.open();
  // Few rows; what is made for the statement alone; the clock.
  const std::set<std::string> read_whole = {"SCAN mobile_nodes", "SCAN mobile_tokens", "SCAN ended",
                                            "SCAN theirs",       "SCAN CONSTANT ROW",  "SCAN living"};
  bool filled = GENERATE(false, true);
  if (filled) fill(*store);
  if (filled) rows_of(engine.path(), "ANALYZE");
  auto texts = state_statements(Dialect::sqlite);
  REQUIRE(texts.size() == static_cast<std::size_t>(StateSql::count));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    REQUIRE(static_cast<std::size_t>(texts[i].id) == i);
    for (const std::string& step : rows_of(engine.path(), "EXPLAIN QUERY PLAN " + texts[i].sql)) {
      INFO(texts[i].sql << "\n" << step);
      std::string detail = step.substr(step.rfind('|') + 1);
      if (detail.starts_with("SCAN")) CHECK(read_whole.contains(detail));
      CHECK(detail.find("TEMP B-TREE") == std::string::npos);
    }
  }
}

TEST_CASE("no statement of the state scans a table in PostgreSQL", "[mobile][state][postgresql]") {
  StateUnderTest engine("postgresql");
  auto store = engine.open();
  auto session = value_of(PgSession::open(engine.url(), {}));
  bool filled = GENERATE(false, true);
  if (filled) fill(*store);
  if (filled) require_ok(session.execute("ANALYZE", "analyze", 30s));
  for (const StateSqlText& text : state_statements(Dialect::postgresql)) {
    if (!text.sql.starts_with("SELECT") && !text.sql.starts_with("UPDATE") && !text.sql.starts_with("DELETE") &&
        !text.sql.starts_with("WITH")) {
      continue;
    }
    int parameters = 0;
    while (text.sql.find(fmt::format("${}", parameters + 1)) != std::string::npos) ++parameters;
    std::string nulls;
    for (int i = 0; i < parameters; ++i) nulls += i ? ", NULL" : "NULL";
    require_ok(session.execute("PREPARE asked AS " + text.sql, "prepare", 5s));
    PgRows plan =
        value_of(session.query("EXPLAIN EXECUTE asked" + (parameters ? "(" + nulls + ")" : ""), "explain", 5s));
    require_ok(session.execute("DEALLOCATE asked", "forget", 5s));
    std::string all;
    for (int i = 0; i < plan.count(); ++i) all += std::string(plan.text(i, 0)) + "\n";
    INFO(text.sql << "\n" << all);
    CHECK(all.find("Seq Scan") == std::string::npos);
    const bool by_time = text.sql.find("(SELECT CAST") != std::string::npos;
    // The time is a condition of the index, not one of its rows.
    if (by_time) CHECK(all.find("Index Cond: (expires_at") != std::string::npos);
    if (by_time) CHECK(all.find("mobile_areas_expires") != std::string::npos);
  }
}

}  // namespace outpost::test::state_statements_test
