// Attempts to take the lease, and when the next one may be made.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/role/lease_jobs.h"

namespace outpost::supervisor {

class Taking {
 public:
  // The new epoch; nothing: somebody was faster, or the primary is back.
  using Outcome = Result<std::optional<std::int64_t>>;

  // References outlive this.
  Taking(const Loop& loop, Log& log, LeaseJobs& leases, std::chrono::milliseconds lease_time)
      : loop_(loop), log_(log), leases_(leases), lease_time_(lease_time) {}

  [[nodiscard]] bool may_begin() const { return !under_way_ && loop_.now_ms() >= not_before_ms_; }
  // The lease `seen`, for `self`.
  void begin(const Lease& seen, const Member& self, std::function<void(const Outcome&)> done);
  [[nodiscard]] bool under_way() const { return under_way_; }
  // It should be primary, and is not: said once for each reason, tried again and again.
  void cannot(const std::string& reason);
  // The lease was taken, and could not be made use of: that is tried again much later.
  void cannot_serve();

  // The last attempt: the lease as it was, and when it was sent.
  [[nodiscard]] const Lease& from() const { return from_; }
  [[nodiscard]] std::uint64_t sent_ms() const { return sent_ms_; }

 private:
  void delay(std::chrono::milliseconds delay);

  const Loop& loop_;
  Log& log_;
  LeaseJobs& leases_;
  const std::chrono::milliseconds lease_time_;
  bool under_way_ = false;
  std::uint64_t not_before_ms_ = 0;
  std::string logged_;  // why it cannot be primary, as the log has it
  Lease from_;
  std::uint64_t sent_ms_ = 0;
};

}  // namespace outpost::supervisor
