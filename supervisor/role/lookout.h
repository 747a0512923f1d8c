// Looks at the lease and at those who may have it, and remembers what it saw. LeaseWatch judges it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/role/lease_jobs.h"
#include "supervisor/role/lease_watch.h"

namespace outpost::supervisor {

class Lookout {
 public:
  // References outlive this. `looked` is called after each look, told whether anything was seen.
  Lookout(const Loop& loop, Log& log, LeaseJobs& leases, const Member& self, std::chrono::milliseconds lease_time,
          std::function<void(bool seen)> looked);

  // Nothing, while a look is under way.
  void look();

  // As seen last; empty before the first look.
  [[nodiscard]] const LeaseView& view() const { return watch_.view(); }
  [[nodiscard]] const Lease& lease() const { return watch_.view().lease; }
  // The last look saw something.
  [[nodiscard]] bool is_readable() const { return watch_.seen() && !outage_; }
  [[nodiscard]] LeaseWatch::Standing standing() const { return watch_.standing(loop_.now_ms()); }
  // See LeaseWatch.
  [[nodiscard]] bool is_wanted() const { return watch_.is_wanted(loop_.now_ms()); }
  [[nodiscard]] bool expired_by_store() const { return watch_.expired_by_store(loop_.now_ms()); }
  // For how long the lease has been as it is, by the steady clock.
  [[nodiscard]] std::chrono::milliseconds unchanged_for() const {
    return std::chrono::milliseconds(loop_.now_ms() - watch_.unchanged_since_ms());
  }

 private:
  void note_outage(const Result<>& outcome);

  const Loop& loop_;
  Log& log_;
  LeaseJobs& leases_;
  const std::function<void(bool)> looked_;
  LeaseWatch watch_;
  bool under_way_ = false;
  bool outage_ = false;
  std::uint64_t outage_since_ms_ = 0;
};

}  // namespace outpost::supervisor
