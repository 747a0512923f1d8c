// A command of the control socket: a row of the supervisor's own table, or of the one that its service brings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "protocol/channel/control.h"

namespace outpost::supervisor {

struct ControlSession;

// What a command does. Those that write are audited (audit.h); who may only read is to be refused them.
enum class Effect : std::uint8_t { reads, writes };

struct ControlCommand {
  // On success a JSON object, on failure a sentence. Called once, on the loop thread, at any time; the connection may
  // be gone by then.
  using Respond = std::function<void(Result<std::string>)>;
  // A session lives as long as somebody holds it.
  using Run = std::function<void(std::shared_ptr<ControlSession> session, std::shared_ptr<const JsonValue> arguments,
                                 Respond respond)>;

  std::string_view name;
  Effect effect;
  Run run;
  bool while_stopping = false;
  bool for_members = false;  // of control.group
};

// What one connection carries from command to command.
struct ControlSession {
  // Who gives the commands, for the log: "uid 0 (root), pid 4711", or of another door what names its peer there. Set by
  // whoever opens the session, never by what came over it alone.
  std::string actor;
  // Who asks: the supervisor's own user or root, or a member of control.group.
  enum class Peer : std::uint8_t { owner, member };
  Peer peer = Peer::owner;
  // The import that was opened last, and what takes its rows. Empty: none was.
  std::int64_t import_id = 0;
  std::function<void(protocol::ImportRows rows, ControlCommand::Respond respond)> import_rows;
};

}  // namespace outpost::supervisor
