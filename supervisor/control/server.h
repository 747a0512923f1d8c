// The control socket (design.md section 2): who may speak, and the way of a command to its reply.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/io/stream.h"
#include "common/log.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/control.h"

namespace outpost::supervisor {

struct OpenedImport;

// What one connection carries from command to command.
struct ControlSession {
  std::shared_ptr<const OpenedImport> import;  // that this connection opened last
};

class ControlCommands {
 public:
  // On success a JSON object, on failure a sentence.
  using Respond = std::function<void(Result<std::string>)>;
  // `respond` is called once, on the loop thread, at any time; it may be called when the connection is gone. A session
  // lives as long as somebody holds it.
  virtual void command(std::shared_ptr<ControlSession> session, protocol::Command command, Respond respond) = 0;
  virtual void import_rows(std::shared_ptr<ControlSession> session, protocol::ImportRows rows, Respond respond) = 0;

 protected:
  ~ControlCommands() = default;
};

class ControlServer {
 public:
  static constexpr std::size_t kConnectionsMax = 64;
  // A connection with this many unanswered commands is not read until some are answered.
  static constexpr std::size_t kUnansweredMax = 16;

  // Listens on a Unix socket of mode 0600 and serves peers of our own user and root only. References outlive the
  // server.
  static Result<std::unique_ptr<ControlServer>> open(Loop& loop, Log& log, const std::string& path,
                                                     ControlCommands& commands);
  ~ControlServer();

 private:
  class Connection;
  ControlServer(Loop& loop, Log& log, std::unique_ptr<Listener> listener, ControlCommands& commands);
  void accepted(int fd);
  void remove(std::uint64_t id);

  Loop& loop_;
  Log& log_;
  ControlCommands& commands_;
  std::unique_ptr<Listener> listener_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace outpost::supervisor
