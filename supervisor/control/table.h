// The table of control commands: what outpostctl can ask of this outpostd. Those of the supervisor itself are here, the
// rest its service brings.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "supervisor/config/config_rows.h"
#include "supervisor/control/command.h"
#include "supervisor/health.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

// What commands ask of the supervisor as a whole.
class ControlledSupervisor {
 public:
  [[nodiscard]] virtual std::string status() const = 0;
  [[nodiscard]] virtual Health health() const = 0;
  // All that can be measured, as text. The reply may take as long as the store, but no more than some seconds.
  virtual void metrics(MetricsFormat format, std::function<void(std::string)> respond) = 0;
  // What has changed since the file was read last. A refused file leaves the old configuration in force; its errors are
  // the text.
  virtual Result<std::vector<std::string>> reload() = 0;
  // Calls `then` once no child serves by an older configuration.
  virtual void when_in_force(std::function<void()> then) = 0;
  // What is said of the configuration as it was loaded last.
  [[nodiscard]] virtual const std::vector<std::string>& warnings() const = 0;
  virtual void reopen_logs() = 0;
  virtual void stop(const std::string& why) = 0;
  [[nodiscard]] virtual bool stopping() const = 0;

 protected:
  ~ControlledSupervisor() = default;
};

// Those that the supervisor has by itself.
std::vector<std::string_view> own_command_names();

class ControlTable {
 public:
  // `log`, `supervisor`, and whatever `others` run on, outlive the table. `type` is the service's.
  ControlTable(Log& log, ControlledSupervisor& supervisor, std::vector<ControlCommand> others, ApplicationType type);

  void command(std::shared_ptr<ControlSession> session, const protocol::Command& command,
               ControlCommand::Respond respond) const;
  void import_rows(const ControlSession& session, protocol::ImportRows rows, ControlCommand::Respond respond) const;

 private:
  [[nodiscard]] Failure no_such_command(const std::string& name) const;

  Log& log_;
  ControlledSupervisor& supervisor_;
  std::vector<ControlCommand> rows_;
  const ApplicationType type_;
};

}  // namespace outpost::supervisor
