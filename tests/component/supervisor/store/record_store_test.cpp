// The conformance suite: what every engine behind RecordStore promises. Here: transactions, who may write, what
// survives, and the small tables; the rest is in record_store_*_test.cpp.
#include "supervisor/store/record_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <type_traits>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/sql/columns.h"
#include "tests/component/supervisor/store/conformance.h"

namespace outpost::test::store_record_store_test {

namespace {

// Every column has a value of its own, so that two that are exchanged show.
Record full_record() {
  Record r;
  std::int32_t last = 1'000;
  for_each_column(r, [&](std::string_view name, auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, std::string>) {
      value = fmt::format("caf\xc3\xa9 'quoted' {}", name);
    } else {
      value = static_cast<Value>((sizeof(Value) == 8 ? 5'000'000'000 : 0) + ++last);
    }
  });
  r.record_id = 7, r.list_dbid = kList;
  return r;
}

}  // namespace

TEST_CASE("a record comes back as it was written", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Record record = full_record();
  insert_all(*store, {record});
  CHECK(value_of(store->record(kList, 7)) == record);
  CHECK_FALSE(value_of(store->record(kList, 8)));
  CHECK_FALSE(value_of(store->record(kList + 1, 7)));
}

TEST_CASE("an update writes every column but the identifiers", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Record before = some_record(7);
  insert_all(*store, {before, some_record(8)});
  Record after = full_record();
  in_transaction(*store, [&] { require_ok(store->update_record(before, after)); });
  CHECK(value_of(store->record(kList, 7)) == after);
  // Then what an update leaves alone most of the time, each by itself, and at last only what it does not.
  for (auto change : {+[](Record& r) { r.contact_info = "other"; }, +[](Record& r) { r.chain_id = 77; },
                      +[](Record& r) { r.chain_n = 78; }, +[](Record& r) { r.customer_id.clear(); },
                      +[](Record& r) { r.record_status = 3; }}) {
    before = after;
    change(after);
    in_transaction(*store, [&] { require_ok(store->update_record(before, after)); });
    CHECK(value_of(store->record(kList, 7)) == after);
  }
  CHECK(value_of(store->record(kList, 8)) == some_record(8));
}

TEST_CASE("an update of a record that is not there is refused", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  for (auto change : {+[](Record& r) { r.record_status = 3; }, +[](Record& r) { r.contact_info = "other"; }}) {
    Record changed = some_record(1);
    change(changed);
    require_ok(store->begin());
    auto writes = store->writes();
    Result<> done = store->update_record(some_record(1), changed);
    if (!engine.pipelined()) CHECK(store->writes() == writes);
    // Whatever comes next may tell, and everything after it, too.
    if (engine.pipelined()) CHECK(store->record(kList, 2).error().code == Errc::not_found);
    CHECK(error_of(engine, *store, done) == Errc::not_found);
    store->rollback();
  }
  CHECK(all_records(*store, kList).empty());
}

TEST_CASE("a place in a chain is taken once", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  insert_all(*store, {some_record(1)});
  Record twin = some_record(2);
  twin.chain_id = 1;
  require_ok(store->begin());
  CHECK(error_of(engine, *store, store->insert_record(twin)) == Errc::store);
  store->rollback();
  in_transaction(*store, [&] {
    twin.chain_n = 1;
    require_ok(store->insert_record(twin));
  });
  CHECK(ids_of(value_of(store->chain(kList, 1, 10))) == Ids{1, 2});
}

TEST_CASE("a transaction sees its own writes and a rollback undoes them", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto reader = engine.open(OpenMode::reader);
  require_ok(store->begin());
  auto writes = store->writes();
  require_ok(store->insert_record(some_record(1)));
  CHECK(store->writes() > writes);
  CHECK(value_of(store->record(kList, 1)));
  CHECK_FALSE(value_of(reader->record(kList, 1)));
  store->rollback();
  CHECK_FALSE(value_of(store->record(kList, 1)));
  insert_all(*store, {some_record(1)});
  CHECK(value_of(reader->record(kList, 1)));
}

TEST_CASE("nothing is written outside a transaction", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  CHECK(store->insert_record(some_record(1)).error().code == Errc::store);
  CHECK(store->take_ids(IdKind::record, 1).error().code == Errc::store);
  CHECK(store->commit().error().code == Errc::store);
  CHECK_FALSE(value_of(store->record(kList, 1)));
}

TEST_CASE("a reader cannot write", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto reader = engine.open(OpenMode::reader);
  reader->hold(store->info().epoch);
  CHECK(reader->begin().error().code == Errc::unsupported);
  CHECK_FALSE(reader->insert_record(some_record(1)));
  CHECK(reader->info().epoch == store->info().epoch);
}

TEST_CASE("who never took the lease cannot begin", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto store = engine.open(OpenMode::writer);
  CHECK(store->begin().error().code == Errc::fenced);
}

TEST_CASE("whoever takes the lease fences off the one before", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto first = engine.writer("first");
  auto old_epoch = first->info().epoch;
  insert_all(*first, {some_record(1)});

  auto second = engine.open(OpenMode::writer);
  CHECK(take_lease(*second, engine.url(), "second") > old_epoch);
  auto refused = first->begin();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::fenced);
  CHECK_FALSE(first->insert_record(some_record(2)));
  insert_all(*second, {some_record(3)});
  CHECK(ids_of(all_records(*second, kList)) == Ids{1, 3});

  take_lease(*first, engine.url(), "first");
  CHECK(second->begin().error().code == Errc::fenced);
  insert_all(*first, {some_record(4)});
}

TEST_CASE("identifiers are never given out twice", "[store][ids]") {
  EVERY_ENGINE(engine);
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::set<std::int64_t> seen;
  auto store = engine.writer();
  for (int round = 0; round < 60; ++round) {
    if (random() % 4 == 0) store = engine.writer();
    require_ok(store->begin());
    for (std::uint64_t takes = random() % 4; takes > 0; --takes) {
      auto n = static_cast<std::int64_t>(random() % 8 == 0 ? 1000 + random() % 2000 : 1 + random() % 3);
      std::int64_t first = value_of(store->take_ids(IdKind::record, n));
      CHECK(first > 0);
      for (std::int64_t id = first; id < first + n; ++id) REQUIRE(seen.insert(id).second);
    }
    // What was lost with a process was never durable, so only a rollback in the life of one store is tried.
    if (random() % 3 == 0) {
      store->rollback();
      require_ok(store->begin());
      std::int64_t id = value_of(store->take_ids(IdKind::record, 1));
      REQUIRE(seen.insert(id).second);
    }
    require_ok(store->commit());
  }
}

TEST_CASE("two supervisors in turn never get the same identifiers", "[store][ids]") {
  EVERY_ENGINE(engine);
  std::set<std::int64_t> seen;
  auto a = engine.writer("a");
  auto b = engine.open(OpenMode::writer);
  for (int turn = 0; turn < 6; ++turn) {
    RecordStore& store = turn % 2 == 0 ? *a : *b;
    take_lease(store, engine.url(), "turn");
    in_transaction(store, [&] {
      for (int k = 0; k < 700; ++k) REQUIRE(seen.insert(value_of(store.take_ids(IdKind::handle, 1))).second);
    });
  }
}

TEST_CASE("the kinds of identifiers are counted apart", "[store][ids]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    CHECK(value_of(store->take_ids(IdKind::record, 3)) == 1);
    CHECK(value_of(store->take_ids(IdKind::handle, 1)) == 1);
    CHECK(value_of(store->take_ids(IdKind::import, 1)) == 1);
    CHECK(value_of(store->take_ids(IdKind::record, 1)) == 4);
  });
}

TEST_CASE("an answer is kept byte for byte until it is forgotten", "[store][idempotency]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::string bytes("\0\xff' binary \x80", 12);
  in_transaction(*store, [&] {
    require_ok(store->keep_answer("key 1", {bytes, bytes + bytes}, 100));
    require_ok(store->keep_answer("key 2", {"f", ""}, 101));
    require_ok(store->keep_answer("key 3", {"f", "a"}, 102));
  });
  CHECK(value_of(store->kept_answer("key 1"))->fingerprint == bytes);
  CHECK(value_of(store->kept_answer("key 1"))->answer == bytes + bytes);
  CHECK_FALSE(value_of(store->kept_answer("Key 1")));
  require_ok(store->begin());
  CHECK(error_of(engine, *store, store->keep_answer("key 1", {"g", "b"}, 103)) == Errc::store);
  store->rollback();
  in_transaction(*store, [&] {
    require_ok(store->forget_answers(102, 1));
    CHECK_FALSE(value_of(store->kept_answer("key 1")));
    CHECK(value_of(store->kept_answer("key 2")));
    require_ok(store->forget_answers(102, 100));
    CHECK_FALSE(value_of(store->kept_answer("key 2")));
    require_ok(store->forget_answers(102, 100));
    CHECK(value_of(store->kept_answer("key 3")));
  });
}

TEST_CASE("an import is found by its source, the newest first", "[store][import]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    require_ok(store->put_import({1, kList, "file", 10, 2, 1, true}));
    require_ok(store->put_import({2, kList, "file", 0, 1, 0, false}));
    require_ok(store->put_import({3, kList, "other", 0, 1, 0, false}));
    require_ok(store->put_import({2, kList, "file", 5'000'000'000, 44, 43, false}));
  });
  ImportState found = *value_of(store->find_import(kList, "file"));
  CHECK(found.import_id == 2);
  CHECK(found.next_offset == 5'000'000'000);
  CHECK(found.next_line == 44);
  CHECK(found.rows == 43);
  CHECK_FALSE(found.finished);
  CHECK(value_of(store->import(1))->finished);
  CHECK_FALSE(value_of(store->import(4)));
  CHECK_FALSE(value_of(store->find_import(kList + 1, "file")));
  auto latest = value_of(store->imports(2));
  REQUIRE(latest.size() == 2);
  CHECK(latest[0].import_id == 3);
  CHECK(latest[1].rows == 43);
}

TEST_CASE("a store says what it is", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  StoreInfo info = store->info();
  CHECK(info.engine.size() > 3);
  CHECK(info.url == engine.url());
  CHECK(info.schema_version >= 1);
  CHECK(info.epoch == 1);
}

namespace {

constexpr int kBatchRows = 5;

// Commits batches for ever and says so on `fd` after each commit.
[[noreturn]] void write_until_killed(const EngineUnderTest& engine, int fd) {
  auto store = open_store(engine.url(), OpenMode::writer);
  if (!store) _exit(1);
  take_lease(**store, engine.url(), "victim");
  for (;;) {
    if (!(*store)->begin()) _exit(2);
    auto first = (*store)->take_ids(IdKind::record, kBatchRows);
    if (!first) _exit(3);
    for (std::int64_t k = 0; k < kBatchRows; ++k) {
      Record record = some_record(*first + k);
      record.chain_id = *first, record.chain_n = static_cast<std::int32_t>(k);
      if (!(*store)->insert_record(record)) _exit(4);
    }
    if (!(*store)->commit()) _exit(5);
    if (::write(fd, &*first, sizeof *first) != sizeof *first) _exit(6);
  }
}

}  // namespace

TEST_CASE("what was committed is there after kill -9, whole and once", "[store][crash]") {
  EVERY_ENGINE(engine);
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::set<std::int64_t> acknowledged;
  engine.writer();
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(engine, ends[1]);
    }
    ::close(ends[1]);
    std::int64_t first = 0;
    // The kill falls somewhere into the work that follows the last batch that was read.
    auto reads = 1 + random() % 25;
    while (reads-- > 0 && ::read(ends[0], &first, sizeof first) == sizeof first)
      REQUIRE(acknowledged.insert(first).second);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &first, sizeof first) == sizeof first) REQUIRE(acknowledged.insert(first).second);
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    auto store = engine.writer();
    std::set<std::int64_t> found;
    auto rows = all_records(*store, kList);
    for (const Record& row : rows) found.insert(row.chain_id);
    CHECK(rows.size() == found.size() * kBatchRows);
    std::map<std::int64_t, Record> by_id;
    for (const Record& row : rows) by_id[row.record_id] = row;
    CHECK(counts_of(value_of(store->statistics())) == recount(by_id));
    CHECK(std::ranges::includes(found, acknowledged));
    // At most the batch whose acknowledgement was cut off.
    CHECK(found.size() <= acknowledged.size() + static_cast<std::size_t>(round) + 1);
  }
}

TEST_CASE("a store URL that is not valid is refused with what would be", "[store]") {
  for (const char* url :
       {"", "records.db", "/tmp/records.db", "sqlite://records.db", "sqlite:///", "mysql://host/db"}) {
    auto store = open_store(url, OpenMode::writer);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == Errc::invalid);
    CHECK(store.error().text.find("sqlite:///absolute/path.db") != std::string::npos);
    CHECK(open_lease_store(url, std::chrono::seconds(1)).error().code == Errc::invalid);
  }
}

}  // namespace outpost::test::store_record_store_test
