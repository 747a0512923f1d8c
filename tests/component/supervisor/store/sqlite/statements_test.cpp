// By which indexes SQLite runs the statements of a store.
#include "supervisor/store/sql/statements.h"

#include <sqlite3.h>

#include <set>
#include <utility>

#include "supervisor/store/sqlite/record_store.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::sqlite_statements_test {

using namespace supervisor;

TEST_CASE("no statement of the store scans a table or sorts", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  REQUIRE(open_sqlite_store(path, OpenMode::writer));
  // The catalogue, the counters, for held_by_agents() the open handles; the row of an INSERT that has a condition.
  const std::set<std::string> read_whole = {
      "SCAN tenants",         "SCAN time_zones",   "SCAN calling_lists",
      "SCAN campaigns",       "SCAN statistics",   "SCAN tokens",
      "SCAN campaign_groups", "SCAN CONSTANT ROW", "SCAN handles USING INDEX handles_agent",
      "SCAN outbox_pauses",
  };
  auto texts = record_statements(Dialect::sqlite);
  REQUIRE(texts.size() == static_cast<std::size_t>(Sql::count));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    REQUIRE(static_cast<std::size_t>(texts[i].id) == i);
    for (const std::string& step : rows_of(path, "EXPLAIN QUERY PLAN " + texts[i].sql)) {
      INFO(texts[i].sql << "\n" << step);
      std::string detail = step.substr(step.rfind('|') + 1);
      // The latest imports: backwards by their number, and no more than are asked for.
      if (texts[i].id == Sql::imports && detail == "SCAN imports") continue;
      if (detail.starts_with("SCAN")) CHECK(read_whole.contains(detail));
      // The rows of one chain come by place and are wanted by number.
      if (detail.find("TEMP B-TREE") != std::string::npos) CHECK(texts[i].id == Sql::page_of_chain);
    }
  }
}

TEST_CASE("each dial queue is searched by an index of its own", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  REQUIRE(open_sqlite_store(path, OpenMode::writer));
  auto texts = record_statements(Dialect::sqlite);
  auto plan = [&](Sql id) { return rows_of(path, "EXPLAIN QUERY PLAN " + texts[static_cast<std::size_t>(id)].sql); };
  auto uses = [&](Sql id, const std::string& words) {
    auto steps = plan(id);
    REQUIRE(steps.size() == 1);
    INFO(steps[0]);
    CHECK(steps[0].find(words) != std::string::npos);
  };
  uses(Sql::next_window_personal,
       "INDEX records_personal (list_dbid=? AND agent_id=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  uses(Sql::next_window_campaign,
       "INDEX records_campaign (list_dbid=? AND campaign_id=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  uses(Sql::next_window_general, "INDEX records_general (list_dbid=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  const std::string rest = "tz_dbid=? AND daily_from=? AND daily_till=? AND dial_sched_time<?)";
  uses(Sql::first_due_personal, "INDEX records_personal (list_dbid=? AND agent_id=? AND " + rest);
  uses(Sql::first_due_campaign, "INDEX records_campaign (list_dbid=? AND campaign_id=? AND " + rest);
  uses(Sql::first_due_general, "INDEX records_general (list_dbid=? AND " + rest);
}

TEST_CASE("a search of a dial queue does not read the rows of a window", "[store][sqlite]") {
  EngineUnderTest engine("sqlite");
  const int type = GENERATE(2, 3, 4);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    for (std::int64_t id = 1; id <= 3000; ++id) {
      Record record = some_record(id);
      record.record_type = type;
      require_ok(store->insert_record(record));
    }
  });
  // Steps of SQLite's machine: a plan alone does not tell how many rows a search passes.
  auto texts = record_statements(Dialect::sqlite);
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(engine.url().substr(9).c_str(), &database) == SQLITE_OK);
  for (Sql id : {Sql::next_window_personal, Sql::next_window_campaign, Sql::next_window_general,
                 Sql::first_due_personal, Sql::first_due_campaign, Sql::first_due_general}) {
    sqlite3_stmt* statement = nullptr;
    const std::string& sql = texts[static_cast<std::size_t>(id)].sql;
    REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_bind_int64(statement, 1, 1);
    if (id == Sql::next_window_personal || id == Sql::first_due_personal) {
      sqlite3_bind_text(statement, 2, "", 0, SQLITE_STATIC);
    } else {
      sqlite3_bind_int64(statement, 2, 0);
    }
    const std::int64_t window_and_now[] = {106, 28800, 64800, 0};
    int k = 3;
    for (std::int64_t value : window_and_now) {
      if (k <= sqlite3_bind_parameter_count(statement)) sqlite3_bind_int64(statement, k++, value);
    }
    sqlite3_step(statement);
    INFO(sql);
    CHECK(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) < 200);
    sqlite3_finalize(statement);
  }
  sqlite3_close(database);
}

TEST_CASE("searches of records and handles go by the index that was made for them", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  REQUIRE(open_sqlite_store(path, OpenMode::writer));
  auto texts = record_statements(Dialect::sqlite);
  auto uses = [&](Sql id, const std::string& words) {
    std::string plan;
    for (const auto& step : rows_of(path, "EXPLAIN QUERY PLAN " + texts[static_cast<std::size_t>(id)].sql)) {
      plan += step + "\n";
    }
    INFO(texts[static_cast<std::size_t>(id)].sql << "\n" << plan);
    CHECK(plan.find(words) != std::string::npos);
  };
  uses(Sql::end_of_page, "COVERING INDEX records_page (list_dbid=? AND record_id>?)");
  uses(Sql::page_of_list, "INDEX records_page (list_dbid=? AND record_id>? AND record_id<?)");
  uses(Sql::page_of_contact, "INDEX records_contact (contact_key=? AND list_dbid=? AND record_id>? AND record_id<?)");
  uses(Sql::page_of_customer,
       "INDEX records_customer (customer_key=? AND list_dbid=? AND record_id>? AND record_id<?)");
  uses(Sql::page_of_chain, "INDEX records_chain (list_dbid=? AND chain_id=?)");
  uses(Sql::known_contact, "COVERING INDEX records_contact (contact_key=? AND list_dbid=?)");
  uses(Sql::chain_holder, "INDEX records_held (list_dbid=? AND chain_id=?)");
  uses(Sql::chain_of_customer, "INDEX records_customer (customer_key=? AND list_dbid=?)");
  for (auto [id, index] : {std::pair{Sql::records_with_phone, "INDEX records_contact (contact_key=?"},
                           {Sql::records_with_customer, "INDEX records_customer (customer_key=?"}}) {
    uses(id, std::string(index) + " AND list_dbid=? AND record_id>?)");
    uses(id, std::string(index) + " AND list_dbid>?)");
  }
  uses(Sql::missed_callbacks, "INDEX records_missed (dial_sched_time>? AND dial_sched_time<?)");
  uses(Sql::idle_handles, "INDEX handles_idle (touched_at=? AND handle>?)");
  uses(Sql::idle_handles, "INDEX handles_idle (touched_at>? AND touched_at<?)");
  uses(Sql::handles_of_agent, "INDEX handles_agent (agent_id=? AND handle>?)");
  uses(Sql::do_not_call, "PRIMARY KEY (tenant_dbid=? AND kind=? AND value>?)");
}

}  // namespace outpost::test::sqlite_statements_test
