// The HTTP proxy as the supervisor runs it: when there is one, and for how long its ports are waited for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/child.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/kind.h"
#include "supervisor/config/config.h"
#include "supervisor/metrics/process_figures.h"

namespace outpost::supervisor {

// Whether a listener of the protocol is configured.
bool wants_http_proxy(const Config& config);
bool wants_admin_proxy(const Config& config);
std::unique_ptr<ManagedChild> make_http_proxy(const ChildKind& kind, const ChildParts& parts);

class HttpProxy final : public ManagedChild {
 public:
  HttpProxy(const ChildKind& kind, const ChildParts& parts);

  [[nodiscard]] const ChildKind& kind() const override { return kind_; }
  void start(const Config& config, bool wait_for_ports) override;
  void stop(std::chrono::milliseconds deadline, std::function<void()> stopped) override;
  void hurry(std::chrono::milliseconds deadline) override;
  void kill_now() override { child_.kill_now(); }
  void use(const Config& config) override;
  void when_in_force(std::function<void()> then) override { link_.when_in_force(std::move(then)); }
  void reopen_logs() override { link_.reopen_logs(); }
  void set_tokens(const std::vector<Token>& tokens) override { link_.set_tokens(tokens); }
  [[nodiscard]] const Config* begun_with() const override { return link_.begun_with(); }
  [[nodiscard]] std::string problem() const override;
  void write_status(JsonWriter& out, std::uint64_t now_ms) const override;
  void write_metrics(MetricsWriter& out) override;
  ProxyLink* proxy() override { return &link_; }

 private:
  void settled(const std::string& problem);
  void failed(const std::string& problem);
  void serve_without();
  void tell_service_manager(const std::string& status) const;
  [[nodiscard]] bool ports_may_come() const;

  Loop& loop_;
  Log& log_;
  const ChildKind& kind_;
  Events& events_;
  Config config_;
  ProxyLink link_;
  Child child_;
  Timer hurry_timer_;
  ProcessMetrics process_metrics_;
  bool serves_ = false;
  bool waits_for_ports_ = false;  // somebody waits, and no proxy had the ports yet
  std::uint64_t started_ms_ = 0;
  std::uint64_t ports_lacked_since_ms_ = 0;  // since when they are waited for, 0: they are not
};

}  // namespace outpost::supervisor
