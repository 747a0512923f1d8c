// The commands of the outbound service: on which thread each runs, and what it may do.
#pragma once

#include <string_view>
#include <vector>

#include "common/log.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/control/command.h"
#include "supervisor/engine/threads.h"
#include "supervisor/role/keeper.h"

namespace outpost::supervisor {

// All outlive the commands.
struct CommandParts {
  Log& log;
  RoleKeeper& keeper;
  EngineThreads& engine;
  ProxyLink& link;
};

std::vector<ControlCommand> outbound_commands(const CommandParts& parts);
std::vector<std::string_view> outbound_command_names();

}  // namespace outpost::supervisor
