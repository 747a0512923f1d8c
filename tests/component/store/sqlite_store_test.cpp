// What only the SQLite engine has: its file, its query plans, and how it bears a failing disk.
#include "supervisor/store/sqlite_store.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <set>

#include "supervisor/store/schema.h"
#include "supervisor/store/sqlite_statements.h"
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
  const std::set<std::string> read_whole = {"SCAN tenants", "SCAN time_zones", "SCAN calling_lists", "SCAN campaigns",
                                            "SCAN campaign_groups"};
  auto texts = sqlite_statements();
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
  auto texts = sqlite_statements();
  auto plan = [&](Sql id) { return rows_of(path, "EXPLAIN QUERY PLAN " + texts[static_cast<std::size_t>(id)].sql); };
  auto uses = [&](Sql id, const std::string& words) {
    auto steps = plan(id);
    REQUIRE(steps.size() == 1);
    INFO(steps[0]);
    CHECK(steps[0].find(words) != std::string::npos);
  };
  uses(Sql::next_window_personal,
       "INDEX records_personal (list_dbid=? AND agent_id=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  uses(Sql::next_window_campaign, "INDEX records_campaign (list_dbid=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  uses(Sql::next_window_general, "INDEX records_general (list_dbid=? AND (tz_dbid,daily_from,daily_till)>(?,?,?))");
  const std::string rest = "tz_dbid=? AND daily_from=? AND daily_till=? AND dial_sched_time<?)";
  uses(Sql::first_due_personal, "INDEX records_personal (list_dbid=? AND agent_id=? AND " + rest);
  uses(Sql::first_due_campaign, "INDEX records_campaign (list_dbid=? AND " + rest);
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
  auto texts = sqlite_statements();
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(engine.url().substr(9).c_str(), &database) == SQLITE_OK);
  for (Sql id : {Sql::next_window_personal, Sql::next_window_campaign, Sql::next_window_general,
                 Sql::first_due_personal, Sql::first_due_campaign, Sql::first_due_general}) {
    sqlite3_stmt* statement = nullptr;
    const std::string& sql = texts[static_cast<std::size_t>(id)].sql;
    REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_bind_int64(statement, 1, 1);
    sqlite3_bind_text(statement, 2, "", 0, SQLITE_STATIC);
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
  RecordFilter filter;
  filter.limit = 1'000'000;
  std::map<int, int> rows;
  for (const Record& record : value_of(store.records(1, filter))) {
    rows[static_cast<int>((record.record_id - 1) / kRowsPerBatch)] += 1;
  }
  std::set<int> whole;
  for (auto [batch, n] : rows) {
    CHECK(n == kRowsPerBatch);
    whole.insert(batch);
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
