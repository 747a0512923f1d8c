// What the supervisor asks of the engine that it runs, whichever that is, and what the engine asks of the supervisor.
// Everything here is called on the loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/control/command.h"
#include "supervisor/health.h"

namespace outpost {
class JsonWriter;
class Log;
class Loop;
}  // namespace outpost

namespace outpost::supervisor {

class Courier;
class MetricsWriter;
class ProxyLink;
class ProxyTraffic;
struct Config;
struct Token;

class Service {
 public:
  // The process around a service. The children run when the service says so: it alone knows whether it may serve.
  class Host {
   public:
    // Why the configuration's file could not be used now; empty when it could.
    virtual std::string config_problem() = 0;
    // For a service that is about to serve: what config_problem() has read takes effect, or else the file as it is now.
    // use() is called meanwhile. An error: nothing has changed.
    virtual Result<> refresh_config() = 0;
    // Those that the configuration asks for.
    virtual void start_children() = 0;
    // Drains them; after the deadline they are killed. Without waiting for that, hurry_children() kills them that much
    // earlier.
    virtual void stop_children(std::chrono::milliseconds deadline, std::function<void()> stopped) = 0;
    virtual void hurry_children(std::chrono::milliseconds deadline) = 0;
    // Once the service is open.
    virtual ProxyLink& proxy() = 0;
    // By which requests go to other servers; it refuses them where none is configured.
    virtual Courier& courier() = 0;
    // Every child is told the bearer tokens that are valid from now on; `then` is called once all go by them.
    virtual void set_tokens(const std::vector<Token>& tokens, std::function<void()> then) = 0;
    // Nothing is served, and nothing need be: whoever waits for the start is told.
    virtual void standing_by() = 0;
    virtual void stop(const std::string& why) = 0;
    // The same, and the process ends with an error, so that whoever minds it starts it again.
    virtual void give_up(const std::string& why) = 0;

   protected:
    ~Host() = default;
  };

  virtual ~Service() = default;

  // What may fail before anything goes on; may block. All that follows comes after it.
  virtual Result<> open() = 0;
  virtual void begin() = 0;
  // Whether what would be in force of a configuration that is read again may be; an error keeps the old one. use()
  // follows when it may.
  virtual Result<> may_use(const Config&) { return {}; }
  // What of the configuration takes effect at once.
  virtual void use(const Config& config) = 0;
  // What becomes of what clients send through the proxy.
  virtual ProxyTraffic& traffic() = 0;
  // Good for as long as the service.
  virtual std::vector<ControlCommand> commands() = 0;
  // Members of the open object.
  virtual void write_status(JsonWriter& out) const = 0;
  // Its role, and why it does not do what that asks of it; how the children fare is the supervisor's to say.
  [[nodiscard]] virtual Health health() const = 0;
  // What there is to measure. `done` follows within seconds, perhaps at once, and at the latest at the stop.
  virtual void write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) = 0;

  // How it goes with the children that it has started: the proxy holds its ports; they serve, or none is asked for;
  // they do not serve; the ports are somebody else's.
  virtual void proxy_bound() = 0;
  virtual void children_serve() = 0;
  virtual void children_fail(const std::string& problem) = 0;
  virtual void ports_taken() = 0;

  // Finishes what was accepted, and ends. Nothing follows `stopped`. Who has no patience left refuses what waits.
  virtual void stop(std::function<void()> stopped) = 0;
  virtual void lose_patience() = 0;
};

// By the type of the application. All arguments outlive the service; the configuration is what is in force now.
using MakeService =
    std::function<std::unique_ptr<Service>(Loop& loop, Log& log, const Config& config, Service::Host& host)>;

}  // namespace outpost::supervisor
