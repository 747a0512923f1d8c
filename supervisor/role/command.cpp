#include "supervisor/role/command.h"

#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

RoleCommand::RoleCommand(Loop& loop, Log& log, std::string program, std::chrono::milliseconds timeout)
    : loop_(loop), log_(log), program_(std::move(program)), timeout_(timeout) {}

RoleCommand::~RoleCommand() = default;

void RoleCommand::configure(std::string program, std::chrono::milliseconds timeout) {
  program_ = std::move(program);
  timeout_ = timeout;
}

void RoleCommand::run(Role role, Role old_role, std::int64_t epoch, const std::string& name) {
  if (program_.empty()) return next_.reset();
  Change change{role, old_role, epoch, name};
  if (idle()) return start(change);
  if (next_) {
    log_.write(lm::kRoleCommandSkipped, "role-command is not run for the change from {} to {}: another followed",
               to_string(next_->old_role), to_string(next_->role));
  }
  next_ = std::move(change);
}

void RoleCommand::when_idle(std::function<void()> action) {
  if (idle()) return action();
  when_idle_ = std::move(action);
}

ProgramRun::Program RoleCommand::program_of(const Change& change) const {
  std::string role(to_string(change.role));
  std::string old_role(to_string(change.old_role));
  ProgramRun::Program program;
  program.title = fmt::format("role-command {} {} {}", program_, role, old_role);
  program.about = fmt::format("epoch {}", change.epoch);
  program.path = program_;
  program.arguments = {role, old_role};
  program.environment = {"OUTPOST_ROLE=" + role, "OUTPOST_OLD_ROLE=" + old_role,
                         fmt::format("OUTPOST_EPOCH={}", change.epoch), "OUTPOST_NAME=" + change.name};
  return program;
}

void RoleCommand::start(const Change& change) {
  static constexpr ProgramRun::Messages kMessages{lm::kRoleCommandStarted, lm::kRoleCommandOutput,
                                                  lm::kRoleCommandEnded, lm::kRoleCommandFailed};
  running_ = std::make_unique<ProgramRun>(loop_, log_, kMessages, timeout_, [this] { ended(); });
  auto started = running_->start(program_of(change));
  if (started) return;
  log_.write(lm::kRoleCommandFailed, "role-command for the change from {} to {}: {}", to_string(change.old_role),
             to_string(change.role), started.error().text);
  running_.reset();
}

void RoleCommand::ended() {
  running_.reset();
  if (auto next = std::exchange(next_, std::nullopt); next && !program_.empty()) start(*next);
  if (!idle()) return;
  if (auto action = std::exchange(when_idle_, nullptr)) action();
}

}  // namespace outpost::supervisor
