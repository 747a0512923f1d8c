// A thread for jobs on a store of their own, one after the other: what people ask, so that a long answer keeps no
// update waiting, and the lease, which must not wait for a batch.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/io/loop.h"
#include "supervisor/store/batch_thread.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

template <class Store>
class JobThread {
 public:
  using Open = std::function<Result<std::unique_ptr<Store>>()>;
  // On the thread; the error is that of opening the store, which is tried again at the next job.
  using Job = std::function<void(Result<Store*>)>;

  JobThread(Loop& loop, Open open, std::size_t queue_max)
      : open_(std::move(open)),
        // One at a time: nothing is gained by making the first answer wait for the second.
        thread_(
            loop, queue_max, 1, [this](std::vector<Item>& items) { run(items.front()); },
            [](Item& item) { item.done(); }) {}

  // `job` on the thread, then `done` on the loop's. False when the queue is full or after stop().
  bool submit(Job job, std::function<void()> done) { return thread_.push({std::move(job), std::move(done)}); }
  void stop() { thread_.stop(); }

 private:
  struct Item {
    Job job;
    std::function<void()> done;
  };

  void run(Item& item) {
    if (!store_) {
      auto opened = open_();
      if (!opened) return item.job(fail(std::move(opened.error())));
      store_ = std::move(*opened);
    }
    item.job(store_.get());
  }

  Open open_;
  std::unique_ptr<Store> store_;
  BatchThread<Item> thread_;  // last: it uses all of the above
};

using ReaderThread = JobThread<RecordStore>;
using LeaseThread = JobThread<LeaseStore>;

}  // namespace outpost::supervisor
