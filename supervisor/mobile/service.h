// A mobile node: the engine behind the same supervisor and proxy as outbound's. No role; all nodes are active, and what
// they must agree on is decided in the store that they share. Loop thread. Source: mobile.md 2, 6, 7, 12.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/mobile/alarms.h"
#include "supervisor/mobile/calls.h"
#include "supervisor/mobile/cluster.h"
#include "supervisor/mobile/counters.h"
#include "supervisor/mobile/node.h"
#include "supervisor/mobile/notification/notifications.h"
#include "supervisor/mobile/ors/ors_client.h"
#include "supervisor/mobile/services/service_api.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/storage_api.h"
#include "supervisor/mobile/store_watch.h"
#include "supervisor/mobile/tokens.h"
#include "supervisor/mobile/upkeep.h"
#include "supervisor/service.h"

namespace outpost::supervisor::mobile {

class MobileService final : public Service {
 public:
  MobileService(Loop& loop, Log& log, const Config& config, Host& host);
  ~MobileService() override;

  Result<> open() override;
  void begin() override;
  Result<> may_use(const Config& config) override;
  void use(const Config& config) override;
  ProxyTraffic& traffic() override { return *traffic_; }
  std::vector<ControlCommand> commands() override;
  void write_status(JsonWriter& out) const override;
  [[nodiscard]] Health health() const override;
  void write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) override;

  // How the children fare is the supervisor's to say; it changes nothing here.
  void proxy_bound() override {}
  void children_serve() override {}
  void children_fail(const std::string&) override {}
  void ports_taken() override {}

  void stop(std::function<void()> stopped) override;
  void lose_patience() override;

 private:
  // The host's, which is there from begin() to the end of the children.
  class HostCourier final : public Courier {
   public:
    explicit HostCourier(Host& host) : host_(host) {}
    std::uint64_t fetch(FetchRequest request, Done done) override {
      return host_.courier().fetch(std::move(request), std::move(done));
    }
    void cancel(std::uint64_t number) override {
      if (!ended_) host_.courier().cancel(number);
    }
    void end() { ended_ = true; }

   private:
    Host& host_;
    bool ended_ = false;
  };

  Result<> open_store();
  [[nodiscard]] NodeFigures figures() const;
  [[nodiscard]] std::string counters() const;

  // The steps of a stop, in their order.
  void drain();
  void release();
  void finish();
  void end();

  Loop& loop_;
  Log& log_;
  Host& host_;
  Config config_;  // what is in force
  const std::uint64_t started_ms_;
  StateInfo store_info_;
  std::vector<Token> tokens_at_start_;
  std::string life_;  // of this process among those that claim a node_id
  std::unique_ptr<StateStore>
      claimed_;  // in which the node_id was claimed; from begin() on it is the cluster's to mind
  Node node_;
  StoreWatch watch_;
  Alarms alarms_;
  HostCourier courier_;

  // From open() on.
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<MobileTokens> tokens_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<StorageApi> storage_;
  std::unique_ptr<OrsClient> ors_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<ServiceApi> services_;
  std::unique_ptr<MobileTraffic> traffic_;

  Timer delay_;     // between OFFLINE and the end, so that a balancer sees it
  Timer patience_;  // with a store that does not answer at the end
  Timer ending_;    // with runs of alarms.command that are still to come then
  std::function<void()> stopped_;
  bool hurried_ = false;
  bool finished_ = false;  // but for alarms.command

  std::unique_ptr<StateThreads> threads_;  // last: their works use all of the above
};

}  // namespace outpost::supervisor::mobile
