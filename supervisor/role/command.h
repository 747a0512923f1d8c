// Runs a program at each change of role: to move a virtual address, to tell a monitor. Nothing waits for it.
//
//   idle ──run()──▶ running ──(it ended, or was killed at the timeout)──▶ idle, or the change that waits
//
// The program gets the new role and the one before as arguments, OUTPOST_ROLE, OUTPOST_OLD_ROLE, OUTPOST_EPOCH and
// OUTPOST_NAME in its environment. What else there is to know of its run: supervisor/program_run.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/program_run.h"
#include "supervisor/role/role.h"

namespace outpost::supervisor {

class RoleCommand {
 public:
  // No program: run() does nothing. `log` outlives this.
  RoleCommand(Loop& loop, Log& log, std::string program, std::chrono::milliseconds timeout);
  // Kills what runs, with all that it started.
  ~RoleCommand();
  RoleCommand(const RoleCommand&) = delete;
  RoleCommand& operator=(const RoleCommand&) = delete;

  // For the runs from now on.
  void configure(std::string program, std::chrono::milliseconds timeout);
  // While one runs, the next change waits; of several that wait only the newest is run. What fails is logged.
  void run(Role role, Role old_role, std::int64_t epoch, const std::string& name);
  // Calls `action` once, as soon as nothing runs or waits: at once when that is so now. For a supervisor that ends.
  // `action` may destroy this.
  void when_idle(std::function<void()> action);
  [[nodiscard]] bool idle() const { return running_ == nullptr; }

 private:
  struct Change {
    Role role;
    Role old_role;
    std::int64_t epoch;
    std::string name;
  };

  [[nodiscard]] ProgramRun::Program program_of(const Change& change) const;
  void start(const Change& change);
  void ended();

  Loop& loop_;
  Log& log_;
  std::string program_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<ProgramRun> running_;
  std::optional<Change> next_;
  std::function<void()> when_idle_;
};

}  // namespace outpost::supervisor
