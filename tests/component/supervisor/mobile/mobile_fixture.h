// The engine of a mobile node without its process: calls go in as the proxy sends them, over a real store.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/mobile/routes.h"
#include "supervisor/mobile/calls.h"
#include "supervisor/mobile/state/state_threads.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/scripted_courier.h"

namespace outpost::test {

class MobileFixture : private supervisor::ProxyTraffic::Replies {
 public:
  using Route = protocol::MobileRoute;
  using Parameters = std::vector<protocol::CallParameter>;

  explicit MobileFixture(const std::string& engine) : engine_(engine) {
    auto opened = supervisor::open_state_threads(loop_, *log_, engine_.url(), supervisor::StateDurability::process);
    require_ok(opened);
    threads_ = std::move(*opened);
    storage_ = std::make_unique<supervisor::mobile::StorageApi>(*log_, *threads_, watch_, config);
    ors_ = std::make_unique<supervisor::mobile::OrsClient>(*log_, courier, config);
    notifications_ =
        std::make_unique<supervisor::mobile::Notifications>(loop_, *log_, *threads_, watch_, courier, *ors_, config);
    services_ = std::make_unique<supervisor::mobile::ServiceApi>(
        supervisor::mobile::ServiceApi::Parts{*log_, *threads_, watch_, *storage_, *ors_, *notifications_, alarms_},
        config);
    traffic_ = std::make_unique<supervisor::mobile::MobileTraffic>(
        loop_, *log_,
        supervisor::mobile::MobileParts{*storage_, *services_, *notifications_, node, [] { return std::string("{}"); }},
        config);
  }
  virtual ~MobileFixture() { threads_->stop(); }
  MobileFixture(const MobileFixture&) = delete;
  MobileFixture& operator=(const MobileFixture&) = delete;

  static protocol::Call call(Route route, std::vector<std::string> captures, Parameters parameters = {}) {
    protocol::Call made;
    made.route = static_cast<std::uint16_t>(route);
    made.captures = std::move(captures);
    made.parameters = std::move(parameters);
    return made;
  }
  static protocol::CallParameter text(std::string name, std::string value) {
    return {std::move(name), std::move(value), false, {}, {}};
  }
  static protocol::CallParameter file(std::string name, std::string bytes, std::string type = "image/jpeg") {
    return {std::move(name), std::move(bytes), true, "p.jpg", std::move(type)};
  }

  Result<> send(std::uint64_t correlation, protocol::Call made) {
    return traffic_->on_message(correlation, std::move(made), *this);
  }
  protocol::CallReply ask(protocol::Call made) {
    std::uint64_t id = ++last_id_;
    require_ok(send(id, std::move(made)));
    run_until(loop_, [&] { return replies_.contains(id); });
    return replies_.extract(id).mapped();
  }
  protocol::CallReply ask(Route route, std::vector<std::string> captures, Parameters parameters = {}) {
    return ask(call(route, std::move(captures), std::move(parameters)));
  }
  // The proxy is gone.
  void lose_proxy() { traffic_->on_gone(*this); }
  [[nodiscard]] const std::map<std::uint64_t, protocol::CallReply>& replies() const { return replies_; }
  void use() {
    storage_->use(config);
    ors_->use(config);
    notifications_->use(config);
    services_->use(config);
    traffic_->use(config);
  }
  [[nodiscard]] supervisor::mobile::MobileTraffic& traffic() { return *traffic_; }
  [[nodiscard]] supervisor::StateThreads& threads() { return *threads_; }
  [[nodiscard]] supervisor::mobile::Alarms& alarms() { return alarms_; }
  [[nodiscard]] Loop& loop() { return loop_; }

  std::size_t queued_bytes = 0;  // that wait for the proxy
  supervisor::Config config;
  ScriptedCourier courier;

 private:
  void reply(std::uint64_t correlation, protocol::ClientReply reply) override {
    REQUIRE(replies_.emplace(correlation, std::get<protocol::CallReply>(std::move(reply))).second);
  }
  [[nodiscard]] std::size_t backlog() const override { return queued_bytes; }

  EngineUnderTest engine_;
  TempDir directory_;
  std::unique_ptr<Log> log_ = open_log(directory_);
  Loop loop_;

 public:
  supervisor::mobile::Node node{*log_, [] {}};

 private:
  supervisor::mobile::StoreWatch watch_{[this](const std::string& problem) { node.note_store(problem); }};
  std::unique_ptr<supervisor::StateThreads> threads_;
  supervisor::mobile::Alarms alarms_{loop_, *log_, config};
  std::unique_ptr<supervisor::mobile::StorageApi> storage_;
  std::unique_ptr<supervisor::mobile::OrsClient> ors_;
  std::unique_ptr<supervisor::mobile::Notifications> notifications_;
  std::unique_ptr<supervisor::mobile::ServiceApi> services_;
  std::unique_ptr<supervisor::mobile::MobileTraffic> traffic_;
  std::map<std::uint64_t, protocol::CallReply> replies_;
  std::uint64_t last_id_ = 0;
};

}  // namespace outpost::test
