// Renews the lease of a primary, and says when that has not worked for so long that another might take it.
//
//   begin ──▶ renewing, again and again ──▶ stop
//               │ the store has another epoch                     ▶ fenced
//               │ none has worked for two thirds of the lease     ▶ overdue
//               ▼
//             goes on, whatever was told: whoever stops serving still needs the lease
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/io/loop.h"
#include "supervisor/role/duties.h"

namespace outpost::supervisor {

class Renewal {
 public:
  struct Times {
    std::chrono::milliseconds lease_time;
    std::chrono::milliseconds interval;
  };
  struct Alarms {
    std::function<void(const Error&)> fenced;
    std::function<void(const std::string& reason)> overdue;
  };

  // References outlive this.
  Renewal(Loop& loop, RoleDuties& duties, Times times, Alarms alarms);

  // Begins to renew the lease of `epoch`, which was taken or renewed at `renewed_ms` last.
  void begin(std::int64_t epoch, std::uint64_t renewed_ms);
  // What is under way is not heard of any more.
  void stop();

 private:
  void renew();
  void renewed(std::uint64_t sent_ms, const Result<>& outcome);
  void watch();
  void overdue();

  Loop& loop_;
  RoleDuties& duties_;
  const Times times_;
  const Alarms alarms_;
  std::int64_t epoch_ = 0;  // of the lease that is renewed; 0: none is
  bool under_way_ = false;
  std::uint64_t renewed_ms_ = 0;
  std::string problem_;  // why the last one failed
  Timer renew_timer_;
  Timer overdue_timer_;
};

}  // namespace outpost::supervisor
