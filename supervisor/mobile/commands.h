// The control commands of a mobile node.
//
//   nodes         {}                                 -> {"nodes": [..], "warnings": [sentence ..]}, see Cluster
//   node          {}                                 -> {"id", "name", "url", "status", "reasons"}
//   node-change   {"command": "online" or "offline"} -> the same
//   token-add, token-list, token-revoke              as of outbound, limited to what a mobile node serves
#pragma once

#include <string_view>
#include <vector>

#include "supervisor/control/command.h"
#include "supervisor/mobile/cluster.h"
#include "supervisor/mobile/node.h"
#include "supervisor/mobile/tokens.h"

namespace outpost::supervisor::mobile {

// All outlive the commands.
struct MobileCommandParts {
  Node& node;
  Cluster& cluster;
  MobileTokens& tokens;
};

std::vector<ControlCommand> mobile_commands(const MobileCommandParts& parts);
std::vector<std::string_view> mobile_command_names();

}  // namespace outpost::supervisor::mobile
