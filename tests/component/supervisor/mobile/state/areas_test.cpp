// The conformance suite of StateStore: areas, their files and their time.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "supervisor/mobile/state/state_store.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"

namespace outpost::test::state_areas_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

TEST_CASE("an area comes back as it was stored, with the time that it has", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  std::int64_t before = value_of(store->now());
  put(*store, "a", 60s);
  std::int64_t after = value_of(store->now());
  auto found = value_of(store->area("a"));
  REQUIRE(found);
  CHECK(found->expires_at >= before + 60'000);
  CHECK(found->expires_at <= after + 60'000);
  StateArea expected = some_area("a");
  expected.expires_at = found->expires_at;
  CHECK(*found == expected);
  CHECK_FALSE(value_of(store->area("b")));
  CHECK(value_of(engine.open(StateMode::reader)->area("a")) == expected);
  CHECK(store->info().schema_version == 2);
}

TEST_CASE("an area whose time is over is nowhere to be seen", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    require_ok(store->put_area(some_area("a"), 0s));
    require_ok(store->put_file(some_file("a", "photo")));
  });
  CHECK_FALSE(value_of(store->area("a")));
  CHECK(value_of(store->files("a")).empty());
  CHECK_FALSE(value_of(store->file("a", "photo")));
  CHECK(value_of(store->count_areas(10)) == 0);
  in_transaction(*store, [&] {
    CHECK_FALSE(value_of(store->lock_area("a")));
    CHECK_FALSE(value_of(store->remove_area("a")));
  });
}

TEST_CASE("files come back byte for byte, and a new one takes the place of the old", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    require_ok(store->put_area(some_area("a"), 60s));
    for (auto key : {"photo", "card"}) require_ok(store->put_file(some_file("a", key)));
    require_ok(store->put_area(some_area("b"), 60s));
    require_ok(store->put_file(some_file("b", "photo")));
    require_ok(store->put_file({"b", "empty", "", "", ""}));
  });
  CHECK(value_of(store->file("a", "photo")) == some_file("a", "photo"));
  CHECK(value_of(store->file("b", "empty")) == StateFile{"b", "empty", "", "", ""});
  CHECK_FALSE(value_of(store->file("a", "other")));
  auto files = value_of(store->files("a"));
  CHECK(keys_of(files) == Keys{"card", "photo"});
  CHECK(files[1].content_type == "image/photo");
  CHECK(files[1].bytes.empty());
  CHECK(files[1].size == static_cast<std::int64_t>(some_file("a", "photo").bytes.size()));
  CHECK(value_of(store->files("b"))[0].size == 0);
  in_transaction(*store, [&] { require_ok(store->put_file({"a", "photo", "x/y", "n", "z"})); });
  CHECK(value_of(store->file("a", "photo")) == StateFile{"a", "photo", "x/y", "n", "z"});
  in_transaction(*store, [&] {
    CHECK(value_of(store->remove_file("a", "photo")));
    CHECK_FALSE(value_of(store->remove_file("a", "photo")));
  });
  CHECK(keys_of(value_of(store->files("a"))) == Keys{"card"});
  CHECK(keys_of(value_of(store->files("b"))) == Keys{"empty", "photo"});
}

TEST_CASE("texts and files of many megabytes come back", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  StateArea area = some_area("a");
  area.texts = R"({"long":")" + std::string(16 * 1024 * 1024, 'x') + "\"}";
  StateFile file = some_file("a", "photo");
  file.bytes.clear();
  for (std::size_t i = 0; file.bytes.size() < 10 * 1024 * 1024; ++i) file.bytes += static_cast<char>(i * i >> 3);
  in_transaction(*store, [&] {
    require_ok(store->put_area(area, 60s));
    for (auto key : {"photo", "second"}) {
      file.key = key;
      require_ok(store->put_file(file));
    }
  });
  CHECK((texts_of(*store, "a") == area.texts));
  CHECK((value_of(store->file("a", "second")) == file));
  CHECK(value_of(store->files("a"))[1].size == 10 * 1024 * 1024);
}

TEST_CASE("an area that is put in the place of another has nothing of it", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    require_ok(store->put_area(some_area("a"), GENERATE(0s, 60s)));
    require_ok(store->put_file(some_file("a", "photo")));
  });
  StateArea other{"a", "somebody", "{}", 0};
  in_transaction(*store, [&] {
    require_ok(store->put_area(other, 60s));
    require_ok(store->put_file(some_file("a", "card")));
  });
  auto found = value_of(store->area("a"));
  REQUIRE(found);
  other.expires_at = found->expires_at;
  CHECK(*found == other);
  CHECK(keys_of(value_of(store->files("a"))) == Keys{"card"});
}

TEST_CASE("an update gives new texts, and time only where it is asked for", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put(*store, "a", 60s);
  put(*store, "b", 60s);
  auto before = value_of(store->area("a"));
  in_transaction(*store, [&] { require_ok(store->set_texts("a", R"({"n":"1"})")); });
  before->texts = R"({"n":"1"})";
  CHECK(value_of(store->area("a")) == before);
  in_transaction(*store, [&] { require_ok(store->update_area("a", R"({"n":"2"})", 7200s)); });
  auto after = value_of(store->area("a"));
  CHECK(after->texts == R"({"n":"2"})");
  CHECK(after->owner == "owner of a");
  CHECK(after->expires_at > before->expires_at);
  CHECK(texts_of(*store, "b") == some_area("b").texts);
  in_transaction(*store, [&] { require_ok(store->update_area("a", "{}", 0s)); });
  CHECK_FALSE(value_of(store->area("a")));
}

TEST_CASE("an area is removed with its files and no others", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  in_transaction(*store, [&] {
    for (auto id : {"a", "b"}) {
      require_ok(store->put_area(some_area(id), 60s));
      require_ok(store->put_file(some_file(id, "photo")));
    }
  });
  in_transaction(*store, [&] {
    CHECK(value_of(store->remove_area("a")));
    CHECK_FALSE(value_of(store->remove_area("a")));
  });
  put(*store, "a");
  CHECK(value_of(store->files("a")).empty());
  CHECK(keys_of(value_of(store->files("b"))) == Keys{"photo"});
}

TEST_CASE("a transaction sees its own writes, and a rollback undoes them", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  auto reader = engine.open(StateMode::reader);
  require_ok(store->begin());
  auto writes = store->writes();
  require_ok(store->put_area(some_area("a"), 60s));
  CHECK(store->writes() > writes);
  CHECK(texts_of(*store, "a") == some_area("a").texts);
  CHECK(texts_of(*reader, "a") == "none");
  store->rollback();
  CHECK(texts_of(*store, "a") == "none");
  require_ok(store->begin());
  store->rollback();
  // One that only reads changes nothing and counts as nothing.
  writes = store->writes();
  in_transaction(*store, [&] { CHECK(texts_of(*store, "a") == "none"); });
  CHECK(store->writes() == writes);
  put(*store, "a");
  CHECK(texts_of(*reader, "a") == some_area("a").texts);
}

TEST_CASE("writes are taken within a transaction only", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  CHECK(store->put_area(some_area("a"), 60s).error().code == Errc::store);
  CHECK(store->remove_area("a").error().code == Errc::store);
  CHECK(store->commit().error().code == Errc::store);
  CHECK(texts_of(*store, "a") == "none");
}

TEST_CASE("a reader writes nothing, and its transaction sees one moment", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  auto reader = engine.open(StateMode::reader);
  put(*store, "a");
  require_ok(reader->begin());
  CHECK(texts_of(*reader, "a") == some_area("a").texts);
  in_transaction(*store, [&] { require_ok(store->set_texts("a", "{}")); });
  CHECK(texts_of(*reader, "a") == some_area("a").texts);
  reader->rollback();
  CHECK(texts_of(*reader, "a") == "{}");
  Result<> done = reader->begin();
  if (done) done = reader->set_texts("a", "x");
  if (done) done = reader->commit();
  CHECK_FALSE(done);
  reader->rollback();
  CHECK(texts_of(*store, "a") == "{}");
}

TEST_CASE("who locks an area keeps others from it until the end of the transaction", "[mobile][state]") {
  EVERY_STATE(engine);
  auto first = engine.open();
  auto second = engine.open();
  put(*first, "a");
  require_ok(first->begin());
  CHECK(value_of(first->lock_area("a"))->texts == some_area("a").texts);
  auto waiting = std::async(std::launch::async, [&]() -> Result<std::string> {
    if (Result<> begun = second->begin(); !begun) return pass(begun);
    auto locked = second->lock_area("a");
    if (!locked) return pass(locked);
    Result<> done = second->set_texts("a", R"({"n":"2"})");
    if (done) done = second->commit();
    if (!done) return pass(done);
    return (*locked)->texts;
  });
  if (engine.shared()) {
    auto session = value_of(PgSession::open(engine.url(), {}));
    auto waits = [&] {
      return value_of(session.query("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM"
                                    " pg_stat_activity WHERE datname = current_database())",
                                    "look", 5s))
                 .integer(0, 0) > 0;
    };
    while (!waits()) std::this_thread::yield();
  }
  require_ok(first->set_texts("a", R"({"n":"1"})"));
  require_ok(first->commit());
  CHECK(value_of(waiting.get()) == R"({"n":"1"})");
  CHECK(texts_of(*first, "a") == R"({"n":"2"})");
}

TEST_CASE("what is no text of a store is refused before it is asked", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff")}) {
    require_ok(store->begin());
    CHECK(store->put_area({bad, "", "{}", 0}, 60s).error().code == Errc::invalid);
    CHECK(store->put_area({"a", "", bad, 0}, 60s).error().code == Errc::invalid);
    CHECK(store->put_file({"a", bad, "", "", ""}).error().code == Errc::invalid);
    CHECK(store->put_file({"a", "k", "", bad, ""}).error().code == Errc::invalid);
    CHECK(store->area(bad).error().code == Errc::invalid);
    CHECK(store->file("a", bad).error().code == Errc::invalid);
    CHECK(store->lock_area(bad).error().code == Errc::invalid);
    // The transaction is none the worse for it.
    require_ok(store->put_area(some_area("a"), 60s));
    require_ok(store->commit());
  }
  CHECK(texts_of(*store, "a") == some_area("a").texts);
}

TEST_CASE("what was committed survives the sudden end of its process", "[mobile][state]") {
  EVERY_STATE(engine);
  auto durability = GENERATE(StateDurability::process, StateDurability::power);
  engine.open();  // the tables
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto store = open_state_store(engine.url(), StateMode::writer, durability);
    bool good = store && (*store)->begin() && (*store)->put_area(some_area("a"), 60s) &&
                (*store)->put_file(some_file("a", "photo")) && (*store)->commit() && (*store)->begin() &&
                (*store)->put_area(some_area("b"), 60s);
    if (good) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  auto store = engine.open();
  CHECK(texts_of(*store, "a") == some_area("a").texts);
  CHECK(value_of(store->file("a", "photo")) == some_file("a", "photo"));
  CHECK(texts_of(*store, "b") == "none");
}

TEST_CASE("a custom area is that of one user and one id", "[mobile][state]") {
  CHECK(custom_area_id("ann", "x") == custom_area_id("ann", "x"));
  CHECK(custom_area_id("ann", "x") != custom_area_id("an", "nx"));
  CHECK(custom_area_id("1", "1:x") != custom_area_id("11", ":x"));
  CHECK(custom_area_id(std::string(100'000, 'u'), "x").size() < 100);
}

}  // namespace outpost::test::state_areas_test
