// What the service manager is told. Source: sd_notify(3), sd_watchdog_enabled(3). Without one nothing happens.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/io/loop.h"

namespace outpost {

// A state such as "READY=1", to the socket that NOTIFY_SOCKET names.
void notify_service_manager(const std::string& state);
// "RELOADING=1" and when that was; "READY=1" has to follow.
void notify_reloading();

// How long the service manager waits for a sign of life (WATCHDOG_USEC); none when it does not, or means another
// process (WATCHDOG_PID).
std::optional<std::chrono::microseconds> watchdog_limit();

// Gives the sign of life twice in that time, for as long as the loop turns.
class ServiceWatchdog {
 public:
  explicit ServiceWatchdog(Loop& loop);

 private:
  Timer timer_;
};

}  // namespace outpost
