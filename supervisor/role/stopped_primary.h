// What is done about a primary before that somebody stopped (SIGSTOP, a debugger): it lets go of neither its locks nor
// its ports, so a backup of the same host ends it.
#pragma once

#include <string>

#include "common/log.h"
#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

class StoppedPrimary {
 public:
  virtual ~StoppedPrimary() = default;

  // `holder`, whose lease has run out, keeps the store locked. False: it is not of this host, or not stopped, or it
  // could not be ended.
  virtual bool end(const Member& holder) = 0;
  // `holder`, whose lease was taken, may have left children that keep the ports.
  virtual void free_ports(const Member& holder) = 0;
};

// Ends processes of this host by a signal.
class StoppedPrimaryOfHost final : public StoppedPrimary {
 public:
  // `log` outlives this.
  StoppedPrimaryOfHost(Log& log, std::string host);

  bool end(const Member& holder) override;
  void free_ports(const Member& holder) override;

 private:
  void kill_stopped_children(const Member& holder);

  Log& log_;
  const std::string host_;
};

}  // namespace outpost::supervisor
