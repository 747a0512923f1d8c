#include "supervisor/store/store_thread.h"

#include <future>
#include <memory>
#include <thread>

#include "tests/component/store/engines.h"

namespace outpost::test {

using namespace supervisor;

namespace {

// A store that passes on to a real one, and fails where a test says so.
class FailingStore : public RecordStore {
 public:
  explicit FailingStore(std::unique_ptr<RecordStore> real) : real_(std::move(real)) {}

  std::function<Result<>()> before_begin = [] { return Result<>{}; };
  std::function<Result<>()> before_commit = [] { return Result<>{}; };

  Result<> begin() override {
    if (auto allowed = before_begin(); !allowed) return allowed;
    return real_->begin();
  }
  Result<> commit() override {
    if (auto allowed = before_commit(); !allowed) return allowed;
    return real_->commit();
  }
  void rollback() noexcept override { real_->rollback(); }
  std::uint64_t writes() const noexcept override { return real_->writes(); }
  void hold(std::int64_t epoch) override { real_->hold(epoch); }
  Result<> renew_lease(std::chrono::milliseconds time) override { return real_->renew_lease(time); }
  StoreInfo info() override { return real_->info(); }
  Result<std::int64_t> take_ids(IdKind kind, std::int64_t n) override { return real_->take_ids(kind, n); }
  Result<Catalogue> catalogue() override { return real_->catalogue(); }
  Result<> put(const Tenant& x) override { return real_->put(x); }
  Result<> put(const TimeZone& x) override { return real_->put(x); }
  Result<> put(const CallingList& x) override { return real_->put(x); }
  Result<> put(const Campaign& x) override { return real_->put(x); }
  Result<> put(const CampaignGroup& x) override { return real_->put(x); }
  Result<> insert_record(const Record& x) override { return real_->insert_record(x); }
  Result<> update_record(const Record& before, const Record& after) override {
    return real_->update_record(before, after);
  }
  Result<std::optional<Record>> record(std::int64_t list, std::int64_t id) override { return real_->record(list, id); }
  Result<std::vector<Record>> chain(std::int64_t list, std::int64_t id, std::uint32_t limit) override {
    return real_->chain(list, id, limit);
  }
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list, std::int64_t id) override {
    return real_->last_in_chain(list, id);
  }
  Result<std::int64_t> chain_holder(std::int64_t list, std::int64_t id) override {
    return real_->chain_holder(list, id);
  }
  Result<std::int64_t> chain_of_customer(std::int64_t list, std::string_view customer) override {
    return real_->chain_of_customer(list, customer);
  }
  Result<RecordPage> records(std::int64_t list, const RecordFilter& x) override { return real_->records(list, x); }
  Result<std::unordered_set<std::string>> known_contacts(std::int64_t list,
                                                         std::span<const std::string_view> contacts) override {
    return real_->known_contacts(list, contacts);
  }
  Result<std::vector<Record>> records_with(ContactKind kind, std::string_view value, std::int64_t list,
                                           std::int64_t record, std::uint32_t limit) override {
    return real_->records_with(kind, value, list, record, limit);
  }
  Result<std::int64_t> count_records_with(std::int64_t tenant, ContactKind kind, std::string_view value,
                                          std::uint32_t limit) override {
    return real_->count_records_with(tenant, kind, value, limit);
  }
  Result<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) override {
    return real_->windows(key, after, limit);
  }
  Result<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window, std::int64_t now) override {
    return real_->first_due(key, window, now);
  }
  Result<std::vector<Record>> missed_callbacks(std::int64_t till, std::uint32_t limit) override {
    return real_->missed_callbacks(till, limit);
  }
  Result<> insert_handle(const Handle& x) override { return real_->insert_handle(x); }
  Result<std::optional<Handle>> handle(std::int64_t x) override { return real_->handle(x); }
  Result<> touch_handle(std::int64_t x, std::int64_t at, bool reported) override {
    return real_->touch_handle(x, at, reported);
  }
  Result<> close_handle(std::int64_t x, std::string_view by, std::int64_t at) override {
    return real_->close_handle(x, by, at);
  }
  Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t till, std::uint32_t limit) override {
    return real_->idle_handles(after, till, limit);
  }
  Result<std::vector<Handle>> handles_of_agent(std::string_view agent, std::int64_t after,
                                               std::uint32_t limit) override {
    return real_->handles_of_agent(agent, after, limit);
  }
  Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) override { return real_->held_by_agents(limit); }
  Result<bool> is_do_not_call(std::int64_t tenant, ContactKind kind, std::string_view value) override {
    return real_->is_do_not_call(tenant, kind, value);
  }
  Result<> add_do_not_call(const DoNotCallEntry& x) override { return real_->add_do_not_call(x); }
  Result<> remove_do_not_call(std::int64_t tenant, ContactKind kind, std::string_view value) override {
    return real_->remove_do_not_call(tenant, kind, value);
  }
  Result<std::vector<DoNotCallEntry>> do_not_call_like(std::int64_t tenant, ContactKind kind, std::string_view value,
                                                       std::uint32_t limit) override {
    return real_->do_not_call_like(tenant, kind, value, limit);
  }
  Result<std::vector<DoNotCallEntry>> do_not_call(std::int64_t tenant, ContactKind kind, std::string_view after,
                                                  std::uint32_t limit) override {
    return real_->do_not_call(tenant, kind, after, limit);
  }
  Result<std::vector<Token>> tokens() override { return real_->tokens(); }
  Result<> insert_token(const Token& x) override { return real_->insert_token(x); }
  Result<> remove_token(std::string_view name) override { return real_->remove_token(name); }
  Result<std::vector<Statistic>> statistics() override { return real_->statistics(); }
  Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) override { return real_->kept_answer(key); }
  Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) override {
    return real_->keep_answer(key, kept, now);
  }
  Result<std::int64_t> forget_answers(std::int64_t before, std::int64_t limit) override {
    return real_->forget_answers(before, limit);
  }
  Result<std::optional<ImportState>> find_import(std::int64_t list, std::string_view source) override {
    return real_->find_import(list, source);
  }
  Result<std::optional<ImportState>> import(std::int64_t id) override { return real_->import(id); }
  Result<> put_import(const ImportState& x) override { return real_->put_import(x); }

 private:
  std::unique_ptr<RecordStore> real_;
};

// Keeps the store's thread within an `apply` until it is opened, so that a test says what makes one batch.
class Gate {
 public:
  StoreThread::Work work() {
    return {[this](RecordStore&) {
              reached_.set_value();
              opened_.wait();
              return Result<>{};
            },
            [](const Result<>&) {}};
  }
  void wait_until_reached() { reached_.get_future().wait(); }
  void open() { open_.set_value(); }

 private:
  std::promise<void> reached_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

struct Bench {
  EngineUnderTest engine{"sqlite"};
  Loop loop;
  FailingStore* store = nullptr;  // owned by the thread; set up before it has work
  int rollbacks = 0;              // the store's thread's, read after stop()
  std::unique_ptr<StoreThread> thread;
  std::vector<std::pair<std::int64_t, std::string>> done;  // record and error's code, in the order they came

  explicit Bench(StoreThread::Limits limits = {1000, 1000}) {
    auto failing = std::make_unique<FailingStore>(engine.writer());
    store = failing.get();
    thread = std::make_unique<StoreThread>(loop, std::move(failing), limits, [this] { ++rollbacks; });
  }
  bool submit(std::int64_t id, std::function<Result<>(RecordStore&)> apply) {
    return thread->submit({std::move(apply), [this, id](const Result<>& result) {
                             done.emplace_back(id, result ? "" : std::string(to_string(result.error().code)));
                           }});
  }
  bool insert(std::int64_t id) {
    return submit(id, [id](RecordStore& s) { return s.insert_record(some_record(id)); });
  }
  void run_until_done(std::size_t n) {
    while (done.size() < n) loop.run_once(true);
  }
  [[nodiscard]] std::vector<std::int64_t> stored() const {
    return ids_of(all_records(*engine.open(OpenMode::reader), 1));
  }
  [[nodiscard]] std::string outcome(std::int64_t id) const {
    for (const auto& [which, error] : done) {
      if (which == id) return error;
    }
    return "none";
  }
};

const std::string kInvalid(to_string(Errc::invalid));
const std::string kStore(to_string(Errc::store));
const std::string kIo(to_string(Errc::io));
const std::string kFenced(to_string(Errc::fenced));

using Ids = std::vector<std::int64_t>;

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
  StoreThread thread(loop, nullptr, {1000, 1000});
  std::vector<std::string> outcomes;
  auto submit = [&](std::int64_t id) {
    thread.submit(
        {[id](RecordStore& s) { return s.insert_record(some_record(id)); },
         [&](const Result<>& result) { outcomes.emplace_back(result ? "" : to_string(result.error().code)); }});
  };
  auto alone = [&](StoreThread::Handling handling) {
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

TEST_CASE("the reader runs jobs in order while the writer is busy", "[store][thread]") {
  Bench bench;
  bench.insert(1);
  bench.run_until_done(1);
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  ReaderThread reader(
      bench.loop, [&] { return open_store(bench.engine.url(), OpenMode::reader); }, 2);
  Ids order;
  std::promise<void> reached;
  std::promise<void> opened;
  REQUIRE(reader.submit(
      [&](Result<RecordStore*> s) {
        CHECK(value_of(value_of(s)->record(1, 1)));
        reached.set_value();
        opened.get_future().wait();
      },
      [&] { order.push_back(1); }));
  reached.get_future().wait();
  CHECK(reader.submit([](auto) {}, [&] { order.push_back(2); }));
  CHECK(reader.submit([](auto) {}, [&] { order.push_back(3); }));
  CHECK_FALSE(reader.submit([](auto) {}, [&] { order.push_back(4); }));
  opened.set_value();
  while (order.size() < 3) bench.loop.run_once(true);
  CHECK(order == Ids{1, 2, 3});
  gate.open();
  bench.thread->stop();
  reader.stop();
  CHECK_FALSE(reader.submit([](auto) {}, [] {}));
}

}  // namespace outpost::test
