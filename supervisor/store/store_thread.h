// The thread on which the store is written, so that the loop never waits for a disk.
//
//   loop's thread      submit ──▶ queue                                   done, done, done ...
//   store's thread                └─▶ begin, apply, apply, apply ..., commit ──┘
//
// Group commit: all that waits becomes one transaction and one sync. `done` of an item runs after the commit that holds
// its effect returned, never before.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/histogram.h"
#include "common/io/loop.h"
#include "supervisor/store/batch_thread.h"
#include "supervisor/store/foresight.h"

namespace outpost::supervisor {

// Upper bounds: works in one transaction, microseconds of one commit.
inline constexpr std::array<std::uint64_t, 11> kBatchSizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024};
inline constexpr std::array<std::uint64_t, 14> kCommitTimes{
    100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

// What an `apply` that fails means:
//   it wrote nothing, and the error is not the store's   the item's own failure: its batch goes on, its `done` is told
//   Errc::store or Errc::io, or it had begun to write    the batch is rolled back, and each of its items is applied
//                                                        once more, alone in its transaction, so that one cannot harm
//                                                        another
//   Errc::conflict, or the store is connected() no more  the same, but the whole batch is tried some times more first
//   Errc::fenced                                         the batch is rolled back and all of it is told
// An item that fails alone is rolled back. When some fail alone in a row, and slowly, it is the store: the rest is told
// Errc::unavailable. When begin() fails, no item is at fault and each waits for nothing: the rest
// of the batch is told at once, with Errc::unavailable. A commit() that fails with Errc::store, nothing applied, makes
// each item be applied alone; with Errc::io, outcome unknown, a second attempt might apply an update twice, so all are
// told.
//
// What it asks of the store: Result<> begin(), Result<> commit() and rollback(), and for writes(), a number that each
// change raises; connected(), where it is not in this process. There may be none: a supervisor that is not primary has
// none open. Works fail with Errc::closed then.
template <class Store>
class StoreThread {
 public:
  struct Work {
    // On the store's thread, within a transaction. May run again (see above): what it keeps outside the store must bear
    // that, and is forgotten in `on_rollback`.
    std::function<Result<>(Store&)> apply;
    // On the loop's thread.
    std::function<void(const Result<>&)> done;
    // On the store's thread, before the transaction: what `apply` will most likely read. Only of a store that
    // reads_ahead(); may be empty.
    std::function<void(Foresight&)> foresee = {};
  };
  struct Limits {
    std::size_t queue_max;  // items that wait
    std::size_t batch_max;  // items in one transaction
    // A transaction that has taken this long takes no further item: what is urgent waits for it.
    std::chrono::milliseconds batch_time_max{100};
  };
  struct Counters {
    std::uint64_t works = 0;  // items finished
    std::uint64_t batches = 0;
    std::uint64_t retried_batches = 0;  // those that were applied item by item
    std::uint64_t largest_batch = 0;    // in one transaction
    std::uint64_t syncs = 0;            // commits that wrote something
    std::chrono::nanoseconds busy{};    // time from taking a batch to its last commit
    Histogram<kBatchSizes> batch_sizes;
    Histogram<kCommitTimes> commit_us;  // of commits that wrote something, also those that failed
  };

  // Opens, changes or closes the store, which may be absent before and after.
  using Handling = std::function<Result<>(std::unique_ptr<Store>& store)>;

  // `on_rollback` runs on the store's thread after each rollback: what was cached may have been read from the
  // transaction that is no more.
  StoreThread(Loop& loop, std::unique_ptr<Store> store, Limits limits, std::function<void()> on_rollback = {});

  // False when the queue is full or after stop(); `work` is dropped then and nothing of it is called.
  bool submit(Work work);
  // As submit(), ahead of all that waits and finished without waiting for it: at the latest when one transaction is
  // over. For the renewal of a lease. False after stop() only.
  bool submit_urgent(Work work);
  // Runs `handling` on the store's thread in its place among the works, alone and outside of any transaction. False
  // after stop() only.
  bool submit_alone(Handling handling, std::function<void(const Result<>&)> done);
  // Nobody waits for the works any more: those that are not begun fail with Errc::closed, up to the next
  // submit_alone().
  void abandon() noexcept { abandoned_ = true; }
  // Applies all that waits, calls every `done`, and ends the thread. Blocks for that long; not from a `done`.
  // Destruction without it applies all that waits and calls no `done`.
  void stop() {
    thread_.stop();
    finish_urgent();
  }
  // Loop's thread.
  [[nodiscard]] Counters counters() const;
  [[nodiscard]] std::size_t queued() const { return thread_.waiting(); }

 private:
  struct Item {
    Work work;
    Handling handling;  // instead of work.apply
    Result<> result;
  };
  enum class Outcome : std::uint8_t { settled, store_unavailable };

  // How often a batch is tried that another transaction is in the way of.
  static constexpr int kAttemptsMax = 4;
  // A store in which so many works in a row fail alone, and take longer than this, is itself at fault.
  static constexpr std::chrono::milliseconds kRetryTime{1000};
  static constexpr int kFailuresInARow = 2;

  static bool is_store_failure(const Error& error) {
    return error.code == Errc::store || error.code == Errc::io || error.code == Errc::conflict;
  }
  static Failure not_primary() { return fail(Errc::closed, "this supervisor is not primary"); }

  void run(std::span<Item> items);
  void run_works(std::span<Item> items);
  void run_batch(std::span<Item>& items);
  void run_urgent();
  void finish_urgent();
  // Shortens `items` to those that were taken into the transaction.
  Outcome transact(std::span<Item>& items, int attempt = 1);
  bool may_be_repeated(const Error& error);
  Result<> begin(std::span<const Item> items);
  void retry_one_by_one(std::span<Item> items);
  Result<> apply_all(std::span<Item>& items);
  Result<> commit(std::uint64_t writes_before);
  void roll_back();

  std::unique_ptr<Store> store_;
  const std::chrono::milliseconds batch_time_max_;
  std::function<void()> on_rollback_;
  Counters running_;  // the store's thread's own

  std::atomic<bool> abandoned_ = false;
  std::mutex urgent_mutex_;  // guards the next two
  std::vector<Item> urgent_;
  std::vector<Item> urgent_finished_;
  Wakeup urgent_wakeup_;

  mutable std::mutex counters_mutex_;
  Counters counters_;  // a copy of running_ for the loop, as of the last batch

  BatchThread<Item> thread_;  // last: it uses all of the above
};

// --- Of the store's thread, but for submitting and finishing
// -----------------------------------------------------------

template <class Store>
StoreThread<Store>::StoreThread(Loop& loop, std::unique_ptr<Store> store, Limits limits,
                                std::function<void()> on_rollback)
    : store_(std::move(store)),
      batch_time_max_(limits.batch_time_max),
      on_rollback_(std::move(on_rollback)),
      urgent_wakeup_(loop, [this] { finish_urgent(); }),
      thread_(
          loop, limits.queue_max, limits.batch_max, [this](std::vector<Item>& items) { run(items); },
          [](Item& item) {
            if (item.work.done) item.work.done(item.result);
          }) {}

template <class Store>
bool StoreThread<Store>::submit(Work work) {
  return thread_.push({std::move(work), {}, {}});
}

template <class Store>
bool StoreThread<Store>::submit_alone(Handling handling, std::function<void(const Result<>&)> done) {
  auto boundary = [this, handling = std::move(handling)](std::unique_ptr<Store>& store) {
    abandoned_ = false;
    return handling(store);
  };
  return thread_.push_beyond({{{}, std::move(done)}, std::move(boundary), {}});
}

template <class Store>
bool StoreThread<Store>::submit_urgent(Work work) {
  {
    std::lock_guard lock(urgent_mutex_);
    urgent_.push_back({std::move(work), {}, {}});
  }
  // It wakes a thread that is at rest; one that works looks between two transactions.
  return thread_.push_beyond({{}, [](std::unique_ptr<Store>&) { return Result<>(); }, {}});
}

template <class Store>
typename StoreThread<Store>::Counters StoreThread<Store>::counters() const {
  std::lock_guard lock(counters_mutex_);
  return counters_;
}

template <class Store>
void StoreThread<Store>::run(std::span<Item> items) {
  while (!items.empty()) {
    run_urgent();
    auto alone = std::ranges::find_if(items, [](const Item& item) { return item.handling != nullptr; });
    auto works = static_cast<std::size_t>(alone - items.begin());
    if (works > 0) {
      run_works(items.first(works));
    } else {
      items.front().result = items.front().handling(store_);
    }
    items = items.subspan(std::max<std::size_t>(works, 1));
  }
}

template <class Store>
void StoreThread<Store>::run_works(std::span<Item> items) {
  while (!items.empty() && store_ && !abandoned_) {
    std::span<Item> batch = items;
    run_batch(batch);
    items = items.subspan(batch.size());
    if (!items.empty()) run_urgent();
  }
  for (Item& item : items) item.result = not_primary();
}

template <class Store>
void StoreThread<Store>::run_urgent() {
  std::vector<Item> items;
  {
    std::lock_guard lock(urgent_mutex_);
    items.swap(urgent_);
  }
  if (items.empty()) return;
  run_works(items);
  {
    std::lock_guard lock(urgent_mutex_);
    std::ranges::move(items, std::back_inserter(urgent_finished_));
  }
  urgent_wakeup_.notify();
}

template <class Store>
void StoreThread<Store>::finish_urgent() {
  std::vector<Item> finished;
  {
    std::lock_guard lock(urgent_mutex_);
    finished.swap(urgent_finished_);
  }
  for (Item& item : finished) item.work.done(item.result);
}

template <class Store>
void StoreThread<Store>::run_batch(std::span<Item>& items) {
  auto start = std::chrono::steady_clock::now();
  transact(items);
  running_.busy += std::chrono::steady_clock::now() - start;
  running_.works += items.size();
  running_.batches += 1;
  running_.batch_sizes.add(items.size());
  if constexpr (requires(Store & store) { store.round_trip(); }) thread_.gather_for(store_->round_trip() / 4);
  running_.largest_batch = std::max<std::uint64_t>(running_.largest_batch, items.size());
  std::lock_guard lock(counters_mutex_);
  counters_ = running_;
}

template <class Store>
typename StoreThread<Store>::Outcome StoreThread<Store>::transact(std::span<Item>& items, int attempt) {
  auto tell_all = [&](const Result<>& result) {
    for (Item& item : items) item.result = result;
  };
  std::uint64_t writes = store_->writes();
  if (Result<> begun = begin(items); !begun) {
    if (begun.error().code == Errc::store) begun = fail(Errc::unavailable, "{}", begun.error().text);
    tell_all(begun);
    return Outcome::store_unavailable;
  }
  bool committing = false;
  Result<> done = apply_all(items);
  if (done) {
    committing = true;
    done = commit(writes);
  }
  if (done) {
    if (store_->writes() != writes) running_.syncs += 1;
    return Outcome::settled;
  }
  roll_back();
  if (may_be_repeated(done.error()) && attempt < kAttemptsMax) return transact(items, attempt + 1);
  bool outcome_unknown = committing && done.error().code == Errc::io;
  if (items.size() == 1 || outcome_unknown || done.error().code == Errc::fenced) {
    tell_all(done);
    return Outcome::settled;
  }
  running_.retried_batches += 1;
  retry_one_by_one(items);
  return Outcome::settled;
}

// Nothing was applied, and none of the items is at fault.
template <class Store>
bool StoreThread<Store>::may_be_repeated(const Error& error) {
  if constexpr (requires(Store & store) { store.connected(); }) {
    if (error.code == Errc::store && !store_->connected()) return true;
  }
  return error.code == Errc::conflict;
}

template <class Store>
Result<> StoreThread<Store>::begin(std::span<const Item> items) {
  if constexpr (requires(Store & store) { store.reads_ahead(); }) {
    if (store_->reads_ahead()) {
      Foresight foresight;
      for (const Item& item : items) {
        if (item.work.foresee) item.work.foresee(foresight);
      }
      return store_->begin_foreseeing(std::move(foresight));
    }
  }
  return store_->begin();
}

template <class Store>
void StoreThread<Store>::retry_one_by_one(std::span<Item> items) {
  auto enough = std::chrono::steady_clock::now() + kRetryTime;
  int failed = 0;  // in a row
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto one = items.subspan(i, 1);
    Outcome outcome = transact(one);
    const Result<>& result = items[i].result;
    failed = !result && is_store_failure(result.error()) ? failed + 1 : 0;
    bool slow = failed >= kFailuresInARow && std::chrono::steady_clock::now() > enough;
    if (outcome == Outcome::settled && !slow && !abandoned_) continue;
    // Each further one might wait its whole time limit for the same answer.
    for (Item& rest : items.subspan(i + 1)) {
      rest.result = abandoned_ ? not_primary() : fail(Errc::unavailable, "{}", result.error().text);
    }
    return;
  }
}

// An error is one that the whole transaction has to be rolled back for; an item's own failure is in its result.
template <class Store>
Result<> StoreThread<Store>::apply_all(std::span<Item>& items) {
  auto end = std::chrono::steady_clock::now() + batch_time_max_;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && std::chrono::steady_clock::now() >= end) {
      items = items.first(i);
      break;
    }
    Item& item = items[i];
    std::uint64_t writes = store_->writes();
    item.result = item.work.apply(*store_);
    if (item.result) continue;
    const Error& error = item.result.error();
    if (is_store_failure(error) || error.code == Errc::fenced || store_->writes() != writes) return item.result;
  }
  return {};
}

template <class Store>
Result<> StoreThread<Store>::commit(std::uint64_t writes_before) {
  if (store_->writes() == writes_before) return store_->commit();
  std::uint64_t start_us = steady_us();
  Result<> done = store_->commit();
  running_.commit_us.add(steady_us() - start_us);
  return done;
}

template <class Store>
void StoreThread<Store>::roll_back() {
  store_->rollback();
  if (on_rollback_) on_rollback_();
}

class RecordStore;
extern template class StoreThread<RecordStore>;
using WriterThread = StoreThread<RecordStore>;

}  // namespace outpost::supervisor
