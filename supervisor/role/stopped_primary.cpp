#include "supervisor/role/stopped_primary.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "supervisor/log_messages.h"
#include "supervisor/role/process_state.h"

namespace outpost::supervisor {

namespace lm = log_messages;

StoppedPrimaryOfHost::StoppedPrimaryOfHost(Log& log, std::string host) : log_(log), host_(std::move(host)) {}

// A stopped process that was within a transaction keeps an embedded store locked for ever. What it had not committed is
// rolled back, and was acknowledged to nobody.
bool StoppedPrimaryOfHost::end(const Member& holder) {
  if (holder.host != host_) return false;
  int pid = static_cast<int>(holder.pid);
  if (pid <= 0 || !is_stopped(pid) || process_start(pid) != holder.process_start) return false;
  // While it still has them: a stopped child does not see that its parent is gone, and nobody would find it again.
  kill_stopped_children(holder);
  bool killed = kill(pid, SIGKILL) == 0;
  log_.write(lm::kHolderKilled, "{}, pid {}, is stopped, its lease has run out, and it keeps the store locked: {}",
             holder.name, pid, killed ? "it is killed" : std::strerror(errno));
  return killed;
}

void StoppedPrimaryOfHost::free_ports(const Member& holder) {
  if (holder.host != host_) return;
  if (process_start(static_cast<int>(holder.pid)) != holder.process_start) return;
  kill_stopped_children(holder);
}

void StoppedPrimaryOfHost::kill_stopped_children(const Member& holder) {
  for (int child : stopped_children(static_cast<int>(holder.pid))) {
    bool killed = kill(child, SIGKILL) == 0;
    log_.write(lm::kHolderKilled, "process {} of {}, which was primary before, is stopped and may keep the ports: {}",
               child, holder.name, killed ? "it is killed" : std::strerror(errno));
  }
}

}  // namespace outpost::supervisor
