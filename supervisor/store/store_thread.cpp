#include "supervisor/store/store_thread.h"

#include <algorithm>
#include <utility>

namespace outpost::supervisor {

namespace {

// How often a batch is tried that another transaction is in the way of.
constexpr int kAttemptsMax = 4;

bool is_store_failure(const Error& error) {
  return error.code == Errc::store || error.code == Errc::io || error.code == Errc::conflict;
}

}  // namespace

StoreThread::StoreThread(Loop& loop, std::unique_ptr<RecordStore> store, Limits limits,
                         std::function<void()> on_rollback)
    : store_(std::move(store)),
      on_rollback_(std::move(on_rollback)),
      thread_(
          loop, limits.queue_max, limits.batch_max, [this](std::vector<Item>& items) { run_batch(items); },
          [](Item& item) { item.work.done(item.result); }) {}

bool StoreThread::submit(Work work) { return thread_.push({std::move(work), {}}); }

StoreThread::Counters StoreThread::counters() const {
  std::lock_guard lock(counters_mutex_);
  return counters_;
}

void StoreThread::run_batch(std::span<Item> items) {
  auto start = std::chrono::steady_clock::now();
  transact(items);
  running_.busy += std::chrono::steady_clock::now() - start;
  running_.works += items.size();
  running_.batches += 1;
  running_.largest_batch = std::max<std::uint64_t>(running_.largest_batch, items.size());
  std::lock_guard lock(counters_mutex_);
  counters_ = running_;
}

StoreThread::Outcome StoreThread::transact(std::span<Item> items, int attempt) {
  auto tell_all = [&](const Result<>& result) {
    for (Item& item : items) item.result = result;
  };
  std::uint64_t writes = store_->writes();
  if (Result<> begun = store_->begin(); !begun) {
    tell_all(begun);
    return Outcome::store_unavailable;
  }
  bool committing = false;
  Result<> done = apply_all(items);
  if (done) {
    committing = true;
    done = store_->commit();
  }
  if (done) {
    if (store_->writes() != writes) running_.syncs += 1;
    return Outcome::settled;
  }
  roll_back();
  if (done.error().code == Errc::conflict && attempt < kAttemptsMax) return transact(items, attempt + 1);
  bool outcome_unknown = committing && done.error().code == Errc::io;
  if (items.size() == 1 || outcome_unknown || done.error().code == Errc::fenced) {
    tell_all(done);
    return Outcome::settled;
  }
  running_.retried_batches += 1;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (transact(items.subspan(i, 1)) == Outcome::settled) continue;
    // Each further begin() might wait its whole time limit for the same answer.
    for (Item& rest : items.subspan(i)) rest.result = items[i].result;
    break;
  }
  return Outcome::settled;
}

// An error is one that the whole transaction has to be rolled back for; an item's own failure is in its result.
Result<> StoreThread::apply_all(std::span<Item> items) {
  for (Item& item : items) {
    std::uint64_t writes = store_->writes();
    item.result = item.work.apply(*store_);
    if (item.result) continue;
    const Error& error = item.result.error();
    if (is_store_failure(error) || error.code == Errc::fenced || store_->writes() != writes) return item.result;
  }
  return {};
}

void StoreThread::roll_back() {
  store_->rollback();
  if (on_rollback_) on_rollback_();
}

ReaderThread::ReaderThread(Loop& loop, std::unique_ptr<RecordStore> store, std::size_t queue_max)
    : store_(std::move(store)),
      // One at a time: nothing is gained by making the first answer wait for the second.
      thread_(
          loop, queue_max, 1, [this](std::vector<Item>& items) { items.front().job(*store_); },
          [](Item& item) { item.done(); }) {}

bool ReaderThread::submit(std::function<void(RecordStore&)> job, std::function<void()> done) {
  return thread_.push({std::move(job), std::move(done)});
}

}  // namespace outpost::supervisor
