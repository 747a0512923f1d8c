// What only the SQLite engine promises: how it bears other programs in its file, and a failing disk.
#include "supervisor/store/sqlite/record_store.h"

#include <sqlite3.h>

#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/component/supervisor/store/faulty_disk.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::sqlite_record_store_test {

using namespace supervisor;

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

}  // namespace outpost::test::sqlite_record_store_test
