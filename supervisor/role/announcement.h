// Says in the store who this supervisor is, again and again: a sign of life for the others.
#pragma once

#include <cstdint>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/role/lease_jobs.h"
#include "supervisor/role/self.h"

namespace outpost::supervisor {

class Announcement {
 public:
  // References outlive this.
  Announcement(const Loop& loop, Log& log, LeaseJobs& leases, const Self& self)
      : loop_(loop), log_(log), leases_(leases), self_(self) {}

  [[nodiscard]] bool is_due() const { return loop_.now_ms() >= at_ms_; }
  // There is something new to say.
  void hasten() { at_ms_ = 0; }
  [[nodiscard]] bool under_way() const { return under_way_; }
  // Nothing, while one is under way.
  void send();
  // `row` is what the store has under our name; null for nothing. Said once.
  void look_out_for_namesake(const Member* row);

 private:
  const Loop& loop_;
  Log& log_;
  LeaseJobs& leases_;
  const Self& self_;
  std::uint64_t at_ms_ = 0;
  bool under_way_ = false;
  bool announced_ = false;  // at least once
  bool namesake_logged_ = false;
};

}  // namespace outpost::supervisor
