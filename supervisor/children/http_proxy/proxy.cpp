#include "supervisor/children/http_proxy/proxy.h"

#include <algorithm>
#include <utility>

#include "common/io/process.h"
#include "common/io/service_manager.h"
#include "supervisor/children/http_proxy/configure.h"
#include "supervisor/children/http_proxy/metrics.h"
#include "supervisor/children/http_proxy/status.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// While another primary's proxy may still be leaving the ports that ours is to have.
constexpr std::chrono::milliseconds kPortRetry{100};
// How long a start waits. The proxy of a supervisor that was killed leaves its ports within one.
constexpr std::uint64_t kPortWaitMs = 5'000;

Child::Settings child_settings(const Config& config, bool waits_for_ports) {
  Child::Settings settings;
  settings.restart_delay = config.reconnect_timeout();
  if (waits_for_ports) settings.restart_delay = std::min(settings.restart_delay, kPortRetry);
  settings.silence_max = config.channel_timeout();
  settings.start_max = std::max<std::chrono::milliseconds>(settings.start_max, 2 * settings.silence_max);
  return settings;
}

}  // namespace

bool wants_http_proxy(const Config& config) { return !listen_addresses(config, ListenerProtocol::http).empty(); }
bool wants_admin_proxy(const Config& config) { return !listen_addresses(config, ListenerProtocol::admin).empty(); }

std::unique_ptr<ManagedChild> make_http_proxy(const ChildKind& kind, const ChildParts& parts) {
  return std::make_unique<HttpProxy>(kind, parts);
}

HttpProxy::HttpProxy(const ChildKind& kind, const ChildParts& parts)
    : loop_(parts.loop),
      log_(parts.log),
      kind_(kind),
      events_(parts.events),
      config_(parts.config),
      link_(loop_, log_, kind, parts.traffic, [this] { events_.bound(*this); }),
      child_(loop_, log_, kind, companion_program(std::string(kind.program)), child_settings(config_, false), link_,
             [this](const std::string& problem) { settled(problem); }),
      hurry_timer_(loop_, [this] { child_.kill_now(); }) {
  link_.set_config(config_);
  link_.set_child(child_);
}

void HttpProxy::start(const Config& config, bool wait_for_ports) {
  config_ = config;
  hurry_timer_.stop();
  serves_ = true;
  started_ms_ = loop_.now_ms();
  if (!kind_.wanted(config_)) {
    if (kind_.runs == Runs::while_serving) {
      log_.write(lm::kChildNotWanted, "no listener is configured: no {} is started", kind_.name);
    }
    return serve_without();
  }
  waits_for_ports_ = wait_for_ports;
  child_.set(child_settings(config_, waits_for_ports_));
  child_.start();
}

// There is nothing that a start, or the taking of the role, would have to wait for.
void HttpProxy::serve_without() {
  waits_for_ports_ = false;
  events_.settled(*this);
}

void HttpProxy::stop(std::chrono::milliseconds deadline, std::function<void()> stopped) {
  serves_ = false;
  // At the end of the turn: this may have been called from what the store thread finished.
  child_.stop(deadline, [this, stopped = std::move(stopped)] {
    loop_.at_end_of_turn([this, stopped] {
      hurry_timer_.stop();
      stopped();
    });
  });
}

void HttpProxy::hurry(std::chrono::milliseconds deadline) {
  serves_ = false;
  if (child_.state() != Child::State::stopped && !hurry_timer_.active()) hurry_timer_.start(deadline);
}

void HttpProxy::use(const Config& config) {
  config_ = config;
  child_.set(child_settings(config_, waits_for_ports_));
  link_.set_config(config_);
  if (!serves_) return;
  bool wanted = kind_.wanted(config_);
  if (wanted && child_.state() == Child::State::stopped) child_.start();
  if (wanted || child_.state() == Child::State::stopped) return;
  log_.write(lm::kChildNotWanted, "no listener is configured any more: the {} ends", kind_.name);
  child_.stop(config_.stop_timeout(), [this] {
    tell_service_manager("stopped");
    if (!serves_) return;
    // A listener may have come back while the old proxy was leaving.
    if (kind_.wanted(config_)) return child_.start();
    serve_without();
  });
}

void HttpProxy::write_status(JsonWriter& out, std::uint64_t now_ms) const {
  out.key(kind_.key);
  write_proxy_status(out, child_, link_, config_, now_ms);
}

std::string HttpProxy::problem() const {
  if (!serves_ || !kind_.wanted(config_)) return "";
  if (child_.state() != Child::State::running) {
    return fmt::format("the {} does not run: it is {}", kind_.name, to_string(child_.state()));
  }
  // Both sides say something every third of the time; it counts as gone after all of it.
  auto silence = child_.silence();
  if (3 * silence <= 2 * config_.channel_timeout()) return "";
  return fmt::format("the {} has said nothing for {} ms", kind_.name, silence.count());
}

void HttpProxy::write_metrics(MetricsWriter& out) {
  write_proxy_metrics(out, kind_, child_, link_, config_);
  process_metrics_.write(out, kind_.key, child_.pid());
}

// It shows one line: that is for what the service is there for.
void HttpProxy::tell_service_manager(const std::string& status) const {
  if (kind_.runs == Runs::while_serving) notify_service_manager(fmt::format("STATUS={} {}", kind_.name, status));
}

void HttpProxy::settled(const std::string& problem) {
  if (!problem.empty()) return failed(problem);
  if (std::exchange(waits_for_ports_, false)) child_.set(child_settings(config_, false));
  std::string where;
  for (const auto& listener : link_.bound()) {
    where += fmt::format("{} {}:{}", where.empty() ? "" : ",", listener.address, listener.port);
  }
  tell_service_manager(fmt::format("running, pid {},{}", child_.pid(), where));
  events_.settled(*this);
}

void HttpProxy::failed(const std::string& problem) {
  if (waits_for_ports_ && config_.redundancy.enabled) events_.ports_taken(*this);
  if (ports_lacked_since_ms_ == 0) ports_lacked_since_ms_ = loop_.now_ms();
  if (waits_for_ports_ && !ports_may_come()) {
    waits_for_ports_ = false;
    child_.set(child_settings(config_, false));
  }
  tell_service_manager("not running: " + problem);
  events_.failed(*this, problem, waits_for_ports_);
}

// Whether the ports that are taken may be those of a proxy that is about to leave. Asked at each attempt that failed.
bool HttpProxy::ports_may_come() const {
  if (config_.redundancy.enabled) return loop_.now_ms() - started_ms_ <= config_.redundancy.lease_time;
  return link_.lacks_ports() && loop_.now_ms() - ports_lacked_since_ms_ < kPortWaitMs;
}

}  // namespace outpost::supervisor
