// The control socket (design.md section 2): who may speak, and the way of a command to its reply.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/io/stream.h"
#include "common/log.h"
#include "protocol/channel/channel.h"
#include "supervisor/control/table.h"

namespace outpost::supervisor {

class ControlServer {
 public:
  static constexpr std::size_t kConnectionsMax = 64;
  // A connection with this many unanswered commands is not read until some are answered.
  static constexpr std::size_t kUnansweredMax = 16;

  // Listens on a Unix socket of mode 0600 and serves peers of our own user and root only; or, when `group` names one,
  // of mode 0660, and its members as well, for whom not every command is. Errc::not_found: there is no such group.
  // References outlive the server.
  static Result<std::unique_ptr<ControlServer>> open(Loop& loop, Log& log, const std::string& path,
                                                     const std::string& group, const ControlTable& table);
  ~ControlServer();

 private:
  class Connection;
  ControlServer(Loop& loop, Log& log, std::unique_ptr<Listener> listener, std::optional<gid_t> group,
                const ControlTable& table);
  void accepted(int fd);
  void remove(std::uint64_t id);

  Loop& loop_;
  Log& log_;
  const ControlTable& table_;
  const std::optional<gid_t> group_;
  std::unique_ptr<Listener> listener_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace outpost::supervisor
