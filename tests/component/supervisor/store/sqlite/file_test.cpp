// The file of a SQLite store: who may read it, what it is taken for, and how it is brought up to date.
#include "supervisor/store/sqlite/file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sqlite/record_store.h"
#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::sqlite_file_test {

using namespace supervisor;

namespace {

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

TEST_CASE("a store of any older version gets the tables and columns that a new one has", "[store][sqlite]") {
  TempDir directory;
  std::string fresh = directory.file("fresh.db");
  require_ok(open_sqlite_store(fresh, OpenMode::writer));
  std::string sql;
  for (const Migration& older : migrations().first(migrations().size() - 1)) {
    sql += older.sql;
    std::string path = directory.file(fmt::format("{}.db", older.version));
    rows_of(path, fmt::format("{} UPDATE schema_version SET version = {}; PRAGMA application_id = 0x4F757470", sql,
                              older.version));
    require_ok(open_sqlite_store(path, OpenMode::writer));
    INFO("from version " << older.version);
    CHECK(schema_of(path) == schema_of(fresh));
  }
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

}  // namespace outpost::test::sqlite_file_test
