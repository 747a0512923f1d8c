// The audit: who changed what. One line of the supervisor's log for each command that writes, once its outcome is
// known.
//
//   Std 40053 audit: uid 0 (root), pid 4711: token-add name="shop" resources=["lists"]: done
//   Std 40053 audit: uid 0 (root), pid 4712: group command="start" group="Spring@Agents": refused: not found
//   Std 40053 audit: uid 1001 (anna), pid 4713: records-edit list="Spring" command="set" set=["attempt"]: done
//   changed=3
#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "common/log.h"
#include "supervisor/control/command.h"

namespace outpost::supervisor {

// The arguments that tell what is changed, in one line of bounded length. Of those that may be secrets or people's
// data, and of lists of things, only the size is told; of attributes that are set, the names.
std::string audited_arguments(const JsonValue& arguments);

// Calls `respond`, and writes the line before that. A dry run changes nothing and has none. `log` outlives the answer.
ControlCommand::Respond audited(Log& log, std::string_view actor, std::string_view command, const JsonValue& arguments,
                                ControlCommand::Respond respond);

}  // namespace outpost::supervisor
