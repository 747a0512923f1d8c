// Moving a store into another one, between all engines.
#include "supervisor/store/store_migration.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <semaphore>
#include <set>
#include <thread>
#include <utility>

#include "common/io/process.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/sqlite.h"
#include "supervisor/store/table_store.h"
#include "tests/component/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test {

using namespace supervisor;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using Content = std::map<std::string, std::vector<Row>>;

#define EVERY_ENGINE(name) EngineUnderTest name(GENERATE(from_range(engine_names())))

// --- Content of every kind ------------------------------------------------------------------------------------------

// What an engine may stumble over; but no NUL, which PostgreSQL has not in a text.
const std::vector<std::string> kPieces = {"",
                                          "a",
                                          "Z",
                                          "0",
                                          " ",
                                          "'",
                                          "\"",
                                          "\\",
                                          "\\x41",
                                          "\n\t\r",
                                          "\x7f",
                                          "\xc3\xa9",
                                          "$1",
                                          "%",
                                          "{\"A\":1}",
                                          "\xe2\x82\xac",
                                          "\xf0\x9f\x98\x80",
                                          "NULL",
                                          "\x01",
                                          "{},,",
                                          "e\xcc\x81",
                                          "--",
                                          ";"};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::int64_t integer() {
    switch (below(6)) {
      case 0: return 0;
      case 1: return INT64_MAX;
      case 2: return INT64_MIN;
      case 3: return -1;
      default: return std::uniform_int_distribution<std::int64_t>(INT32_MIN, INT32_MAX)(random_);
    }
  }
  std::string text() {
    std::string text;
    for (std::size_t n = below(5); n > 0; --n) text += kPieces[below(kPieces.size())];
    return text;
  }
  std::string bytes() {
    std::string bytes(below(80), '\0');
    for (char& byte : bytes) byte = static_cast<char>(below(256));
    return bytes;
  }
  Value value(ColumnKind kind) {
    if (kind == ColumnKind::integer) return integer();
    return kind == ColumnKind::text ? text() : bytes();
  }

 private:
  std::mt19937 random_;
};

// More than one page of some tables. Keys are unique; so are the places of records in their chains.
std::vector<Row> random_rows(const Table& table, std::size_t n, Dice& dice) {
  std::set<Row> keys;
  std::vector<Row> rows;
  while (rows.size() < n) {
    Row row;
    for (const TableColumn& column : table.columns) row.push_back(dice.value(column.kind));
    if (keys.size() > 3) {
      auto* number = std::get_if<std::int64_t>(&row[table.keys - 1]);
      if (number) *number = static_cast<std::int64_t>(rows.size());
      auto* text = std::get_if<std::string>(&row[table.keys - 1]);
      if (text) *text += std::to_string(rows.size());
    }
    if (table.name == "records") row[3] = static_cast<std::int64_t>(rows.size());
    if (keys.insert(Row(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys))).second)
      rows.push_back(std::move(row));
  }
  return rows;
}

Result<> fill(const std::string& url, const Content& content) {
  auto store = open_table_store(url, TableAccess::read_write);
  if (!store) return fail(store.error());
  if (auto begun = (*store)->begin(); !begun) return begun;
  for (const Table& table : tables()) {
    auto found = content.find(std::string(table.name));
    if (found == content.end()) continue;
    auto cleared = (*store)->run(fmt::format("DELETE FROM {}", table.name), {}, "clear");
    if (!cleared) return fail(cleared.error());
    if (auto done = (*store)->insert(table, found->second); !done) return done;
  }
  return (*store)->commit();
}

// Ordered as we order, not as the engine does.
Content content_of(const std::string& url) {
  auto store = value_of(open_table_store(url, TableAccess::read_only));
  Content content;
  for (const Table& table : tables()) {
    std::vector<Row>& all = content[std::string(table.name)];
    for (Row after;; after = key_of(*store, table, all.back())) {
      auto rows = value_of(read_page(*store, table, after));
      std::ranges::move(rows, std::back_inserter(all));
      if (rows.size() < table.page) break;
    }
    std::ranges::sort(all);
  }
  return content;
}

Content random_content(Dice& dice, std::size_t rows) {
  Content content;
  for (const Table& table : tables()) content[std::string(table.name)] = random_rows(table, rows, dice);
  return content;
}

std::size_t rows_of(const Content& content) {
  std::size_t n = 0;
  for (const auto& [name, rows] : content) n += rows.size();
  return n;
}

MigrationOptions quick() {
  MigrationOptions options;
  options.lease = 300ms;
  return options;
}

struct Source {
  explicit Source(const std::string& engine, std::size_t rows = 200) : under_test(engine) {
    static_cast<void>(under_test.open(OpenMode::writer));
    require_ok(fill(url(), random_content(dice, rows)));
    before = content_of(url());
  }
  [[nodiscard]] std::string url() const { return under_test.url(); }

  EngineUnderTest under_test;
  Dice dice{Catch::getSeed()};
  Content before;
};

// Runs the migration in another process, which dies by kill -9 after so many pages.
void migrate_and_die(const std::string& from, const std::string& to, int pages) {
  pid_t child = fork();
  if (child == 0) {
    MigrationOptions options = quick();
    options.progress = [&](const MigrationProgress&) {
      if (--pages == 0) raise(SIGKILL);
    };
    _exit(migrate_store(from, to, options) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

// A supervisor that lives, as far as one can see.
std::unique_ptr<RecordStore> living(const EngineUnderTest& engine, const std::string& name) {
  auto writer = engine.writer(name);
  in_transaction(*writer, [&] { require_ok(writer->renew_lease(1min)); });
  return writer;
}

Error refused(const std::string& from, const std::string& to, MigrationOptions options = quick()) {
  auto done = migrate_store(from, to, options);
  REQUIRE_FALSE(done.has_value());
  return done.error();
}

}  // namespace

TEST_CASE("the tables that are copied are those of the schema", "[store_migration]") {
  auto database = value_of(Database::open(":memory:", Database::Access::read_write, 0));
  for (const Migration& migration : migrations()) require_ok(database.execute(std::string(migration.sql), "make it"));
  std::set<std::string> found;
  auto names = value_of(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'", "list"));
  for (Query query(names); value_of(query.next());) found.emplace(query.text(0));
  for (const char* other : {"schema_version", "lease", "supervisors"}) CHECK(found.erase(other) == 1);
  for (const Table& table : tables()) {
    INFO(table.name);
    CHECK(found.erase(std::string(table.name)) == 1);
    std::map<std::string, std::pair<std::string, std::int64_t>> columns;
    auto info = value_of(database.prepare(fmt::format("PRAGMA table_info({})", table.name), "describe"));
    for (Query query(info); value_of(query.next());) {
      columns[std::string(query.text(1))] = {std::string(query.text(2)), query.integer(5)};
      CHECK((query.integer(3) == 1 || query.integer(5) > 0));  // none is null
    }
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      const auto& [name, kind] = table.columns[k];
      INFO(name);
      auto [type, key] = columns[std::string(name)];
      CHECK(type == (kind == ColumnKind::integer ? "INTEGER" : kind == ColumnKind::text ? "TEXT" : "BLOB"));
      CHECK(key == (k < table.keys ? static_cast<std::int64_t>(k) + 1 : 0));
      columns.erase(std::string(name));
    }
    CHECK(columns.empty());
  }
  CHECK(found.empty());
}

TEST_CASE("every table arrives as it was, whatever it holds", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 1'500);
  EVERY_ENGINE(target);
  std::uint64_t rows = 0;
  MigrationOptions options = quick();
  options.progress = [&](const MigrationProgress& now) {
    CHECK(now.rows >= now.rows_before);
    CHECK(now.rows <= now.rows_total);
    if (now.phase == MigrationProgress::Phase::copy) rows = now.rows;
  };
  std::int64_t epoch_before = value_of(value_of(open_lease_store(source.url(), 5s))->look()).lease.epoch;
  auto report = value_of(migrate_store(source.url(), target.url(), options));
  CHECK(content_of(target.url()) == source.before);
  CHECK(content_of(source.url()) == source.before);
  CHECK(report.rows == static_cast<std::int64_t>(rows_of(source.before)));
  CHECK(rows == rows_of(source.before));
  CHECK(report.rows_resumed == 0);
  CHECK(report.tables.size() == tables().size());
  for (const std::string& url : {source.url(), target.url()}) {
    auto view = value_of(value_of(open_lease_store(url, 5s))->look());
    CHECK(view.lease.holder.empty());
    CHECK(view.lease.epoch > epoch_before);
    CHECK(view.schema_version == schema_version());
  }
  // A supervisor writes to it at once.
  auto store = target.writer();
  in_transaction(*store, [] {});
  CHECK(store->info().epoch == report.epoch + 1);
}

TEST_CASE("an empty store is moved too", "[store_migration]") {
  EngineUnderTest source(GENERATE(from_range(engine_names())));
  EVERY_ENGINE(target);
  static_cast<void>(source.open(OpenMode::writer));
  value_of(migrate_store(source.url(), target.url(), quick()));
  CHECK(content_of(target.url()) == content_of(source.url()));
}

TEST_CASE("a migration that was killed goes on where it was", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())));
  EVERY_ENGINE(target);
  int pages = 1 + static_cast<int>(source.dice.below(25));
  INFO("seed " << Catch::getSeed() << ", killed after page " << pages);
  migrate_and_die(source.url(), target.url(), pages);
  SECTION("nobody can open half a store") {
    for (OpenMode mode : {OpenMode::writer, OpenMode::reader}) {
      auto opened = open_store(target.url(), mode);
      REQUIRE_FALSE(opened.has_value());
      CHECK_THAT(opened.error().text, ContainsSubstring("store migrate"));
    }
    CHECK_FALSE(open_lease_store(target.url(), 5s).has_value());
  }
  SECTION("another store is not mixed in") {
    Source other(GENERATE(from_range(engine_names())), 1);
    Error error = refused(other.url(), target.url());
    CHECK(error.code == Errc::exists);
    CHECK_THAT(error.text, ContainsSubstring("unfinished copy"));
  }
  SECTION("killed again and again") {
    while (pages > 1) migrate_and_die(source.url(), target.url(), pages /= 2);
  }
  MigrationOptions options = quick();
  options.waiting = [&](std::chrono::milliseconds left) { CHECK(left <= options.lease); };
  auto report = value_of(migrate_store(source.url(), target.url(), options));
  CHECK(report.rows_resumed > 0);
  CHECK(report.rows == static_cast<std::int64_t>(rows_of(source.before)));
  CHECK(content_of(target.url()) == source.before);
}

TEST_CASE("what was copied is copied again when somebody has written to the source since", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())));
  EVERY_ENGINE(target);
  migrate_and_die(source.url(), target.url(), 12);
  auto writer = living(source.under_test, "a supervisor");
  in_transaction(*writer, [&] { require_ok(writer->put(Tenant{4711, "late"})); });
  SECTION("and is still there") {
    Error error = refused(source.url(), target.url());
    CHECK(error.code == Errc::busy);
    CHECK_THAT(error.text, ContainsSubstring("\"a supervisor\" holds its lease"));
  }
  {
    auto leases = value_of(open_lease_store(source.url(), 5s));
    require_ok(leases->release(value_of(leases->look()).lease.epoch, "", 0ms));
  }
  auto report = value_of(migrate_store(source.url(), target.url(), quick()));
  CHECK(report.rows_resumed == 0);
  CHECK(content_of(target.url()) == content_of(source.url()));
}

TEST_CASE("a migration ends when somebody takes its source over", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())));
  EVERY_ENGINE(target);
  int pages = 0;
  MigrationOptions options = quick();
  options.progress = [&](const MigrationProgress&) {
    if (++pages == 12) take_lease(*source.under_test.open(OpenMode::writer), source.url(), "a supervisor");
    if (pages > 12) std::this_thread::sleep_for(options.lease);  // so that the next renewal is due
  };
  Error error = refused(source.url(), target.url(), options);
  CHECK(error.code == Errc::fenced);
  CHECK_THAT(error.text, ContainsSubstring("took the store over"));
  CHECK_FALSE(open_store(target.url(), OpenMode::reader).has_value());
}

TEST_CASE("a store that is not empty is not written to", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 3);
  EVERY_ENGINE(target);
  {
    auto writer = target.writer();
    SECTION("a row") {
      in_transaction(*writer, [&] { require_ok(writer->put(Tenant{1, "here first"})); });
    }
    SECTION("identifiers that were given out") {
      in_transaction(*writer, [&] { value_of(writer->take_ids(IdKind::record, 1)); });
    }
    SECTION("a time zone") {
      in_transaction(*writer, [&] { require_ok(writer->put(TimeZone{999, "XYZ", "Etc/UTC"})); });
    }
    auto leases = value_of(open_lease_store(target.url(), 5s));
    require_ok(leases->release(value_of(leases->look()).lease.epoch, "", 0ms));
  }
  Content before = content_of(target.url());
  Error error = refused(source.url(), target.url());
  CHECK(error.code == Errc::exists);
  CHECK_THAT(error.text, ContainsSubstring("TO: the store is not empty"));
  CHECK(content_of(target.url()) == before);
  CHECK(open_store(target.url(), OpenMode::reader).has_value());
}

TEST_CASE("stores in use are left alone", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 3);
  EVERY_ENGINE(target);
  SECTION("the source") {
    static_cast<void>(living(source.under_test, "left"));
    CHECK_THAT(refused(source.url(), target.url()).text, ContainsSubstring("FROM: the store is in use: \"left\""));
  }
  SECTION("the target") {
    static_cast<void>(living(target, "right"));
    CHECK_THAT(refused(source.url(), target.url()).text, ContainsSubstring("TO: the store is in use: \"right\""));
  }
  SECTION("one that waits") {
    if (sqlite_file(source.url())) return;  // its lock file tells
    std::atomic<bool> over = false;
    auto leases = value_of(open_lease_store(source.url(), 5s));
    Member backup;
    backup.name = "right";
    backup.host = "host-b";
    require_ok(leases->announce(backup));
    std::thread lives([&] {
      while (!over && leases->announce(backup)) std::this_thread::sleep_for(50ms);
    });
    auto done = migrate_store(source.url(), target.url(), quick());
    over = true;
    lives.join();
    REQUIRE_FALSE(done.has_value());
    CHECK_THAT(done.error().text, ContainsSubstring("FROM: the store is in use: \"right\" on host-b"));
  }
  SECTION("both are one") { CHECK_THAT(refused(source.url(), source.url()).text, ContainsSubstring("the same store")); }
}

TEST_CASE("of two migrations of a store the second is refused", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 1'500);
  EVERY_ENGINE(target);
  std::binary_semaphore begun(0);
  Result<MigrationReport> first;
  std::thread under_way([&] {
    MigrationOptions options = quick();
    options.progress = [&, pages = 0](const MigrationProgress&) mutable {
      if (++pages == 2) begun.release();
      std::this_thread::sleep_for(10ms);  // it shall last, and live
    };
    first = migrate_store(source.url(), target.url(), options);
  });
  begun.acquire();
  auto second = migrate_store(source.url(), target.url(), quick());
  under_way.join();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Errc::busy);
  value_of(std::move(first));
  CHECK(content_of(target.url()) == source.before);
}

TEST_CASE("a supervisor's lock file keeps its store from being moved", "[store_migration]") {
  Source source("sqlite", 1);
  EngineUnderTest target("sqlite");
  static_cast<void>(target.open(OpenMode::writer));
  for (const EngineUnderTest* locked : {&source.under_test, &target}) {
    auto file = *sqlite_file(locked->url());
    auto lock = value_of(LockFile::acquire(file + ".lock"));
    Error error = refused(source.url(), target.url());
    CHECK(error.code == Errc::busy);
    CHECK_THAT(error.text, ContainsSubstring("is locked by the running process"));
  }
  value_of(migrate_store(source.url(), target.url(), quick()));
}

TEST_CASE("a difference in the end is found, and names the table", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 20);
  EVERY_ENGINE(target);
  std::string sql = GENERATE("UPDATE tokens SET expires_at = 4711 WHERE name = (SELECT min(name) FROM tokens)",
                             "DELETE FROM tokens WHERE name = (SELECT min(name) FROM tokens)");
  MigrationOptions options = quick();
  options.progress = [&, done = false](const MigrationProgress& now) mutable {
    if (now.phase != MigrationProgress::Phase::compare || std::exchange(done, true)) return;
    auto tampered = value_of(open_table_store(target.url(), TableAccess::read_write));
    require_ok(tampered->begin());
    CHECK(value_of(tampered->run(sql, {}, "tamper")) == 1);
    require_ok(tampered->commit());
  };
  Error error = refused(source.url(), target.url(), options);
  CHECK(error.code == Errc::store);
  CHECK_THAT(error.text, ContainsSubstring("the table tokens differs"));
  CHECK_FALSE(open_store(target.url(), OpenMode::reader).has_value());
}

TEST_CASE("a store that is not there is not made by looking for it", "[store_migration]") {
  TempDir directory;
  EngineUnderTest target("sqlite");
  Error error = refused("sqlite://" + directory.file("none.db"), target.url());
  CHECK(error.code == Errc::not_found);
  CHECK_THAT(error.text, ContainsSubstring("there is no store"));
  CHECK(access(directory.file("none.db").c_str(), F_OK) != 0);
  CHECK(access(directory.file("none.db.lock").c_str(), F_OK) != 0);
  CHECK(refused("mysql://x", target.url()).code == Errc::invalid);
}

}  // namespace outpost::test
