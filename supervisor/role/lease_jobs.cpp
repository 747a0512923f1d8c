#include "supervisor/role/lease_jobs.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace outpost::supervisor {

namespace {

constexpr std::size_t kLeaseJobsMax = 64;

}  // namespace

LeaseJobs::LeaseJobs(Loop& loop, LeaseThread::Open open) : thread_(loop, std::move(open), kLeaseJobsMax) {}

bool LeaseJobs::run(Job job, Done done) {
  auto outcome = std::make_shared<Result<>>();
  return thread_.submit(
      [outcome, job = std::move(job)](Result<LeaseStore*> store) {
        *outcome = store ? job(**store) : Result<>(fail(store.error()));
      },
      [outcome, done = std::move(done)] { done(*outcome); });
}

}  // namespace outpost::supervisor
