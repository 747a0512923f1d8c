#include "supervisor/mobile/state/state_threads.h"

#include <chrono>
#include <utility>
#include <vector>

#include "common/log.h"
#include "supervisor/log_messages.h"
#include "supervisor/store/store_thread.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

namespace lm = log_messages;

using StateThread = StoreThread<StateStore>;

constexpr std::size_t kStateWaiting = 4096;  // of each kind
constexpr std::size_t kStateBatch = 256;
// A value may have 16 MiB, and what was read is kept until the transaction is over.
constexpr std::size_t kReadBatch = 8;
constexpr std::size_t kStateWorkers = 4;  // for clients

// What both kinds are to those who wait. Loop's thread.
class StateThreadsBase : public StateThreads {
 public:
  explicit StateThreadsBase(Loop& loop, Log& log) : loop_(loop), log_(log) {}

 protected:
  // `done`, behind what the log is told of the store.
  Done noted(Done done) {
    return [this, done = std::move(done)](const Result<>& outcome) {
      note(outcome);
      done(outcome);
    };
  }
  StateThread::Work work(Apply apply, Done done) { return {std::move(apply), noted(std::move(done)), {}}; }
  static std::uint64_t us(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  }

  Loop& loop_;

 private:
  // One line when the store begins to fail and one when it works again, however many calls there are.
  void note(const Result<>& outcome) {
    if (outcome) {
      if (failed_ms_ == 0) return;
      log_.write(lm::kStoreWorks, "the store works again, after {} ms; {} more calls had failed",
                 loop_.now_ms() - std::exchange(failed_ms_, 0), std::exchange(failures_, 0));
      return;
    }
    Errc code = outcome.error().code;
    if (code != Errc::store && code != Errc::io && code != Errc::unavailable) return;
    if (failed_ms_ != 0) {
      ++failures_;
      return;
    }
    failed_ms_ = loop_.now_ms();
    log_.write(lm::kStoreFailed, "the store failed: {}", outcome.error().text);
  }

  Log& log_;
  std::uint64_t failed_ms_ = 0;  // since when it fails; 0: it does not
  std::uint64_t failures_ = 0;   // since then
};

// One that writes, and one that reads what is committed meanwhile. Reads that wait are done in one transaction, which
// spares each the locks of its own: all of them were asked for before it began, so none misses what its client knows.
class SqliteThreads final : public StateThreadsBase {
 public:
  SqliteThreads(Loop& loop, Log& log, std::unique_ptr<StateStore> writer, std::unique_ptr<StateStore> reader)
      : StateThreadsBase(loop, log),
        writer_(loop, std::move(writer), {.queue_max = kStateWaiting, .batch_max = kStateBatch}),
        reader_(loop, std::move(reader), {.queue_max = kStateWaiting, .batch_max = kReadBatch}) {}

  bool write(std::string_view, Apply apply, Done done) override {
    return writer_.submit(work(std::move(apply), std::move(done)));
  }
  bool write_aside(Apply apply, Done done) override { return write("", std::move(apply), std::move(done)); }
  bool write_urgent(Apply apply, Done done) override {
    return writer_.submit_urgent(work(std::move(apply), std::move(done)));
  }
  bool read(std::string_view, Apply apply, Done done) override {
    return reader_.submit(work(std::move(apply), std::move(done)));
  }
  void stop() override {
    writer_.stop();
    reader_.stop();
  }
  void abandon() noexcept override {
    writer_.abandon();
    reader_.abandon();
  }
  [[nodiscard]] Counters counters() const override {
    StateThread::Counters writes = writer_.counters();
    StateThread::Counters reads = reader_.counters();
    return {.works = writes.works + reads.works,
            .queued = writer_.queued() + reader_.queued(),
            .busy_us = us(writes.busy) + us(reads.busy)};
  }

 private:
  StateThread writer_;
  StateThread reader_;
};

// What concerns one object is all done by the same one, so it keeps its order. The last one is the node's own.
class PgThreads final : public StateThreadsBase {
 public:
  PgThreads(Loop& loop, Log& log, std::vector<std::unique_ptr<StateStore>> stores) : StateThreadsBase(loop, log) {
    for (auto& store : stores) {
      StateThread::Limits limits{.queue_max = kStateWaiting / kStateWorkers, .batch_max = 1};
      workers_.push_back(std::make_unique<StateThread>(loop, std::move(store), limits));
    }
  }

  bool write(std::string_view key, Apply apply, Done done) override {
    auto& worker = *workers_[std::hash<std::string_view>()(key) % kStateWorkers];
    return worker.submit(work(std::move(apply), std::move(done)));
  }
  bool write_aside(Apply apply, Done done) override {
    return workers_.back()->submit(work(std::move(apply), std::move(done)));
  }
  bool write_urgent(Apply apply, Done done) override {
    return workers_.back()->submit_urgent(work(std::move(apply), std::move(done)));
  }
  // A transaction that only reads is as cheap as none.
  bool read(std::string_view key, Apply apply, Done done) override {
    return write(key, std::move(apply), std::move(done));
  }
  void stop() override {
    for (auto& worker : workers_) worker->stop();
  }
  void abandon() noexcept override {
    for (auto& worker : workers_) worker->abandon();
  }
  [[nodiscard]] Counters counters() const override {
    Counters sum;
    for (const auto& worker : workers_) {
      StateThread::Counters one = worker->counters();
      sum.works += one.works;
      sum.queued += worker->queued();
      sum.busy_us += us(one.busy);
    }
    return sum;
  }

 private:
  std::vector<std::unique_ptr<StateThread>> workers_;
};

}  // namespace

Result<std::unique_ptr<StateThreads>> open_state_threads(Loop& loop, Log& log, const std::string& url,
                                                         StateDurability durability) {
  std::vector<std::unique_ptr<StateStore>> stores;
  for (std::size_t i = 0; i < (is_postgresql(url) ? kStateWorkers + 1 : 1); ++i) {
    auto opened = open_state_store(url, StateMode::writer, durability);
    if (!opened) return pass(opened);
    stores.push_back(*std::move(opened));
  }
  StateInfo info = stores.front()->info();
  log.write(lm::kStoreOpened, "store {} open: {}, schema {} of mobile nodes", info.address, info.engine,
            info.schema_version);
  if (is_postgresql(url)) return std::make_unique<PgThreads>(loop, log, std::move(stores));
  auto reader = open_state_store(url, StateMode::reader, durability);
  if (!reader) return pass(reader);
  return std::make_unique<SqliteThreads>(loop, log, std::move(stores.front()), *std::move(reader));
}

}  // namespace outpost::supervisor
