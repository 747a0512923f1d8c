// What a kind of child is, and a child of whichever kind as the supervisor runs it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/channel/settings.h"
#include "supervisor/config/config_rows.h"

namespace outpost {
class JsonWriter;
class Log;
class Loop;
}  // namespace outpost

namespace outpost::supervisor {

class Courier;
class ManagedChild;
class MetricsWriter;
class ProxyLink;
class ProxyTraffic;
struct ChildKind;

// What children are made with. All but `config`, which is what is in force now, outlive them.
struct ChildParts;

enum class Runs : std::uint8_t {
  while_serving,  // the service says when: with redundancy, in the primary
  always,         // as long as the supervisor: it ends after the service, whose traffic it must not need
};

// A row of the table of child kinds.
struct ChildKind {
  std::string_view name;        // for logs and status
  std::string_view key;         // of its member in `status`, and of its log's there
  std::string_view program;     // file name, beside outpostd, or an absolute path
  std::string_view log_suffix;  // of its log file
  std::string_view dialect;     // what a proxy is to speak: see Configure.dialect
  Runs runs;
  protocol::SandboxSettings Config::*sandbox;  // what it is to give up
  bool (*wanted)(const Config& config);        // whether the configuration asks for such a child at all
  std::unique_ptr<ManagedChild> (*make)(const ChildKind& kind, const ChildParts& parts);
  // Of a proxy: the listeners that are its own. What comes over those of protocol admin is the supervisor's own
  // business, not the service's. None of a child that is no proxy.
  std::optional<ListenerProtocol> listeners = ListenerProtocol::http;
  std::string_view access_suffix = {};  // of its access log, where log.access asks for one; empty: it has none
};

class ManagedChild {
 public:
  class Events {
   public:
    // It holds its ports and waits to be started.
    virtual void bound(ManagedChild& child) = 0;
    // It serves, or the configuration asks for none.
    virtual void settled(ManagedChild& child) = 0;
    // It does not run yet. `waits`: its ports may come, and it is tried again soon.
    virtual void failed(ManagedChild& child, const std::string& problem, bool waits) = 0;
    // Its ports are somebody's, perhaps a stopped primary's.
    virtual void ports_taken(ManagedChild& child) = 0;

   protected:
    ~Events() = default;
  };

  virtual ~ManagedChild() = default;

  [[nodiscard]] virtual const ChildKind& kind() const = 0;
  // Starts it, if `config` asks for one. `wait_for_ports`: somebody waits until it serves.
  virtual void start(const Config& config, bool wait_for_ports) = 0;
  // Drains it; after the deadline it is killed. With nobody to serve any more, hurry() kills it that much earlier.
  // `stopped` is called after this has returned.
  virtual void stop(std::chrono::milliseconds deadline, std::function<void()> stopped) = 0;
  virtual void hurry(std::chrono::milliseconds deadline) = 0;
  virtual void kill_now() = 0;
  // Where it is to run, if `config` asks for one; else it is told at its next start.
  virtual void use(const Config& config) = 0;
  // Calls `then` once it goes by the configuration and tokens that it was told last.
  virtual void when_in_force(std::function<void()> then) = 0;
  virtual void reopen_logs() = 0;
  // All bearer tokens that are valid from now on.
  virtual void set_tokens(const std::vector<Token>& tokens) = 0;
  // With what it has begun; null when it does not run.
  [[nodiscard]] virtual const Config* begun_with() const = 0;
  // Why it does not do what it is there for; empty when it does, and when it need not. Holds nothing that is secret.
  [[nodiscard]] virtual std::string problem() const = 0;
  // Its member of the open object. `now_ms` is the loop's.
  virtual void write_status(JsonWriter& out, std::uint64_t now_ms) const = 0;
  // What there is to measure of it, under its key.
  virtual void write_metrics(MetricsWriter& out) = 0;
  // The link of a proxy; null for another child.
  virtual ProxyLink* proxy() { return nullptr; }
  // What others ask of a courier; null for another child.
  virtual Courier* courier() { return nullptr; }
};

struct ChildParts {
  Loop& loop;
  Log& log;
  const Config& config;
  ProxyTraffic& traffic;
  ManagedChild::Events& events;
};

}  // namespace outpost::supervisor
