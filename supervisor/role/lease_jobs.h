// The thread on which the lease is looked at, announced to, taken and given back, so that the loop waits for no store.
#pragma once

#include <functional>

#include "common/error.h"
#include "common/io/loop.h"
#include "supervisor/store/job_thread.h"
#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

class LeaseJobs {
 public:
  using Job = std::function<Result<>(LeaseStore&)>;
  using Done = std::function<void(const Result<>&)>;

  // `open` runs on the thread.
  LeaseJobs(Loop& loop, LeaseThread::Open open);

  // `job` on the thread, after those that were there before; then `done` on the loop's, with its outcome or the error
  // of opening the store. A job may outlast whoever asked for it, and owns all that it uses; `done` is called by a loop
  // that turns, and by stop(), only. False, and nothing of it is called, when too many wait, or after stop().
  bool run(Job job, Done done);
  // Blocks for as long as what waits takes.
  void stop() { thread_.stop(); }

 private:
  LeaseThread thread_;
};

}  // namespace outpost::supervisor
