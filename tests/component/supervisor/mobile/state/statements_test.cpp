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
  std::vector<std::string> numbers;
  in_transaction(store, [&] {
    for (int i = 0; i < 3'000; ++i) {
      std::string id = fmt::format("{}", i);
      require_ok(store.put_area(some_area(id), i % 2 ? 0s : 3600s));
      if (i % 3 == 0) require_ok(store.put_file(some_file(id, "photo")));
      StateService service = some_service(id, some_access(fmt::format("{}", i % 10), id));
      require_ok(store.put_service(service, i % 2 ? 0s : 3600s, 0s));
      require_ok(store.take_code(service.access.number_key, id, id, i % 2 ? 0s : 3600s));
      require_ok(store.put_subscription(some_subscription(id, i % 5 ? id : id + "*"), i % 2 ? 0s : 3600s));
      numbers.push_back(id);
    }
    for (auto group : {"a", "b", "c"}) require_ok(store.set_resources("", group, numbers));
    for (int i = 0; i < 1'000; ++i) require_ok(store.book("", "a", "1-a", 3600s));
    require_ok(store.set_resources("", "b", {"1"}));
  });
}

// The index that a statement of SQLite is held to; empty: none.
std::string hint_of(const std::string& sql) {
  constexpr std::string_view kHint = "INDEXED BY ";
  std::size_t at = sql.find(kHint);
  if (at == std::string::npos) return "";
  at += kHint.size();
  return sql.substr(at, sql.find_first_of(" )", at) - at);
}

// Whether a plan finds what has ended or lives by an index.
bool time_is_searched(const std::string& plan) {
  for (std::size_t at = plan.find("Index Cond: "); at != std::string::npos; at = plan.find("Index Cond: ", at + 1)) {
    std::string line = plan.substr(at, plan.find('\n', at) - at);
    for (std::string_view column : {"(expires_at ", "(used_at "}) {
      if (line.find(column) != std::string::npos) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("no statement of the state scans a table or sorts in SQLite", "[mobile][state]") {
  StateUnderTest engine("sqlite");
  auto store = engine.open();
  // Few rows; what is made for the statement alone; the clock.
  const std::set<std::string> read_whole = {"SCAN mobile_nodes", "SCAN mobile_tokens", "SCAN ended",
                                            "SCAN theirs",       "SCAN CONSTANT ROW",  "SCAN living",
                                            "SCAN free",         "SCAN lengths",       "SCAN probes"};
  // As many as are counted at most, and what a tag finds, of which a page is taken.
  const std::set<StateSql> sorted = {StateSql::count_services, StateSql::subscriptions_for};
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
      if (!sorted.contains(texts[i].id)) CHECK(detail.find("TEMP B-TREE") == std::string::npos);
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
  // SQLite is told the index; what it is told is what PostgreSQL has to find.
  auto hinted = state_statements(Dialect::sqlite);
  auto texts = state_statements(Dialect::postgresql);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& sql = texts[i].sql;
    if (!sql.starts_with("SELECT") && !sql.starts_with("UPDATE") && !sql.starts_with("DELETE") &&
        !sql.starts_with("WITH")) {
      continue;
    }
    int parameters = 0;
    while (sql.find(fmt::format("${}", parameters + 1)) != std::string::npos) ++parameters;
    std::string nulls;
    for (int k = 0; k < parameters; ++k) nulls += k ? ", NULL" : "NULL";
    require_ok(session.execute("PREPARE asked AS " + sql, "prepare", 5s));
    PgRows plan =
        value_of(session.query("EXPLAIN EXECUTE asked" + (parameters ? "(" + nulls + ")" : ""), "explain", 5s));
    require_ok(session.execute("DEALLOCATE asked", "forget", 5s));
    std::string all;
    for (int k = 0; k < plan.count(); ++k) all += std::string(plan.text(k, 0)) + "\n";
    INFO(sql << "\n" << all);
    CHECK(all.find("Seq Scan") == std::string::npos);
    // A join that reads all of a table by its key is a scan, too.
    CHECK(all.find("Hash Join") == std::string::npos);
    if (std::string index = hint_of(hinted[i].sql); !index.empty()) CHECK(all.find(index) != std::string::npos);
    // The time is a condition of the index, not one of its rows.
    if (sql.find("(SELECT CAST") != std::string::npos) CHECK(time_is_searched(all));
  }
}

}  // namespace outpost::test::state_statements_test
