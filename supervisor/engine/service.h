// The outbound service: the role, and what it means to have it, for the engine and for the children. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/scrape.h"
#include "supervisor/engine/sending/group_states.h"
#include "supervisor/engine/sending/outbox.h"
#include "supervisor/engine/sending/sample_call.h"
#include "supervisor/engine/sending/validation.h"
#include "supervisor/engine/threads.h"
#include "supervisor/engine/traffic.h"
#include "supervisor/role/command.h"
#include "supervisor/role/keeper.h"
#include "supervisor/service.h"

namespace outpost::supervisor {

class OutboundService final : public Service, private RoleDuties {
 public:
  // `stay_primary`: a fault, for tests, see RoleKeeper::Settings.
  OutboundService(Loop& loop, Log& log, const Config& config, Host& host, bool stay_primary);

  Result<> open() override;
  void begin() override;
  void use(const Config& config) override;
  ProxyTraffic& traffic() override { return *traffic_; }
  std::vector<ControlCommand> commands() override;
  void write_status(JsonWriter& out) const override;
  [[nodiscard]] Health health() const override;
  void write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) override;

  void proxy_bound() override;
  void children_serve() override { keeper_->note_serving(); }
  void children_fail(const std::string& problem) override { keeper_->note_not_serving(problem); }
  void ports_taken() override { keeper_->ports_taken(); }

  void stop(std::function<void()> stopped) override;
  void lose_patience() override;

 private:
  Result<> open_role();
  Result<> open_engine();

  // RoleDuties
  std::string obstacle() override { return host_.config_problem(); }
  void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) override;
  void stop_serving(Haste haste, std::function<void()> done) override;
  void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) override;
  void role_changed(Role now, Role before) override;
  void serve();
  void tell_role();
  void read_tokens();
  void refuse_waiting();

  void lose_role(const Error& error);
  void drained();
  void finish();

  Loop& loop_;
  Log& log_;
  Host& host_;
  Config config_;  // what is in force
  const bool stay_primary_;

  std::unique_ptr<RoleKeeper> keeper_;
  RoleCommand role_command_;
  std::int64_t epoch_at_start_ = 0;  // without redundancy
  bool store_is_old_ = false;        // it may have to be brought up to date when this becomes primary
  std::unique_ptr<EngineThreads> engine_;
  std::unique_ptr<Validations> validations_;  // from begin() on, when there are children
  std::unique_ptr<OutboundTraffic> traffic_;
  Timer tokens_timer_;  // while another writes them
  bool reading_tokens_ = false;
  std::unique_ptr<StoreScrape> scrape_;
  std::unique_ptr<SampleCalls> samples_;
  std::unique_ptr<GroupStates> group_states_;  // once there is a courier, from begin() on
  std::unique_ptr<Outbox> outbox_;
  bool drained_ = false;
  std::function<void()> stopped_;  // once it is stopping
};

}  // namespace outpost::supervisor
