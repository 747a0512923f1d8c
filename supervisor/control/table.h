// The table of control commands: what outpostctl can ask, on which thread each command runs, and what it may do.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/control/server.h"
#include "supervisor/engine/service.h"
#include "supervisor/role/keeper.h"

namespace outpost::supervisor {

// What commands ask of the supervisor as a whole.
class ControlledSupervisor {
 public:
  [[nodiscard]] virtual std::string status() const = 0;
  // What has changed since the file was read last. A refused file leaves the old configuration in force; its errors are
  // the text.
  virtual Result<std::vector<std::string>> reload() = 0;
  // Of the configuration as it was loaded last.
  [[nodiscard]] virtual const std::vector<std::string>& warnings() const = 0;
  virtual void reopen_logs() = 0;
  virtual void stop(const std::string& why) = 0;
  [[nodiscard]] virtual bool stopping() const = 0;

 protected:
  ~ControlledSupervisor() = default;
};

// The names of all commands.
std::vector<std::string_view> control_commands();

class ControlTable final : public ControlCommands {
 public:
  // All outlive the table.
  struct Parts {
    Log& log;
    ControlledSupervisor& supervisor;
    RoleKeeper& keeper;
    OutboundService& service;
    ProxyLink& link;
  };
  explicit ControlTable(Parts parts) : parts_(parts) {}

  void command(std::shared_ptr<ControlSession> session, protocol::Command command, Respond respond) override;
  void import_rows(std::shared_ptr<ControlSession> session, protocol::ImportRows rows, Respond respond) override;

 private:
  Parts parts_;
};

}  // namespace outpost::supervisor
