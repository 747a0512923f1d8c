// Who keeps a store from being moved, and whom a migration keeps off.
#include "supervisor/store/migration/fence.h"

#include <chrono>
#include <semaphore>
#include <thread>

#include "common/io/process.h"
#include "supervisor/store/url.h"
#include "tests/component/supervisor/store/migration/stores.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::fence_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a migration ends when somebody takes its source over", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())));
  EVERY_ENGINE(target);
  int pages = 0;
  MigrationOptions options = quick();
  options.lease = 1ms;  // so that a renewal is due at each page
  options.progress = [&](const MigrationProgress&) {
    if (++pages == 12) take_lease(*source.under_test.open(OpenMode::writer), source.url(), "a supervisor");
  };
  Error error = refused(source.url(), target.url(), options);
  CHECK(error.code == Errc::fenced);
  CHECK_THAT(error.text, ContainsSubstring("took the store over"));
  CHECK_FALSE(open_store(target.url(), OpenMode::reader).has_value());
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
    std::binary_semaphore over(0);
    auto leases = value_of(open_lease_store(source.url(), 5s));
    Member backup;
    backup.name = "right";
    backup.host = "host-b";
    require_ok(leases->announce(backup));
    std::thread lives([&] {
      while (!over.try_acquire_for(50ms) && leases->announce(backup)) {
      }
    });
    auto done = migrate_store(source.url(), target.url(), quick());
    over.release();
    lives.join();
    REQUIRE_FALSE(done.has_value());
    CHECK_THAT(done.error().text, ContainsSubstring("FROM: the store is in use: \"right\" on host-b"));
  }
  SECTION("both are one") { CHECK_THAT(refused(source.url(), source.url()).text, ContainsSubstring("the same store")); }
}

TEST_CASE("of two migrations of a store the second is refused", "[store_migration]") {
  Source source(GENERATE(from_range(engine_names())), 300);
  EVERY_ENGINE(target);
  std::binary_semaphore begun(0);
  std::binary_semaphore over(0);
  Result<MigrationReport> first;
  MigrationOptions of_both;
  of_both.lease = 3s;  // a busy machine may hold up the first for longer than the others' 0.3 s
  std::thread under_way([&] {
    MigrationOptions options = of_both;
    options.progress = [&, pages = 0](const MigrationProgress&) mutable {
      if (++pages == 2) begun.release();
      // It goes on, for it shall live, and lasts until the second is over.
      if (over.try_acquire_for(50ms)) over.release();
    };
    first = migrate_store(source.url(), target.url(), options);
  });
  begun.acquire();
  auto second = migrate_store(source.url(), target.url(), of_both);
  over.release();
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

}  // namespace outpost::test::fence_test
