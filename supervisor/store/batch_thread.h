// A thread between two queues: items go in on the loop's thread, are run in batches on a thread of their own, and are
// finished on the loop's thread in the order in which they came. What collects while a batch runs is the next batch.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/io/loop.h"

namespace outpost::supervisor {

template <class Item>
class BatchThread {
 public:
  // `run` is called on the thread with 1 to `batch_max` items, `finish` on the loop's thread with each of them after.
  // At most `queue_max` items wait.
  BatchThread(Loop& loop, std::size_t queue_max, std::size_t batch_max, std::function<void(std::vector<Item>&)> run,
              std::function<void(Item&)> finish)
      : queue_max_(queue_max),
        batch_max_(batch_max),
        run_(std::move(run)),
        finish_(std::move(finish)),
        wakeup_(loop, [this] { finish_some(); }),
        thread_([this] { work(); }) {}
  // Runs what waits, but finishes nothing: whom an item would tell may be gone already. stop() finishes.
  ~BatchThread() { join(); }
  BatchThread(const BatchThread&) = delete;
  BatchThread& operator=(const BatchThread&) = delete;

  // False when the queue is full or after stop(). Loop's thread only.
  bool push(Item item) { return push_below(std::move(item), queue_max_); }
  // For what there are few of and must not be lost: false after stop() only.
  bool push_beyond(Item item) { return push_below(std::move(item), std::numeric_limits<std::size_t>::max()); }
  // Runs and finishes everything that was pushed, then returns. Blocks the loop's thread for that long; not to be
  // called from `finish`.
  void stop() {
    join();
    while (finish_some()) continue;
  }
  // Of `run`, when a batch takes long whatever its size: the next one waits up to this long for those who have just got
  // their answers. Otherwise they fall into two halves, each waiting for the other's batch.
  void gather_for(std::chrono::microseconds time) { gather_time_ = std::min(time, kGatherTimeMax); }
  // How long items are finished in one turn of the loop; one is in any case. Loop's thread only.
  void finish_for(std::chrono::microseconds time) { finish_time_ = time; }
  [[nodiscard]] std::size_t waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  bool push_below(Item item, std::size_t waiting_max) {
    bool wake = false;
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || waiting_.size() >= waiting_max) return false;
      waiting_.push_back(std::move(item));
      wake = waiting_.size() >= wake_at_;
      if (wake) wake_at_ = kNever;
    }
    if (wake) work_came_.notify_one();
    return true;
  }
  void work() {
    std::vector<Item> batch;
    while (take(batch)) {
      run_(batch);
      bool wake = false;
      {
        std::lock_guard lock(mutex_);
        // The loop that has not yet looked at earlier items was woken for them, and will see these too.
        wake = finished_.empty();
        finished_.insert(finished_.end(), std::move_iterator(batch.begin()), std::move_iterator(batch.end()));
      }
      batch.clear();
      if (wake) wakeup_.notify();
    }
  }
  // Waits for work; false when there is none and will be none.
  bool take(std::vector<Item>& batch) {
    std::unique_lock lock(mutex_);
    const std::size_t expected = std::min(waiting_.size() + last_taken_, batch_max_);
    while (waiting_.empty()) {
      if (stopping_) return false;
      wake_at_ = 1;
      work_came_.wait(lock);
    }
    gather(lock, expected);
    wake_at_ = kNever;
    last_taken_ = std::min(waiting_.size(), batch_max_);
    if (waiting_.size() <= batch_max_) {
      batch.swap(waiting_);
      return true;
    }
    auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(batch_max_);
    batch.assign(std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return true;
  }
  // Where no core is idle, whoever else can run brings more work before it waits for this batch: fewer and larger
  // batches for the same time. Where one is, this takes no time at all.
  void gather(std::unique_lock<std::mutex>& lock, std::size_t expected) {
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    if (gather_time_.count() == 0) return;
    auto end = std::chrono::steady_clock::now() + gather_time_;
    while (!stopping_ && waiting_.size() < expected) {
      wake_at_ = expected;
      if (work_came_.wait_until(lock, end) == std::cv_status::timeout) return;
    }
  }
  // Large items take their time, and the loop has others to serve. False: none are left.
  bool finish_some() {
    auto end = std::chrono::steady_clock::now() + finish_time_;
    do {
      if (next_ == finishing_.size() && !take_finished()) return false;
      finish_(finishing_[next_++]);
    } while (std::chrono::steady_clock::now() < end);
    wakeup_.notify();
    return true;
  }
  bool take_finished() {
    finishing_.clear();
    next_ = 0;
    std::lock_guard lock(mutex_);
    finishing_.swap(finished_);
    return !finishing_.empty();
  }
  void join() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_came_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  static constexpr std::chrono::microseconds kGatherTimeMax{5000};

  const std::size_t queue_max_;
  const std::size_t batch_max_;
  const std::function<void(std::vector<Item>&)> run_;
  const std::function<void(Item&)> finish_;

  mutable std::mutex mutex_;  // guards what follows, up to the wake-ups
  std::vector<Item> waiting_;
  std::vector<Item> finished_;
  std::size_t wake_at_ = kNever;  // the thread waits for so many: the only time that a push costs a wake-up
  bool stopping_ = false;

  std::vector<Item> finishing_;  // the loop's own, as the next two
  std::size_t next_ = 0;         // of these
  std::chrono::microseconds finish_time_{20'000};

  std::chrono::microseconds gather_time_{};  // the thread's own
  std::size_t last_taken_ = 0;               // the same

  std::condition_variable work_came_;
  Wakeup wakeup_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace outpost::supervisor
