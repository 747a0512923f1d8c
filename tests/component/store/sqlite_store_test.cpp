// What only the SQLite engine has: its file, its query plans, and how it bears a failing disk.
#include "supervisor/store/sqlite_store.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <set>

#include "supervisor/store/schema.h"
#include "supervisor/store/statements.h"
#include "tests/component/store/engines.h"
#include "tests/component/store/faulty_disk.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test {

using namespace supervisor;

namespace {

// Rows of a statement, columns joined, by SQLite itself: nothing of the engine is between.
std::vector<std::string> rows_of(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  std::vector<std::string> rows;
  char* error = nullptr;
  int code = sqlite3_exec(
      database, sql.c_str(),
      [](void* out, int n, char** values, char**) {
        std::string row;
        for (int i = 0; i < n; ++i) row += std::string(i ? "|" : "") + (values[i] ? values[i] : "");
        static_cast<std::vector<std::string>*>(out)->push_back(row);
        return 0;
      },
      &rows, &error);
  INFO(sql << ": " << (error ? error : ""));
  REQUIRE(code == SQLITE_OK);
  sqlite3_close(database);
  return rows;
}

Error refusal(const std::string& path, OpenMode mode = OpenMode::writer) {
  auto store = open_sqlite_store(path, mode);
  REQUIRE_FALSE(store);
  return store.error();
}

mode_t permissions(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("no statement of the store scans a table or sorts", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  REQUIRE(open_sqlite_store(path, OpenMode::writer));
  // The catalogue, the counters, for held_by_agents() the open handles; the row of an INSERT that has a condition.
  const std::set<std::string> read_whole = {
      "SCAN tenants",         "SCAN time_zones",   "SCAN calling_lists",
      "SCAN campaigns",       "SCAN statistics",   "SCAN tokens",
      "SCAN campaign_groups", "SCAN CONSTANT ROW", "SCAN handles USING INDEX handles_agent",
  };
  auto texts = record_statements(Dialect::sqlite);
  REQUIRE(texts.size() == static_cast<std::size_t>(Sql::count));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    REQUIRE(static_cast<std::size_t>(texts[i].id) == i);
    for (const std::string& step : rows_of(path, "EXPLAIN QUERY PLAN " + texts[i].sql)) {
      INFO(texts[i].sql << "\n" << step);
      std::string detail = step.substr(step.rfind('|') + 1);
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

TEST_CASE("a writer makes the directories and the file, and others cannot read them", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("a/b/records.db");
  auto store = open_sqlite_store(path, OpenMode::writer);
  require_ok(store);
  CHECK(permissions(path) == (0640 & permissions(path)));
  CHECK(permissions(path + "-wal") == permissions(path));
  CHECK((permissions(directory.file("a/b")) & 07) == 0);
  CHECK(rows_of(path, "PRAGMA journal_mode") == std::vector<std::string>{"wal"});
}

TEST_CASE("a reader makes no store", "[store][sqlite]") {
  TempDir directory;
  CHECK(refusal(directory.file("none.db"), OpenMode::reader).code == Errc::store);
  std::ofstream(directory.file("empty.db"));
  CHECK(refusal(directory.file("empty.db"), OpenMode::reader).code == Errc::unsupported);
}

TEST_CASE("a file that is no store is refused and left as it was", "[store][sqlite]") {
  TempDir directory;
  std::string text = directory.file("text.db");
  std::ofstream(text) << std::string(5000, 'x');
  Error error = refusal(text);
  CHECK(error.code == Errc::invalid);
  CHECK(error.text.find("is not an SQLite database") != std::string::npos);
  std::ifstream in(text);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == std::string(5000, 'x'));

  std::string foreign = directory.file("foreign.db");
  rows_of(foreign, "CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (0)");
  error = refusal(foreign);
  CHECK(error.code == Errc::invalid);
  CHECK(error.text.find("another program") != std::string::npos);
  CHECK(rows_of(foreign, "PRAGMA journal_mode") == std::vector<std::string>{"delete"});

  CHECK(refusal(directory.path()).code == Errc::store);
  CHECK(refusal(text + "/below.db").code == Errc::io);
}

TEST_CASE("a store of a newer program is refused with both versions", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  REQUIRE(open_sqlite_store(path, OpenMode::writer));
  rows_of(path, "UPDATE schema_version SET version = 4711");
  for (OpenMode mode : {OpenMode::writer, OpenMode::reader}) {
    Error error = refusal(path, mode);
    CHECK(error.code == Errc::unsupported);
    CHECK(error.text.find("4711") != std::string::npos);
    CHECK(error.text.find(std::to_string(schema_version())) != std::string::npos);
  }
}

TEST_CASE("migrations are numbered without gaps", "[store][sqlite]") {
  int expected = 1;
  for (const Migration& migration : migrations()) CHECK(migration.version == expected++);
  CHECK(schema_version() == expected - 1);
}

namespace {

// What version 1 wrote: a list of two, of which the first was dialed by a group and is Retrieved with its chain's other
// row Ready; handle 18 is open, 17 closed.
constexpr const char* kVersionOneRows = R"sql(
INSERT INTO records (record_id, list_dbid, contact_info, chain_id, chain_n, contact_info_type, record_type,
    record_status, call_result, attempt, dial_sched_time, call_time, daily_from, daily_till, tz_dbid, campaign_id,
    agent_id, group_id, app_id, treatments, media_ref, email_subject, email_template_id, switch_id, customer_id,
    handle, custom) VALUES
  (1, 1, '+15551', 1, 0, 1, 2, 2, 28, 0, 0, 0, 28800, 64800, 106, 11, 'ann', 13, 0, '', 0, '', 0, 0, 'c1', 18, '{}'),
  (2, 1, '+15552', 1, 1, 1, 2, 1, 28, 0, 0, 0, 28800, 64800, 106, 0, '', 0, 0, '', 0, '', 0, 0, 'c1', 0, ''),
  (3, 1, '+15551', 3, 0, 1, 4, 1, 7, 1, 900, 800, 28800, 64800, 106, 11, 'ann', 13, 0, '', 0, '', 0, 0, '', 0, ''),
  (4, 2, '+15551', 1, 0, 1, 6, 1, 28, 0, 0, 0, 28800, 64800, 106, 11, '', 0, 0, '', 0, '', 0, 0, 'c1', 0, '');
INSERT INTO handles (handle, record_id, list_dbid, campaign_id, group_id, agent_id, call_attempt_guid, opened_at,
    closed_by, closed_at) VALUES
  (17, 3, 1, 11, 13, 'ann', 'guid', 1700, 'RecordProcessed', 1750),
  (18, 1, 1, 11, 13, 'ann', '', 1800, '', 0);
UPDATE schema_version SET version = 1;
PRAGMA application_id = 0x4F757470;
PRAGMA journal_mode = WAL;
)sql";

std::vector<std::string> schema_of(const std::string& path) {
  return rows_of(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2");
}

}  // namespace

TEST_CASE("a store of version 1 is brought up to date with all that it holds", "[store][sqlite]") {
  EngineUnderTest engine("sqlite");
  std::string path = engine.url().substr(9);
  rows_of(path, std::string(migrations()[0].sql) + kVersionOneRows);
  CHECK(refusal(path, OpenMode::reader).code == Errc::unsupported);
  auto store = engine.writer();

  CHECK(store->info().schema_version == schema_version());
  EngineUnderTest fresh("sqlite");
  fresh.writer();
  CHECK(schema_of(path) == schema_of(fresh.url().substr(9)));

  CHECK(ids_of(all_records(*store, 1)) == std::vector<std::int64_t>{1, 2, 3});
  Record retrieved = *value_of(store->record(1, 1));
  CHECK(retrieved.customer_id == "c1");
  CHECK(retrieved.handle == 18);
  // The chain's other row is held from now on, and so is not due.
  CHECK(value_of(store->record(1, 2))->handle == 18);
  CHECK(value_of(store->chain_holder(1, 1)) == 18);
  CHECK(value_of(store->windows({1, DialQueue::general, "", 0}, kBeforeAllWindows, 10)).empty());
  CHECK(value_of(store->windows({2, DialQueue::campaign_callbacks, "", 11}, kBeforeAllWindows, 10)).size() == 1);
  CHECK(ids_of(value_of(store->missed_callbacks(900, 10))) == std::vector<std::int64_t>{3});
  CHECK(ids_of(value_of(store->records_with(ContactKind::phone, "+15551", 0, 0, 10))) ==
        std::vector<std::int64_t>{1, 3, 4});
  CHECK(value_of(store->chain_of_customer(2, "c1")) == 1);
  CHECK(ids_of(value_of(store->records_with(ContactKind::phone, "+1-5551", 0, 0, 10))) ==
        std::vector<std::int64_t>{1, 3, 4});

  CHECK(*value_of(store->handle(17)) ==
        Handle{17, 3, 1, 11, 13, "ann", "guid", 1700, 0, false, "RecordProcessed", 1750});
  std::vector<Handle> open{{18, 1, 1, 11, 13, "ann", "", 1800, 1800, false, "", 0}};
  CHECK(value_of(store->idle_handles({}, 1800, 10)) == open);
  CHECK(value_of(store->handles_of_agent("ann", 0, 10)) == open);

  using enum StatisticScope;
  using enum StatisticKind;
  std::vector<Statistic> expected = {
      {list, 1, status, 1, 2},  {list, 1, status, 2, 1},   {list, 1, type, 2, 2},      {list, 1, type, 4, 1},
      {list, 1, result, 7, 1},  {list, 1, result, 28, 2},  {list, 2, status, 1, 1},    {list, 2, type, 6, 1},
      {list, 2, result, 28, 1}, {group, 13, status, 1, 1}, {group, 13, status, 2, 1},  {group, 13, type, 2, 1},
      {group, 13, type, 4, 1},  {group, 13, result, 7, 1}, {group, 13, result, 28, 1},
  };
  CHECK(value_of(store->statistics()) == expected);
  CHECK(rows_of(path, "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
}

TEST_CASE("a migration that fails leaves the store as it was", "[store][sqlite]") {
  TempDir directory;
  std::string path = directory.file("records.db");
  rows_of(path, std::string(migrations()[0].sql) + kVersionOneRows + "CREATE TABLE statistics (in_the_way INTEGER);");
  auto before = schema_of(path);
  CHECK(refusal(path).code == Errc::store);
  CHECK(schema_of(path) == before);
  CHECK(rows_of(path, "SELECT version FROM schema_version") == std::vector<std::string>{"1"});
}

TEST_CASE("the statistics are what plain SQL counts", "[store][sqlite][statistics]") {
  EngineUnderTest engine("sqlite");
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 50; ++id) {
    rows.push_back(some_record(id, 1 + id % 3));
    rows.back().record_type = static_cast<std::int32_t>(id % 7), rows.back().group_dbid = id % 4;
  }
  in_transaction(*store, [&] {
    for (const Record& row : rows) require_ok(store->insert_record(row));
  });
  in_transaction(*store, [&] {
    for (const Record& row : rows) {
      Record after = row;
      after.record_status = 3, after.call_result = static_cast<std::int32_t>(row.record_id % 5), after.group_dbid = 2;
      require_ok(store->update_record(row, after));
    }
  });
  const char* kept = "SELECT scope, dbid, kind, value, records FROM statistics WHERE records <> 0 ORDER BY 1, 2, 3, 4";
  const char* counted =
      "SELECT 0, list_dbid, 0, record_status, count(*) FROM records GROUP BY 2, 4"
      " UNION ALL SELECT 0, list_dbid, 1, record_type, count(*) FROM records GROUP BY 2, 4"
      " UNION ALL SELECT 0, list_dbid, 2, call_result, count(*) FROM records GROUP BY 2, 4"
      " UNION ALL SELECT 1, group_id, 0, record_status, count(*) FROM records WHERE group_id <> 0 GROUP BY 2, 4"
      " UNION ALL SELECT 1, group_id, 1, record_type, count(*) FROM records WHERE group_id <> 0 GROUP BY 2, 4"
      " UNION ALL SELECT 1, group_id, 2, call_result, count(*) FROM records WHERE group_id <> 0 GROUP BY 2, 4"
      " ORDER BY 1, 2, 3, 4";
  std::string path = engine.url().substr(9);
  CHECK(rows_of(path, kept) == rows_of(path, counted));
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

TEST_CASE("a store that another process keeps locked is an error, and works again after", "[store][sqlite]") {
  EngineUnderTest engine("sqlite");
  auto store = engine.writer();
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(engine.url().substr(9).c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  auto begun = store->begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().code == Errc::store);
  CHECK(begun.error().text.find("another process keeps the store locked") != std::string::npos);
  sqlite3_close(other);
  in_transaction(*store, [&] { require_ok(store->insert_record(some_record(1))); });
}

namespace {

constexpr int kRowsPerBatch = 40;

// One batch with a first record_id that follows from its number.
Result<> write_batch(RecordStore& store, int batch) {
  if (auto begun = store.begin(); !begun) return begun;
  for (int k = 0; k < kRowsPerBatch; ++k) {
    Record record = some_record(1 + batch * kRowsPerBatch + k);
    record.custom = std::string(300, 'c');
    if (auto done = store.insert_record(record); !done) return done;
  }
  return store.commit();
}

std::set<int> batches_in(RecordStore& store) {
  std::map<int, int> rows;
  for (const Record& record : all_records(store, 1)) {
    rows[static_cast<int>((record.record_id - 1) / kRowsPerBatch)] += 1;
  }
  std::set<int> whole;
  for (auto [batch, n] : rows) {
    CHECK(n == kRowsPerBatch);
    whole.insert(batch);
  }
  // The counters are of the same transactions.
  for (const Statistic& counter : value_of(store.statistics())) {
    CHECK(counter.records == static_cast<std::int64_t>(whole.size()) * kRowsPerBatch);
  }
  return whole;
}

}  // namespace

TEST_CASE("whichever call of the disk fails, nothing is half done and the store goes on", "[store][sqlite][faults]") {
  int code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC);
  bool failed = true;
  for (std::uint64_t n = 1; failed; n += n < 12 ? 1 : 17) {
    INFO("operation " << n << " fails with " << code);
    FaultyDisk disk;
    EngineUnderTest engine("sqlite");
    std::set<int> expected;
    {
      auto store = engine.writer();
      disk.fail_from(n, code);
      for (int batch = 0; batch < 4; ++batch) {
        Result<> done = write_batch(*store, batch);
        if (done) {
          expected.insert(batch);
          continue;
        }
        REQUIRE(done.error().code == Errc::store);
        REQUIRE(done.error().text.find("the disk that holds the store") != std::string::npos);
        store->rollback();
        disk.heal();
      }
      failed = disk.failures() > 0;
      REQUIRE(expected.size() == (failed ? 3 : 4));
      REQUIRE(batches_in(*store) == expected);
      REQUIRE(batches_in(*engine.open(OpenMode::reader)) == expected);
      // When the failure is yet to come, it falls into the checkpoint of the close.
    }
    disk.heal();
    REQUIRE(batches_in(*engine.writer()) == expected);
    REQUIRE(rows_of(engine.url().substr(9), "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
  }
}

TEST_CASE("what was committed survives a loss of power at any moment", "[store][sqlite][faults]") {
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  for (int round = 0; round < 40; ++round) {
    FaultyDisk disk;
    EngineUnderTest engine("sqlite");
    TempDir after;
    std::set<int> committed;
    std::optional<std::set<int>> committed_then;
    auto store = engine.writer();
    // The moments differ in kind: among the writes of a commit, before its sync, in the checkpoint of the close.
    disk.before_operation(1 + random() % 250, [&] {
      committed_then = committed;
      disk.lose_power(after.path(), random);
    });
    for (int batch = 0; batch < 8; ++batch) {
      require_ok(write_batch(*store, batch));
      committed.insert(batch);
    }
    store.reset();
    if (!committed_then) continue;

    auto survivor = open_sqlite_store(after.file("records.db"), OpenMode::writer);
    require_ok(survivor);
    std::set<int> found = batches_in(**survivor);
    // The commit that was cut off may have been complete.
    std::set<int> one_more = *committed_then;
    one_more.insert(static_cast<int>(committed_then->size()));
    CHECK((found == *committed_then || found == one_more));
    CHECK(rows_of(after.file("records.db"), "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
  }
}

}  // namespace outpost::test
