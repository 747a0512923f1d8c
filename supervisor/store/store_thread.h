// The thread on which the store is written, so that the loop never waits for a disk.
//
//   loop's thread      submit ──▶ queue                                   done, done, done ...
//   store's thread                └─▶ begin, apply, apply, apply ..., commit ──┘
//
// Group commit: all that waits becomes one transaction and one sync. `done` of an item runs after the commit that holds
// its effect returned, never before.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "common/io/loop.h"
#include "supervisor/store/batch_thread.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// What an `apply` that fails means:
//   it wrote nothing, and the error is not the store's   the item's own failure: its batch goes on, its `done` is told
//   Errc::store or Errc::io, or it had begun to write    the batch is rolled back, and each of its items is applied
//                                                        once more, alone in its transaction, so that one cannot harm
//                                                        another
//   Errc::conflict                                       the same, but the whole batch is tried some times more first
//   Errc::fenced                                         the batch is rolled back and all of it is told
// An item that fails alone is rolled back. When some fail alone in a row, and slowly, it is the store: the rest is told
// Errc::unavailable. When begin() fails, no item is at fault and each waits for nothing: the rest
// of the batch is told at once, with Errc::unavailable. A commit() that fails with Errc::store, nothing applied, makes
// each item be applied alone; with Errc::io, outcome unknown, a second attempt might apply an update twice, so all are
// told.
//
// There may be no store: a supervisor that is not primary has none open. Works fail with Errc::closed then.
class StoreThread {
 public:
  struct Work {
    // On the store's thread, within a transaction. May run again (see above): what it keeps outside the store must bear
    // that, and is forgotten in `on_rollback`.
    std::function<Result<>(RecordStore&)> apply;
    // On the loop's thread.
    std::function<void(const Result<>&)> done;
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
  };

  // Opens, changes or closes the store, which may be absent before and after.
  using Handling = std::function<Result<>(std::unique_ptr<RecordStore>& store)>;

  // `on_rollback` runs on the store's thread after each rollback: what was cached may have been read from the
  // transaction that is no more.
  StoreThread(Loop& loop, std::unique_ptr<RecordStore> store, Limits limits, std::function<void()> on_rollback = {});

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

  void run(std::span<Item> items);
  void run_works(std::span<Item> items);
  void run_batch(std::span<Item>& items);
  void run_urgent();
  void finish_urgent();
  // Shortens `items` to those that were taken into the transaction.
  Outcome transact(std::span<Item>& items, int attempt = 1);
  void retry_one_by_one(std::span<Item> items);
  Result<> apply_all(std::span<Item>& items);
  void roll_back();

  std::unique_ptr<RecordStore> store_;
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

}  // namespace outpost::supervisor
