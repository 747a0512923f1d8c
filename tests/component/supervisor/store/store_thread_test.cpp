#include "supervisor/store/store_thread.h"

#include <memory>
#include <numeric>
#include <thread>

#include "tests/component/supervisor/store/store_thread_bench.h"

namespace outpost::test::store_thread_test {

using namespace supervisor;

namespace {

const std::string kInvalid(to_string(Errc::invalid));
const std::string kStore(to_string(Errc::store));
const std::string kIo(to_string(Errc::io));
const std::string kFenced(to_string(Errc::fenced));

}  // namespace

TEST_CASE("what is urgent goes ahead of all that waits, and waits for one transaction at most", "[store][thread]") {
  Bench bench({.queue_max = 1000, .batch_max = 1000, .batch_time_max = std::chrono::milliseconds(0)});
  Gate first;
  Gate second;
  Ids applied;  // the store's thread's, read after stop()
  auto note = [&](std::int64_t id) {
    return [&applied, id](RecordStore& s) {
      applied.push_back(id);
      return s.insert_record(some_record(id));
    };
  };
  bench.thread->submit(first.work());
  first.wait_until_reached();
  // One batch, of which the first keeps the thread until the urgent one is there.
  bench.thread->submit(second.work());
  for (std::int64_t id = 1; id <= 3; ++id) bench.submit(id, note(id));
  first.open();
  second.wait_until_reached();
  CHECK(bench.thread->submit_urgent({note(9), [&](const Result<>& result) {
                                       REQUIRE(result);
                                       bench.done.emplace_back(9, "");
                                     }}));
  second.open();
  bench.run_until_done(4);
  bench.thread->stop();
  CHECK(applied == Ids{9, 1, 2, 3});
  CHECK(bench.stored() == Ids{1, 2, 3, 9});
  CHECK_FALSE(bench.thread->submit_urgent({note(10), [](const Result<>&) {}}));
}

TEST_CASE("what is abandoned is refused, up to the next handling of the store", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  bench.insert(1);
  bench.insert(2);
  bench.thread->submit_alone([](std::unique_ptr<RecordStore>&) { return Result<>(); }, [](const Result<>&) {});
  bench.insert(3);
  bench.thread->abandon();
  gate.open();
  bench.run_until_done(3);
  std::string closed(to_string(Errc::closed));
  CHECK(bench.outcome(1) == closed);
  CHECK(bench.outcome(2) == closed);
  CHECK(bench.outcome(3).empty());
  CHECK(bench.stored() == Ids{3});
}

TEST_CASE("a store in which one work after the other fails slowly keeps nobody waiting", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int applied = 0;
  for (std::int64_t id = 1; id <= 50; ++id) {
    bench.submit(id, [&applied](RecordStore&) -> Result<> {
      ++applied;
      // A lock that another session keeps: there is nothing to wait for but the time that it takes.
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      return fail(Errc::store, "locked");
    });
  }
  gate.open();
  bench.run_until_done(50);
  CHECK(applied < 10);
  CHECK(bench.outcome(1) == kStore);
  CHECK(bench.outcome(50) == to_string(Errc::unavailable));
}

TEST_CASE("without a store works are refused, until one is opened in its turn", "[store][thread]") {
  EngineUnderTest engine{"sqlite"};
  Loop loop;
  WriterThread thread(loop, nullptr, {1000, 1000});
  std::vector<std::string> outcomes;
  auto submit = [&](std::int64_t id) {
    thread.submit(
        {[id](RecordStore& s) { return s.insert_record(some_record(id)); },
         [&](const Result<>& result) { outcomes.emplace_back(result ? "" : to_string(result.error().code)); }});
  };
  auto alone = [&](WriterThread::Handling handling) {
    thread.submit_alone(std::move(handling), [&](const Result<>& result) {
      outcomes.emplace_back(result ? "done" : to_string(result.error().code));
    });
  };
  submit(1);
  alone([&](std::unique_ptr<RecordStore>& store) -> Result<> {
    store = engine.writer();
    return {};
  });
  submit(2);
  alone([](std::unique_ptr<RecordStore>& store) -> Result<> {
    store.reset();
    return fail(Errc::io, "closed, and it says so");
  });
  submit(3);
  while (outcomes.size() < 5) loop.run_once(true);
  std::string closed(to_string(Errc::closed));
  CHECK(outcomes == std::vector<std::string>{closed, "done", "", std::string(to_string(Errc::io)), closed});
  CHECK(ids_of(all_records(*engine.open(OpenMode::reader), 1)) == Ids{2});
}

TEST_CASE("what waits becomes one batch with one sync, done in order on the loop's thread", "[store][thread]") {
  Bench bench;
  Gate gate;
  REQUIRE(bench.thread->submit(gate.work()));
  gate.wait_until_reached();
  auto loop_thread = std::this_thread::get_id();
  bool elsewhere = false;
  bool on_loop = true;
  for (std::int64_t id = 1; id <= 50; ++id) {
    REQUIRE(bench.thread->submit({[&, id](RecordStore& s) {
                                    elsewhere = std::this_thread::get_id() != loop_thread;
                                    return s.insert_record(some_record(id));
                                  },
                                  [&, id](const Result<>& result) {
                                    on_loop = on_loop && std::this_thread::get_id() == loop_thread;
                                    bench.done.emplace_back(id, result ? "" : "failed");
                                  }}));
  }
  CHECK(bench.thread->queued() == 50);
  gate.open();
  bench.run_until_done(50);
  CHECK(elsewhere);
  CHECK(on_loop);
  for (std::size_t i = 0; i < 50; ++i) CHECK(bench.done[i] == std::pair<std::int64_t, std::string>(i + 1, ""));
  auto counters = bench.thread->counters();
  CHECK(counters.batches == 2);
  CHECK(counters.works == 51);
  CHECK(counters.syncs == 1);
  CHECK(counters.largest_batch == 50);
  CHECK(counters.retried_batches == 0);
  CHECK(counters.busy.count() > 0);
  CHECK(counters.batch_sizes.sum() == 51);
  CHECK(counters.batch_sizes.counts()[bucket_of(kBatchSizes, 1)] == 1);
  CHECK(counters.batch_sizes.counts()[bucket_of(kBatchSizes, 50)] == 1);
  auto commits = counters.commit_us.counts();
  CHECK(std::accumulate(commits.begin(), commits.end(), std::uint64_t{0}) == 1);
  CHECK(bench.stored().size() == 50);
}

TEST_CASE("an acknowledged item is durable when its done runs", "[store][thread]") {
  Bench bench;
  auto reader = bench.engine.open(OpenMode::reader);
  int seen = 0;
  for (std::int64_t id = 1; id <= 20; ++id) {
    bench.thread->submit({[id](RecordStore& s) { return s.insert_record(some_record(id)); },
                          [&, id](const Result<>&) { seen += value_of(reader->record(1, id)).has_value(); }});
  }
  bench.thread->stop();
  CHECK(seen == 20);
}

TEST_CASE("a batch is no larger than its limit", "[store][thread]") {
  Bench bench({1000, 8});
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  for (std::int64_t id = 1; id <= 20; ++id) REQUIRE(bench.insert(id));
  gate.open();
  bench.run_until_done(20);
  CHECK(bench.thread->counters().largest_batch == 8);
  CHECK(bench.thread->counters().batches == 4);
  for (std::size_t i = 0; i < 20; ++i) CHECK(bench.done[i].first == static_cast<std::int64_t>(i + 1));
}

TEST_CASE("a full queue refuses and forgets nothing it took", "[store][thread]") {
  Bench bench({3, 100});
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  CHECK(bench.insert(1));
  CHECK(bench.insert(2));
  CHECK(bench.insert(3));
  CHECK_FALSE(bench.insert(4));
  gate.open();
  bench.run_until_done(3);
  CHECK(bench.insert(5));
  bench.run_until_done(4);
  CHECK(bench.stored() == Ids{1, 2, 3, 5});
}

TEST_CASE("an item that fails by itself harms nobody and costs no retry", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  bench.insert(1);
  bench.submit(2, [](RecordStore&) -> Result<> { return fail(Errc::invalid, "not valid"); });
  bench.insert(3);
  gate.open();
  bench.run_until_done(3);
  CHECK(bench.outcome(1).empty());
  CHECK(bench.outcome(2) == kInvalid);
  CHECK(bench.outcome(3).empty());
  CHECK(bench.stored() == Ids{1, 3});
  CHECK(bench.thread->counters().retried_batches == 0);
  bench.thread->stop();
  CHECK(bench.rollbacks == 0);
}

TEST_CASE("an item that fails after it wrote leaves nothing and harms nobody", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  bench.insert(1);
  bench.submit(2, [](RecordStore& s) -> Result<> {
    if (auto done = s.insert_record(some_record(2)); !done) return done;
    return fail(Errc::invalid, "thought again");
  });
  bench.insert(1);
  bench.insert(3);
  gate.open();
  bench.run_until_done(4);
  CHECK(bench.done[0] == std::pair<std::int64_t, std::string>(1, ""));
  CHECK(bench.done[1] == std::pair<std::int64_t, std::string>(2, kInvalid));
  CHECK(bench.done[2] == std::pair<std::int64_t, std::string>(1, kStore));
  CHECK(bench.done[3] == std::pair<std::int64_t, std::string>(3, ""));
  CHECK(bench.stored() == Ids{1, 3});
  CHECK(bench.thread->counters().retried_batches == 1);
  bench.thread->stop();
  CHECK(bench.rollbacks == 3);
}

TEST_CASE("a commit that applied nothing is tried again item by item", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int commits = 0;
  bench.store->before_commit = [&]() -> Result<> {
    if (++commits == 2) return fail(Errc::store, "the disk is full");
    return {};
  };
  for (std::int64_t id = 1; id <= 5; ++id) bench.insert(id);
  gate.open();
  bench.run_until_done(5);
  CHECK(bench.stored() == Ids{1, 2, 3, 4, 5});
  CHECK(bench.thread->counters().retried_batches == 1);
  CHECK(bench.thread->counters().syncs == 5);
}

TEST_CASE("an update that the store's connection broke under is applied over the next one", "[store][thread]") {
  Bench bench;
  bench.store->before_begin = [&] {
    bench.store->is_connected = true;
    return Result<>{};
  };
  int asked = 0;
  bench.submit(1, [&](RecordStore& store) -> Result<> {
    require_ok(store.insert_record(some_record(1)));
    if (++asked == 2) return {};
    bench.store->is_connected = false;
    return fail(Errc::store, "the connection broke");
  });
  bench.run_until_done(1);
  CHECK(bench.outcome(1).empty());
  CHECK(bench.stored() == Ids{1});
}

TEST_CASE("an update that the store goes away under is refused because of that", "[store][thread]") {
  Bench bench;
  bench.store->before_begin = [&]() -> Result<> {
    if (bench.store->is_connected) return {};
    return fail(Errc::store, "cannot connect");
  };
  bench.submit(1, [&](RecordStore&) -> Result<> {
    bench.store->is_connected = false;
    return fail(Errc::store, "no answer in time");
  });
  bench.run_until_done(1);
  CHECK(bench.outcome(1) == to_string(Errc::unavailable));
  CHECK(bench.stored().empty());
}

TEST_CASE("a commit whose outcome is unknown is not tried again", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int commits = 0;
  bench.store->before_commit = [&]() -> Result<> {
    if (++commits == 2) return fail(Errc::io, "the connection broke");
    return {};
  };
  for (std::int64_t id = 1; id <= 3; ++id) bench.insert(id);
  gate.open();
  bench.run_until_done(3);
  for (std::int64_t id = 1; id <= 3; ++id) CHECK(bench.outcome(id) == kIo);
  bench.thread->stop();
  CHECK(commits == 2);
}

TEST_CASE("a batch that another transaction got in the way of is tried again as a whole", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int commits = 0;
  bench.store->before_commit = [&]() -> Result<> {
    ++commits;
    if (commits == 2 || commits == 3) return fail(Errc::conflict, "another transaction was in the way");
    return {};
  };
  for (std::int64_t id = 1; id <= 5; ++id) bench.insert(id);
  gate.open();
  bench.run_until_done(5);
  CHECK(bench.stored() == Ids{1, 2, 3, 4, 5});
  CHECK(bench.thread->counters().retried_batches == 0);
  CHECK(bench.thread->counters().syncs == 1);
  bench.thread->stop();
  CHECK(bench.rollbacks == 2);
}

TEST_CASE("a batch that is always in somebody's way ends, item by item", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int begins = 0;
  bench.store->before_begin = [&]() -> Result<> {
    ++begins;
    return {};
  };
  int commits = 0;
  bench.store->before_commit = [&]() -> Result<> {
    if (++commits == 1) return {};
    return fail(Errc::conflict, "another transaction was in the way");
  };
  for (std::int64_t id = 1; id <= 2; ++id) bench.insert(id);
  gate.open();
  bench.run_until_done(2);
  for (std::int64_t id = 1; id <= 2; ++id) CHECK(bench.outcome(id) == to_string(Errc::conflict));
  bench.thread->stop();
  CHECK(bench.stored().empty());
  CHECK(begins <= 16);
}

TEST_CASE("when no transaction begins the whole batch is told at once", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int begins = 0;
  bool broken = true;
  bench.store->before_begin = [&]() -> Result<> {
    ++begins;
    if (broken) return fail(Errc::store, "locked");
    return {};
  };
  for (std::int64_t id = 1; id <= 4; ++id) bench.insert(id);
  gate.open();
  bench.run_until_done(4);
  for (std::int64_t id = 1; id <= 4; ++id) CHECK(bench.outcome(id) == to_string(Errc::unavailable));
  CHECK(begins == 1);
  broken = false;
  bench.insert(9);
  bench.run_until_done(5);
  CHECK(bench.stored() == Ids{9});
}

TEST_CASE("a store that vanishes during the retry is asked once more only", "[store][thread]") {
  Bench bench;
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  int begins = 0;
  bench.store->before_begin = [&]() -> Result<> {
    if (++begins >= 3) return fail(Errc::store, "locked");
    return {};
  };
  bench.insert(1);
  bench.submit(2, [](RecordStore&) -> Result<> { return fail(Errc::store, "cannot"); });
  bench.insert(3);
  gate.open();
  bench.run_until_done(3);
  CHECK(bench.outcome(1).empty());
  CHECK(bench.outcome(2) == to_string(Errc::unavailable));
  CHECK(bench.outcome(3) == to_string(Errc::unavailable));
  CHECK(begins == 3);
  CHECK(bench.stored() == Ids{1});
}

TEST_CASE("who lost the lease is told so and writes nothing", "[store][thread]") {
  Bench bench;
  bench.insert(1);
  bench.run_until_done(1);
  auto successor = bench.engine.writer("successor");
  bench.insert(2);
  bench.insert(3);
  bench.run_until_done(3);
  CHECK(bench.outcome(2) == kFenced);
  CHECK(bench.outcome(3) == kFenced);
  CHECK(bench.stored() == Ids{1});
}

TEST_CASE("stop applies and finishes all that waits, and then takes no more", "[store][thread]") {
  Bench bench({1000, 16});
  bool refused_in_done = false;
  for (std::int64_t id = 1; id <= 100; ++id) REQUIRE(bench.insert(id));
  bench.thread->submit(
      {[](RecordStore&) { return Result<>{}; }, [&](const Result<>&) { refused_in_done = !bench.insert(1000); }});
  bench.thread->stop();
  CHECK(bench.done.size() == 100);
  CHECK(refused_in_done);
  CHECK_FALSE(bench.insert(101));
  CHECK(bench.stored().size() == 100);
  bench.thread->stop();
}

TEST_CASE("destruction applies all that waits and calls nobody", "[store][thread]") {
  Bench bench;
  for (std::int64_t id = 1; id <= 100; ++id) REQUIRE(bench.insert(id));
  bench.thread.reset();
  CHECK(bench.done.empty());
  CHECK(bench.stored().size() == 100);
}

TEST_CASE("work may be submitted from a done", "[store][thread]") {
  Bench bench;
  std::int64_t next = 1;
  std::function<void(const Result<>&)> again = [&](const Result<>&) {
    if (next > 100) return;
    auto id = next++;
    REQUIRE(bench.thread->submit({[id](RecordStore& s) { return s.insert_record(some_record(id)); },
                                  [&, id](const Result<>& result) {
                                    bench.done.emplace_back(id, "");
                                    again(result);
                                  }}));
  };
  for (int k = 0; k < 4; ++k) again({});
  bench.run_until_done(100);
  CHECK(bench.stored().size() == 100);
}

}  // namespace outpost::test::store_thread_test
