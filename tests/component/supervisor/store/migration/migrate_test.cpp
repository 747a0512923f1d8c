// Moving a store into another one, between all engines.
#include "supervisor/store/migration/migrate.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"
#include "tests/component/supervisor/store/migration/stores.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::migrate_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

// What somebody who is gone left behind.
void release_lease(const std::string& url) {
  auto leases = value_of(open_lease_store(url, 5s));
  require_ok(leases->release(value_of(leases->look()).lease.epoch, "", 0ms));
}

// Runs the migration in another process, which dies by kill -9 after so many pages. It does not lose its lease before
// that, however busy the machine is.
void migrate_and_die(const std::string& from, const std::string& to, int pages) {
  pid_t child = fork();
  if (child == 0) {
    MigrationOptions options;
    options.lease = 60s;
    options.progress = [&](const MigrationProgress&) {
      if (--pages == 0) raise(SIGKILL);
    };
    auto outlived = migrate_store(from, to, options);
    fmt::print(stderr, "the migration was not killed: {}\n", outlived ? "it came to its end" : outlived.error().text);
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  release_lease(from);
}

}  // namespace

TEST_CASE("every table arrives as it was, whatever it holds", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 1'100);
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
  SECTION("once, and until then nobody can open half a store and another is not mixed in") {
    for (OpenMode mode : {OpenMode::writer, OpenMode::reader}) {
      auto opened = open_store(target.url(), mode);
      REQUIRE_FALSE(opened.has_value());
      CHECK_THAT(opened.error().text, ContainsSubstring("store migrate"));
    }
    CHECK_FALSE(open_lease_store(target.url(), 5s).has_value());
    for (const std::string& engine : engine_names()) {
      Source other(engine, 1);
      Error error = refused(other.url(), target.url());
      CHECK(error.code == Errc::exists);
      CHECK_THAT(error.text, ContainsSubstring("unfinished copy"));
    }
  }
  SECTION("again and again") {
    while (pages > 1) migrate_and_die(source.url(), target.url(), pages /= 2);
  }
  MigrationOptions options = quick();
  options.waiting = [&](std::chrono::milliseconds left) { CHECK(left <= options.lease); };
  auto report = value_of(migrate_store(source.url(), target.url(), options));
  CHECK(report.rows_resumed > 0);
  CHECK(report.rows == static_cast<std::int64_t>(rows_of(source.before)));
  CHECK(content_of(target.url()) == source.before);
}

TEST_CASE("a page of the other store may take longer than a session that serves may lie idle", "[store_migration]") {
  EngineUnderTest target("postgresql");
  static_cast<void>(target.open(OpenMode::writer));
  constexpr ColumnKind kKinds[] = {ColumnKind::integer};
  for (TableAccess access : {TableAccess::read_only, TableAccess::read_write}) {
    auto tables = value_of(open_table_store(target.url(), access));
    auto rows = value_of(tables->query(
        "SELECT CAST(setting AS bigint) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'", {},
        kKinds, "read the setting"));
    CHECK(std::get<std::int64_t>(rows.at(0).at(0)) >= 10 * PgOptions().idle_time.count());
  }
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
  release_lease(source.url());
  auto report = value_of(migrate_store(source.url(), target.url(), quick()));
  CHECK(report.rows_resumed == 0);
  CHECK(content_of(target.url()) == content_of(source.url()));
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
    release_lease(target.url());
  }
  Content before = content_of(target.url());
  Error error = refused(source.url(), target.url());
  CHECK(error.code == Errc::exists);
  CHECK_THAT(error.text, ContainsSubstring("TO: the store is not empty"));
  CHECK(content_of(target.url()) == before);
  CHECK(open_store(target.url(), OpenMode::reader).has_value());
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

}  // namespace outpost::test::migrate_test
