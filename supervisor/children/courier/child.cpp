#include "supervisor/children/courier/child.h"

#include <algorithm>
#include <utility>

#include "common/io/process.h"
#include "common/json.h"
#include "supervisor/children/handshake.h"
#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// Most requests have only seconds to wait for the next courier.
constexpr std::chrono::seconds kRestartDelay{1};

Child::Settings courier_settings(const Config& config) {
  Child::Settings settings;
  settings.restart_delay = kRestartDelay;
  settings.silence_max = config.channel_timeout();
  settings.start_max = std::max<std::chrono::milliseconds>(settings.start_max, 2 * settings.silence_max);
  return settings;
}

}  // namespace

bool wants_courier(const Config& config) {
  return config.application.type == ApplicationType::mobile || !config.http_clients.empty();
}

std::unique_ptr<ManagedChild> make_courier(const ChildKind& kind, const ChildParts& parts) {
  return std::make_unique<CourierChild>(kind, parts);
}

CourierChild::CourierChild(const ChildKind& kind, const ChildParts& parts)
    : loop_(parts.loop),
      log_(parts.log),
      kind_(kind),
      events_(parts.events),
      config_(parts.config),
      link_(loop_, log_, kind),
      child_(loop_, log_, kind, companion_program(std::string(kind.program)), courier_settings(config_), link_,
             [](const std::string&) {}),
      hurry_timer_(loop_, [this] { child_.kill_now(); }) {
  link_.set_config(config_);
  link_.set_child(child_);
}

void CourierChild::start(const Config& config, bool) {
  serves_ = true;
  hurry_timer_.stop();
  use(config);
  events_.settled(*this);
}

void CourierChild::stop(std::chrono::milliseconds deadline, std::function<void()> stopped) {
  serves_ = false;
  link_.serve(false);
  // At the end of the turn: this may have been called from what the store thread finished.
  child_.stop(deadline, [this, stopped = std::move(stopped)] {
    loop_.at_end_of_turn([this, stopped] {
      hurry_timer_.stop();
      stopped();
    });
  });
}

void CourierChild::hurry(std::chrono::milliseconds deadline) {
  if (child_.state() != Child::State::stopped && !hurry_timer_.active()) hurry_timer_.start(deadline);
}

void CourierChild::use(const Config& config) {
  config_ = config;
  child_.set(courier_settings(config_));
  link_.set_config(config_);
  if (!serves_) return;
  bool wanted = kind_.wanted(config_);
  link_.serve(wanted);
  if (wanted && child_.state() == Child::State::stopped) child_.start();
  if (wanted || child_.state() == Child::State::stopped) return;
  log_.write(lm::kChildNotWanted, "no http-client is configured any more: the {} ends", kind_.name);
  child_.stop(config_.stop_timeout(), [this] {
    // One may have come back while the old courier was leaving.
    if (serves_ && kind_.wanted(config_)) child_.start();
  });
}

void CourierChild::write_status(JsonWriter& out, std::uint64_t now_ms) const {
  out.key(kind_.key);
  if (child_.state() == Child::State::stopped) {
    out.null();
    return;
  }
  out.begin_object();
  write_life(out, child_, now_ms);
  write_sandbox(out, link_.sandbox());
  CourierLink::Counts counts = link_.counts();
  out.member("in_flight", link_.in_flight()).member("waiting", link_.waiting());
  out.member("connections_total", counts.connections);
  out.key("outcomes").begin_object();
  for (std::size_t i = 0; i < counts.outcomes.size(); ++i) {
    if (counts.outcomes[i] != 0) out.member(protocol::kFetchOutcomeWords[i], counts.outcomes[i]);
  }
  out.end_object().member("log_lines_lost", counts.log_lines_lost).end_object();
}

void CourierChild::write_metrics(MetricsWriter& out) {
  if (!kind_.wanted(config_)) return;
  CourierLink::Counts counts = link_.counts();
  out.gauge("outpost_child_up", "Whether the child process runs and is ready.")
      .add({{"child", kind_.key}}, child_.state() == Child::State::running);
  out.counter("outpost_child_restarts", "Starts of the child process after the first.")
      .add({{"child", kind_.key}}, child_.restarts());
  out.gauge("outpost_fetches_in_flight", "Requests to other servers that the courier has.")
      .add({}, std::uint64_t{link_.in_flight()});
  out.gauge("outpost_fetches_waiting", "Requests to other servers that wait for the courier.")
      .add({}, std::uint64_t{link_.waiting()});
  MetricFamily& fetches = out.counter("outpost_fetches", "Requests to other servers, by what came of them.");
  for (std::size_t i = 0; i < counts.outcomes.size(); ++i) {
    if (static_cast<protocol::FetchOutcome>(i) == protocol::FetchOutcome::not_taken) continue;  // it is none yet
    fetches.add({{"outcome", protocol::kFetchOutcomeWords[i]}}, counts.outcomes[i]);
  }
  out.counter("outpost_fetch_connections", "Connections to other servers made.").add({}, counts.connections);
  out.counter("outpost_fetch_sent_bytes", "Bytes of the bodies of requests to other servers.")
      .add({}, counts.bytes_sent);
  out.counter("outpost_fetch_received_bytes", "Bytes of the bodies that other servers answered with.")
      .add({}, counts.bytes_received);
  out.counter("outpost_log_lines_lost", "Log lines dropped because the disk was too slow.")
      .add({{"log", kind_.key}}, counts.log_lines_lost);
  process_metrics_.write(out, kind_.key, child_.pid());
}

}  // namespace outpost::supervisor
