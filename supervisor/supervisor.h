// outpostd: wires the parts together and owns their order of life. Everything here runs on the loop thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/io/process.h"
#include "common/io/service_manager.h"
#include "common/log.h"
#include "supervisor/children/http_proxy/proxy.h"
#include "supervisor/config/config.h"
#include "supervisor/control/server.h"
#include "supervisor/control/table.h"
#include "supervisor/engine/service.h"
#include "supervisor/role/command.h"
#include "supervisor/role/keeper.h"

namespace outpost::supervisor {

class Supervisor final : private ControlledSupervisor, private RoleDuties, private HttpProxy::Events {
 public:
  struct Settings {
    std::string config_path;
    LoadedConfig config;
    bool foreground = true;     // standard log messages go to stderr as well
    bool stay_primary = false;  // a fault, for tests: see RoleKeeper::Settings
  };

  // Called once: with a remark for the person who waits ("" when all is well), or with the reason why the start has
  // failed, as one has that is stopped before it is over; the loop then ends by itself.
  using Started = std::function<void(const Result<std::string>& outcome)>;

  // Takes the locks, opens log, store and control socket, and starts what the configuration asks for. `started` is
  // called when it is known whether the children run.
  static Result<std::unique_ptr<Supervisor>> start(Loop& loop, Settings settings, Started started);
  ~Supervisor();

  // Stops accepting, answers what is in flight, commits, then stops the loop. A second call is impatient.
  void stop(const std::string& why) override;

 private:
  Supervisor(Loop& loop, Settings settings, Started started);
  Result<> open_log();
  Result<> open_role();
  Result<> open_service();
  Result<> open_control();
  void begin();

  // RoleDuties
  std::string obstacle() override;
  void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) override;
  void stop_serving(Haste haste, std::function<void()> done) override;
  void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) override;
  void role_changed(Role now, Role before) override;
  void start_proxy();
  // Primary, and between start_proxy() and stop_serving().
  [[nodiscard]] bool serves();

  // HttpProxy::Events
  void proxy_bound() override;
  void proxy_settled() override;
  void proxy_failed(const std::string& problem, bool waits) override;
  void ports_taken() override;
  // Whether the start fails when its proxy does not come up.
  [[nodiscard]] bool must_serve() const;
  void report_started(const std::string& remark);
  void fail_start(const std::string& reason);

  // ControlledSupervisor
  [[nodiscard]] std::string status() const override;
  Result<std::vector<std::string>> reload() override;
  [[nodiscard]] const std::vector<std::string>& warnings() const override { return warnings_; }
  void reopen_logs() override;
  [[nodiscard]] bool stopping() const override { return stopping_; }
  Result<std::vector<std::string>> read_config();
  void use(LoadedConfig loaded);
  void apply_config();
  void drained();
  void finish();

  void lose_role(const Error& error);

  Loop& loop_;
  const std::string config_path_;
  Config config_;                      // what is in force: as in latest_, but for what waits for a restart
  Config latest_;                      // as the file was when it was read last
  std::vector<std::string> warnings_;  // of the configuration as it was loaded last
  std::optional<LoadedConfig> next_;   // what obstacle() read, for start_serving()
  const bool foreground_;
  Started started_;
  const std::uint64_t started_ms_;

  bool stopping_ = false;
  bool drained_ = false;
  std::vector<LockFile> locks_;
  std::unique_ptr<Log> log_;
  const bool stay_primary_;
  std::unique_ptr<RoleKeeper> keeper_;
  std::unique_ptr<RoleCommand> role_command_;
  std::int64_t epoch_at_start_ = 0;  // without redundancy
  bool store_is_old_ = false;        // it may have to be brought up to date when this becomes primary
  std::unique_ptr<OutboundService> service_;
  std::unique_ptr<HttpProxy> proxy_;
  std::unique_ptr<ControlTable> table_;
  std::unique_ptr<ControlServer> control_;
  std::vector<std::unique_ptr<Signal>> signals_;
  ServiceWatchdog watchdog_;
};

}  // namespace outpost::supervisor
