// By which indexes PostgreSQL runs the statements of a store.
#include "supervisor/store/postgres/statements.h"

#include <chrono>
#include <set>

#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/store/postgres/postgres_fixture.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::postgres_statements_test {

using namespace supervisor;
using namespace std::chrono_literals;

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
    require_ok(session->execute("SET statement_timeout = 0; ANALYZE", "analyze", 300s));
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

TEST_CASE("what is read ahead is found by indexes", "[store][postgresql][readahead]") {
  EngineUnderTest engine("postgresql");
  engine.writer();
  auto session = PgSession::open(engine.url(), {});
  require_ok(session);
  auto indexes = [&](std::string sql) { return indexes_of(*session, {Sql::count, "look", std::move(sql)}); };
  const std::pair<DialQueue, std::string> queues[] = {{DialQueue::personal_callbacks, "records_personal"},
                                                      {DialQueue::campaign_callbacks, "records_campaign"},
                                                      {DialQueue::general, "records_general"}};
  for (const auto& [queue, index] : queues) {
    CHECK(indexes(windows_of(queue)) == std::set<std::string>{index});
    auto used = indexes(next_due_of(queue));
    CHECK(used.contains(index));
    CHECK(used.contains("do_not_call_key"));
    CHECK(!used.contains("(all)"));
  }
  auto used = indexes(chain_of_handle());
  CHECK(used.contains("handles_pkey"));
  CHECK(!used.contains("(all)"));
}

}  // namespace outpost::test::postgres_statements_test
