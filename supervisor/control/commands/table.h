// The commands of the outbound service: on which thread each runs, and what it may do.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "supervisor/control/command.h"
#include "supervisor/engine/sending/outbox.h"
#include "supervisor/engine/sending/sample_call.h"
#include "supervisor/engine/threads.h"
#include "supervisor/role/keeper.h"

namespace outpost::supervisor {

// All references outlive the commands.
struct CommandParts {
  Log& log;
  RoleKeeper& keeper;
  EngineThreads& engine;
  SampleCalls& samples;
  Outbox& outbox;
  // Tells the children, and calls `then` once they go by them.
  std::function<void(const std::vector<Token>& tokens, std::function<void()> then)> set_tokens;
};

std::vector<ControlCommand> outbound_commands(const CommandParts& parts);
std::vector<std::string_view> outbound_command_names();

}  // namespace outpost::supervisor
