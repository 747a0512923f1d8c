// The courier as the supervisor runs it: while the service serves, of a mobile node always, else when http-client
// asks for one. Nobody waits for it: the service serves without, and what is asked of it waits by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/child.h"
#include "supervisor/children/courier/link.h"
#include "supervisor/children/kind.h"
#include "supervisor/config/config.h"
#include "supervisor/metrics/process_figures.h"

namespace outpost::supervisor {

bool wants_courier(const Config& config);
std::unique_ptr<ManagedChild> make_courier(const ChildKind& kind, const ChildParts& parts);

class CourierChild final : public ManagedChild {
 public:
  CourierChild(const ChildKind& kind, const ChildParts& parts);

  [[nodiscard]] const ChildKind& kind() const override { return kind_; }
  void start(const Config& config, bool awaited) override;
  void stop(std::chrono::milliseconds deadline, std::function<void()> stopped) override;
  void hurry(std::chrono::milliseconds deadline) override;
  void kill_now() override { child_.kill_now(); }
  void use(const Config& config) override;
  // What is sent from now on goes by it.
  void when_in_force(std::function<void()> then) override { then(); }
  void reopen_logs() override { link_.reopen_logs(); }
  void set_tokens(const std::vector<Token>&) override {}
  [[nodiscard]] const Config* begun_with() const override { return link_.begun_with(); }
  // Clients are served without it.
  [[nodiscard]] std::string problem() const override { return ""; }
  void write_status(JsonWriter& out, std::uint64_t now_ms) const override;
  void write_metrics(MetricsWriter& out) override;
  Courier* courier() override { return &link_; }

 private:
  Loop& loop_;
  Log& log_;
  const ChildKind& kind_;
  Events& events_;
  Config config_;
  CourierLink link_;
  Child child_;
  Timer hurry_timer_;
  ProcessMetrics process_metrics_;
  bool serves_ = false;
};

}  // namespace outpost::supervisor
