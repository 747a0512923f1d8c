// outpostd: wires the parts together and owns their order of life. Everything here runs on the loop thread.
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
#include "supervisor/child.h"
#include "supervisor/config.h"
#include "supervisor/control_server.h"
#include "supervisor/engine.h"
#include "supervisor/proxy_link.h"
#include "supervisor/role_command.h"
#include "supervisor/role_keeper.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/store_thread.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class Supervisor final : private RequestSink, private ControlCommands, private RoleDuties {
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
  void stop(const std::string& why);

 private:
  Supervisor(Loop& loop, Settings settings, Started started);
  Result<> take_locks();
  Result<> open_log();
  Result<> open_role();
  Result<> take_lease(LeaseStore& leases, const Lease& seen);
  Result<> refuse_namesake(LeaseStore& leases, LeaseView view);
  Result<> open_threads();
  Result<> open_control();
  void make_proxy();
  void begin();

  // RoleDuties
  std::string obstacle() override;
  void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) override;
  void stop_serving(Haste haste, std::function<void()> done) override;
  void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) override;
  void role_changed(Role now, Role before) override;
  void close_writer(std::function<void()> done);
  void start_proxy();
  void serve_without_proxy();
  // Primary, and between start_proxy() and stop_serving().
  [[nodiscard]] bool serves();
  void child_settled(const std::string& problem);
  void proxy_failed(const std::string& problem);
  // Whether the start fails when its proxy does not come up.
  [[nodiscard]] bool must_serve() const;
  // Whether the ports that are taken may be those of a proxy that is about to leave. Asked at each attempt that failed.
  [[nodiscard]] bool ports_may_come() const;
  void report_started(const std::string& remark);
  void fail_start(const std::string& reason);
  // A proxy holds its ports and waits to be started: the engine is told what it must know of it.
  void proxy_bound();

  // What has changed since the file was read last. A refused file leaves the old configuration in force; its errors are
  // the text.
  Result<std::vector<std::string>> reload();
  Result<std::vector<std::string>> read_config();
  void use(LoadedConfig loaded);
  void apply_config();
  void reopen_logs();
  void drained();
  void finish();

  bool submit(protocol::Request request, Answered answered) override;
  // What is due without a request (see Engine::sweep).
  void sweep();
  void lose_role(const Error& error);
  protocol::Answer failure_answer(const Error& error, const protocol::Request& request);
  void note_store(const Result<>& outcome);

  // One row of the table of control commands.
  struct ControlRow;
  static std::span<const ControlRow> control_table();
  void command(std::shared_ptr<ControlSession> session, protocol::Command command, Respond respond) override;
  void import_rows(std::shared_ptr<ControlSession> session, protocol::ImportRows rows, Respond respond) override;
  using StoreCommand = std::function<Result<std::string>(RecordStore&)>;
  void on_writer(StoreCommand run, Respond respond);
  // As on_writer, for what changes the tokens: the reply says that the running proxy knows them.
  void on_tokens(StoreCommand run, Respond respond);
  void on_reader(StoreCommand run, Respond respond);
  [[nodiscard]] std::string status() const;
  void write_store_status(JsonWriter& out) const;
  void write_proxy_status(JsonWriter& out) const;
  void write_limits_status(JsonWriter& out) const;
  void write_request_status(JsonWriter& out) const;

  Loop& loop_;
  const std::string config_path_;
  Config config_;                      // what is in force: as in latest_, but for what waits for a restart
  Config latest_;                      // as the file was when it was read last
  std::vector<std::string> warnings_;  // of the configuration as it was loaded last
  const bool foreground_;
  Started started_;
  const std::uint64_t started_ms_;

  bool stopping_ = false;
  bool drained_ = false;
  std::vector<LockFile> locks_;
  std::unique_ptr<Log> log_;
  StoreInfo store_info_;
  const bool stay_primary_;
  std::unique_ptr<RoleKeeper> keeper_;
  std::unique_ptr<RoleCommand> role_command_;
  std::int64_t epoch_at_start_ = 0;  // without redundancy
  bool waits_for_ports_ = false;     // primary, and no proxy had the ports yet
  std::uint64_t primary_since_ms_ = 0;
  std::uint64_t ports_lacked_since_ms_ = 0;  // since when the start waits for them, 0: it does not
  bool store_is_old_ = false;                // it may have to be brought up to date when this becomes primary
  // Where clients reach the records. Used on the store thread only.
  std::shared_ptr<std::string> record_uri_base_ = std::make_shared<std::string>();
  std::unique_ptr<Engine> engine_;  // used on the store thread only, which ends first
  std::unique_ptr<StoreThread> writer_;
  std::unique_ptr<ReaderThread> reader_;
  std::unique_ptr<ProxyLink> link_;
  std::unique_ptr<Child> child_;
  std::unique_ptr<ControlServer> control_;
  std::vector<std::unique_ptr<Signal>> signals_;
  ServiceWatchdog watchdog_;
  Timer sweep_timer_;
  Timer hurry_timer_;
  bool sweeping_ = false;
  std::uint64_t store_failed_ms_ = 0;  // since when the store fails, 0: it works
  std::uint64_t store_failures_ = 0;   // since then
};

}  // namespace outpost::supervisor
