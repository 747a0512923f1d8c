// What being primary means, as far as the keeper of the role has to know: the outbound service does it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/error.h"
#include "supervisor/role/role.h"

namespace outpost::supervisor {

// What a supervisor does in its role. Called on the loop thread; each `done` is called once, there, not before the call
// returns.
class RoleDuties {
 public:
  enum class Haste : std::uint8_t {
    planned,  // finish what was accepted
    hurried,  // the lease may be taken soon, or is lost: refuse what waits, and be quick
  };
  // Why this supervisor could not be primary, as far as can be told beforehand; empty when it could. Reads the
  // configuration afresh.
  virtual std::string obstacle() = 0;
  // Serves by the configuration that obstacle() has read since: writes under `epoch` from now on, and starts the proxy.
  // An error: nothing of it is done.
  virtual void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) = 0;
  // Afterwards no port is open, and nothing can be written any more. Without `done`: what goes on already only has to
  // go faster.
  virtual void stop_serving(Haste haste, std::function<void()> done) = 0;
  virtual void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) = 0;
  // Also once at the beginning, when it stays backup: backup, and backup before.
  virtual void role_changed(Role now, Role before) = 0;

 protected:
  ~RoleDuties() = default;
};

}  // namespace outpost::supervisor
