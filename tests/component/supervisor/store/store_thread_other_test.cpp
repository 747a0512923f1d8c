// The store's thread over a store that is not the one of records: notes, with three statements on a file of SQLite.
#include <fstream>

#include "supervisor/store/job_thread.h"
#include "supervisor/store/sqlite/session.h"
#include "tests/component/supervisor/store/store_thread_bench.h"

namespace outpost::test::store_thread_other_test {

namespace {

class NoteStore {
 public:
  static std::unique_ptr<NoteStore> open(const std::string& path) {
    return std::make_unique<NoteStore>(value_of(Database::open(path, Database::Access::read_write, 10'000)));
  }
  explicit NoteStore(Database database) : database_(std::move(database)) {
    require_ok(database_.execute("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY)",
                                 "set the notes up"));
    insert_ = value_of(database_.prepare("INSERT INTO notes VALUES (?)", "write a note"));
    count_ = value_of(database_.prepare("SELECT count(*) FROM notes WHERE name = ?", "look for a note"));
  }

  Result<> begin() { return database_.execute("BEGIN IMMEDIATE", "begin"); }
  Result<> commit() { return database_.execute("COMMIT", "commit"); }
  void rollback() noexcept { (void)database_.execute("ROLLBACK", "roll back"); }
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }

  // Errc::store when there is one of this name.
  Result<> write(const std::string& name) {
    ++writes_;
    return Query(insert_, name).finish();
  }
  Result<bool> has(const std::string& name) {
    Query query(count_, name);
    if (auto row = query.next(); !row) return row;
    return query.integer(0) != 0;
  }

 private:
  Database database_;
  Statement insert_;
  Statement count_;
  std::uint64_t writes_ = 0;
};

using NoteThread = StoreThread<NoteStore>;

struct NoteBench {
  TempDir dir;
  Loop loop;
  int rollbacks = 0;              // the store's thread's, read after stop()
  std::vector<std::string> done;  // in the order they came: "a", or "a: the store failed"
  NoteThread thread{loop, open(), {1000, 1000}, [this] { ++rollbacks; }};

  [[nodiscard]] std::unique_ptr<NoteStore> open() const {
    std::ofstream(dir.file("notes.db"), std::ios::app);  // Database::open() makes no file
    return NoteStore::open(dir.file("notes.db"));
  }
  void write(const std::string& name) {
    thread.submit({[name](NoteStore& store) { return store.write(name); },
                   [this, name](const Result<>& result) {
                     done.push_back(result ? name : name + ": " + std::string(to_string(result.error().code)));
                   }});
  }
  void run_until_done(std::size_t n) {
    while (done.size() < n) loop.run_once(true);
  }
};

using Outcomes = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(NoteBench, "any store: what waits becomes one transaction", "[store][thread]") {
  Gate gate;
  thread.submit(gate.work<NoteStore>());
  gate.wait_until_reached();
  for (const char* name : {"a", "b", "c"}) write(name);
  gate.open();
  run_until_done(3);
  CHECK(done == Outcomes{"a", "b", "c"});
  CHECK(thread.counters().batches == 2);
  CHECK(thread.counters().syncs == 1);
  for (const char* name : {"a", "b", "c"}) CHECK(value_of(open()->has(name)));
}

TEST_CASE_METHOD(NoteBench, "any store: an update that fails is rolled back alone", "[store][thread]") {
  Gate gate;
  thread.submit(gate.work<NoteStore>());
  gate.wait_until_reached();
  for (const char* name : {"a", "b", "a", "c"}) write(name);
  gate.open();
  run_until_done(4);
  CHECK(done == Outcomes{"a", "b", "a: " + std::string(to_string(Errc::store)), "c"});
  CHECK(thread.counters().retried_batches == 1);
  thread.stop();
  CHECK(rollbacks == 2);  // of the batch, and of the one
  for (const char* name : {"a", "b", "c"}) CHECK(value_of(open()->has(name)));
}

TEST_CASE_METHOD(NoteBench, "any store: who reads beside waits for nothing, and sees what is committed",
                 "[store][thread]") {
  JobThread<NoteStore> reader(
      loop, [this]() -> Result<std::unique_ptr<NoteStore>> { return open(); }, 10);
  auto is_seen = [&] {
    bool seen = false;
    bool looked = false;
    reader.submit([&](Result<NoteStore*> store) { seen = value_of(value_of(std::move(store))->has("a")); },
                  [&] { looked = true; });
    while (!looked) loop.run_once(true);
    return seen;
  };
  Gate gate;
  auto held = gate.work<NoteStore>();
  thread.submit({[&held](NoteStore& store) {
                   auto written = store.write("a");
                   return written ? held.apply(store) : written;
                 },
                 [this](const Result<>&) { done.emplace_back("a"); }});
  gate.wait_until_reached();
  CHECK_FALSE(is_seen());
  gate.open();
  run_until_done(1);
  CHECK(is_seen());
}

}  // namespace outpost::test::store_thread_other_test
