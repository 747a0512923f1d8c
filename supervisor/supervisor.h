// outpostd: the process around a service. Wires the parts together and owns their order of life; knows nothing of
// roles, engines and stores. Everything here runs on the loop thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/io/process.h"
#include "common/io/service_manager.h"
#include "common/log.h"
#include "supervisor/admin/traffic.h"
#include "supervisor/children/children.h"
#include "supervisor/children/kinds.h"
#include "supervisor/config/config.h"
#include "supervisor/control/server.h"
#include "supervisor/control/table.h"
#include "supervisor/metrics/exposition.h"
#include "supervisor/metrics/process_figures.h"
#include "supervisor/service.h"

namespace outpost::supervisor {

class Supervisor final : private ControlledSupervisor,
                         private Service::Host,
                         private Children::Events,
                         private AdminTraffic::Host {
 public:
  struct Settings {
    std::string config_path;
    LoadedConfig config;
    MakeService make_service;
    std::span<const ChildKind> kinds = child_kinds();
    bool foreground = true;  // standard log messages go to stderr as well
  };

  // Called once: with a remark for the person who waits ("" when all is well), or with the reason why the start has
  // failed, as one has that is stopped before it is over; the loop then ends by itself.
  using Started = std::function<void(const Result<std::string>& outcome)>;

  // Takes the locks, opens log, service and control socket, and lets the service begin. `started` is
  // called when it is known whether the children run.
  static Result<std::unique_ptr<Supervisor>> start(Loop& loop, Settings settings, Started started);
  ~Supervisor();

  // Stops accepting, answers what is in flight, commits, then stops the loop. A second call is impatient.
  void stop(const std::string& why) override;
  // Once the loop has ended: why it was not asked to.
  [[nodiscard]] const Result<>& outcome() const { return outcome_; }

 private:
  Supervisor(Loop& loop, Settings settings, Started started);
  Result<> open_log();
  Result<> open_control();
  void mind_signals();

  // Service::Host
  std::string config_problem() override;
  Result<> refresh_config() override;
  void start_children() override;
  void stop_children(std::chrono::milliseconds deadline, std::function<void()> stopped) override;
  void hurry_children(std::chrono::milliseconds deadline) override;
  ProxyLink& proxy() override { return children_->proxy(); }
  Courier& courier() override { return *children_->courier(); }
  void set_tokens(const std::vector<Token>& tokens, std::function<void()> then) override;
  void standing_by() override { report_started(""); }
  void give_up(const std::string& why) override;

  // Children::Events
  void proxy_bound() override { service_->proxy_bound(); }
  void children_serve() override;
  void child_failed(const ChildKind& kind, const std::string& problem, bool waits) override;
  void ports_taken() override { service_->ports_taken(); }
  // Whether the start fails when a child does not come up.
  [[nodiscard]] bool must_serve() const;
  void report_started(const std::string& remark);
  void fail_start(const std::string& reason);

  // AdminTraffic::Host, and ControlledSupervisor
  [[nodiscard]] Health health() const override;
  [[nodiscard]] bool may_write(const std::string& listener) const override;
  [[nodiscard]] std::string configuration() const override;
  [[nodiscard]] std::string log_path(std::string_view log) const override;

  // ControlledSupervisor
  [[nodiscard]] std::string status() const override;
  void metrics(MetricsFormat format, std::function<void(std::string)> respond) override;
  Result<std::vector<std::string>> reload() override;
  void when_in_force(std::function<void()> then) override;
  [[nodiscard]] const std::vector<std::string>& warnings() const override { return warnings_; }
  void reopen_logs() override;
  [[nodiscard]] bool stopping() const override { return stopping_; }
  Result<std::vector<std::string>> read_config();
  void use(LoadedConfig loaded);
  void apply_config();
  void stopped();

  Loop& loop_;
  const std::string config_path_;
  Config config_;                      // what is in force: as in latest_, but for what waits for a restart
  Config latest_;                      // as the file was when it was read last
  OptionSettings settings_;            // and where it has each value from
  std::vector<Token> tokens_;          // as the children were told last
  std::vector<std::string> warnings_;  // of the configuration as it was loaded last
  std::optional<LoadedConfig> next_;   // what config_problem() read, for refresh_config()
  const bool foreground_;
  Started started_;
  const std::uint64_t started_ms_;

  bool stopping_ = false;
  bool service_stopped_ = false;
  Result<> outcome_;
  std::vector<LockFile> locks_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<AdminTraffic> admin_;
  std::unique_ptr<Children> children_;
  std::unique_ptr<ControlTable> table_;
  std::unique_ptr<ControlServer> control_;
  std::vector<std::unique_ptr<Signal>> signals_;
  ServiceWatchdog watchdog_;
  ProcessMetrics process_metrics_;
};

}  // namespace outpost::supervisor
