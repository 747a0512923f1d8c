// All children of a supervisor: which of them run when, and what it means that they serve.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "supervisor/children/kind.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

class Children final : private ManagedChild::Events {
 public:
  class Events {
   public:
    // The service's proxy holds its ports.
    virtual void proxy_bound() = 0;
    // Every child that runs while the service serves has come up, or is not asked for. Again whenever one came back.
    virtual void children_serve() = 0;
    // One of them does not run yet. `waits`: it is tried again soon.
    virtual void child_failed(const ChildKind& kind, const std::string& problem, bool waits) = 0;
    virtual void ports_taken() = 0;

   protected:
    ~Events() = default;
  };

  // What becomes of what clients send, by the listeners that it comes over.
  struct Traffic {
    ProxyTraffic& service;
    ProxyTraffic& admin;
  };

  // All but `config`, which is what is in force now, outlive the children.
  Children(std::span<const ChildKind> kinds, Loop& loop, Log& log, const Config& config, const Traffic& traffic,
           Events& events);

  // Those that always run. How they fare is in log and status; but ports that others are about to leave are tried soon.
  void begin(const Config& config) { start(Runs::always, config, true); }
  void end(std::chrono::milliseconds deadline, std::function<void()> ended) {
    stop(Runs::always, deadline, std::move(ended));
  }
  // Those that run while the service serves. `awaited`: somebody waits until they do.
  void start_serving(const Config& config, bool awaited);
  void stop_serving(std::chrono::milliseconds deadline, std::function<void()> stopped) {
    stop(Runs::while_serving, deadline, std::move(stopped));
  }
  void hurry(std::chrono::milliseconds deadline);

  void kill_now();
  void use(const Config& config);
  void when_in_force(const std::function<void()>& then);
  void reopen_logs();
  // All tokens that are valid from now on.
  void set_tokens(const std::vector<Token>& tokens);
  // Why those that run while the service serves do not serve; none when they do, and when they need not.
  [[nodiscard]] std::vector<std::string> problems() const;
  // The proxies that run.
  [[nodiscard]] std::vector<RunningProxy> running() const;
  void write_status(JsonWriter& out, std::uint64_t now_ms) const;
  void write_metrics(MetricsWriter& out);
  // The log of each that there may be, under its key.
  // Of the child whose status has this key; empty: there is none such.
  [[nodiscard]] std::string log_path(std::string_view key, const Config& config) const;
  void write_logs(JsonWriter& out, const Config& config) const;
  // The link of the first child that is a proxy: the service's.
  [[nodiscard]] ProxyLink& proxy() { return *proxy_; }
  // Null when the table of child kinds has none.
  [[nodiscard]] Courier* courier() { return courier_; }

 private:
  struct One {
    std::unique_ptr<ManagedChild> child;
    bool settled = false;  // since start_serving()
  };

  void bound(ManagedChild& child) override;
  void settled(ManagedChild& child) override;
  void failed(ManagedChild& child, const std::string& problem, bool waits) override;
  void ports_taken(ManagedChild& child) override;

  void start(Runs runs, const Config& config, bool awaited);
  void stop(Runs runs, std::chrono::milliseconds deadline, std::function<void()> stopped);
  void note(const ManagedChild& child, bool settled);
  [[nodiscard]] bool all_serve() const;
  [[nodiscard]] std::size_t count(Runs runs) const;

  Loop& loop_;
  Events& events_;
  std::vector<One> all_;
  ProxyLink* proxy_ = nullptr;
  Courier* courier_ = nullptr;
};

}  // namespace outpost::supervisor
