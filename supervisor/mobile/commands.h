// The control commands of a mobile node.
//
//   nodes         {}                                 -> {"nodes": [..], "warnings": [sentence ..]}, see Cluster
//   node          {}                                 -> {"id", "name", "url", "status", "reasons"}
//   node-change   {"command": "online" or "offline"} -> the same
//   token-add, token-list, token-revoke              as of outbound, limited to what a mobile node serves
//   services, service, resources, subscriptions      see state_commands.h
//   alarms        {}                                 -> {"alarms": [{"event", "subject", "text", "raised_at"} ..]}
//   publish       {"tag", "message", "parsed"?: true, "localized"?: true} -> {"id"} of the event. "parsed": the message
//                 is JSON, and is passed on as it is; "localized": it is a key of the localisation file
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/resources.h"
#include "supervisor/control/command.h"
#include "supervisor/mobile/alarms.h"
#include "supervisor/mobile/cluster.h"
#include "supervisor/mobile/node.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/tokens.h"

namespace outpost::supervisor::mobile {

// All outlive the commands.
struct MobileCommandParts {
  Node& node;
  Cluster& cluster;
  MobileTokens& tokens;
  StateThreads& threads;
  Alarms& alarms;
  const Config& config;                         // what is in force
  std::function<const Resources&()> resources;  // of it
  // As Notifications::publish_event(). Null: nothing here publishes.
  std::function<Result<std::string>(std::string tag, std::string message_json, std::string_view media_type)> publish;
};

std::vector<ControlCommand> mobile_commands(const MobileCommandParts& parts);
std::vector<std::string_view> mobile_command_names();

}  // namespace outpost::supervisor::mobile
