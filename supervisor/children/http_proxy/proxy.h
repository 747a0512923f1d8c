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
#include "supervisor/config/config.h"

namespace outpost::supervisor {

class HttpProxy {
 public:
  class Events {
   public:
    // It holds its ports and waits to be started.
    virtual void proxy_bound() = 0;
    // It serves, or the configuration asks for none.
    virtual void proxy_settled() = 0;
    // It does not run yet. `waits`: its ports may come, and it is tried again soon.
    virtual void proxy_failed(const std::string& problem, bool waits) = 0;
    // Its ports are somebody's, perhaps a stopped primary's.
    virtual void ports_taken() = 0;

   protected:
    ~Events() = default;
  };

  // References outlive the proxy.
  HttpProxy(Loop& loop, Log& log, RequestSink& sink, const Config& config, Events& events);

  // Starts it, if `config` asks for one. `wait_for_ports`: somebody waits until it serves.
  void start(const Config& config, bool wait_for_ports);
  // Drains it; after the deadline it is killed. With nobody to serve any more, hurry() kills it that much earlier.
  void stop(std::chrono::milliseconds deadline, std::function<void()> stopped);
  void hurry(std::chrono::milliseconds deadline);
  void kill_now() { child_.kill_now(); }
  // Between start() and stop() it runs if `config` asks for one; else it is told at its next start.
  void use(const Config& config);

  [[nodiscard]] ProxyLink& link() { return link_; }
  [[nodiscard]] const ProxyLink& link() const { return link_; }
  [[nodiscard]] const Child& child() const { return child_; }

 private:
  void settled(const std::string& problem);
  void failed(const std::string& problem);
  void serve_without();
  [[nodiscard]] bool ports_may_come() const;

  Loop& loop_;
  Log& log_;
  Events& events_;
  Config config_;
  ProxyLink link_;
  Child child_;
  Timer hurry_timer_;
  bool serves_ = false;
  bool waits_for_ports_ = false;  // somebody waits, and no proxy had the ports yet
  std::uint64_t started_ms_ = 0;
  std::uint64_t ports_lacked_since_ms_ = 0;  // since when they are waited for, 0: they are not
};

}  // namespace outpost::supervisor
