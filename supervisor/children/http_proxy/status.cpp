#include "supervisor/children/http_proxy/status.h"

#include <array>
#include <tuple>

#include "common/certificate.h"
#include "common/clock.h"
#include "common/histogram.h"
#include "common/json.h"
#include "supervisor/children/handshake.h"
#include "supervisor/children/http_proxy/configure.h"
#include "supervisor/config/tls_files.h"

namespace outpost::supervisor {

namespace {

void write_certificates(JsonWriter& out, const Config& config, const std::string& listener) {
  out.key("certificates").begin_array();
  for (const Certificate* one : shown_certificates(config, listener)) {
    out.begin_object().member("subject", one->subject).member("expires", date_text(one->valid_till));
    out.member("expired", one->valid_till < SystemClock().now()).end_object();
  }
  out.end_array();
}

}  // namespace

void write_proxy_status(JsonWriter& out, const Child& child, const ProxyLink& link, const Config& config,
                        std::uint64_t now_ms) {
  if (child.state() == Child::State::stopped) {
    out.null();
    return;
  }
  const protocol::Statistics& statistics = link.statistics();
  out.begin_object();
  write_life(out, child, now_ms);
  out.key("listeners").begin_array();
  for (const auto& listener : link.bound()) {
    out.begin_object().member("name", listener.name).member("address", listener.address);
    out.member("port", static_cast<std::int64_t>(listener.port)).member("secure", listener.secure);
    out.member("external", listener.external);
    if (!listener.redirect_to.empty()) out.member("redirect_to", listener.redirect_to);
    if (listener.secure) write_certificates(out, config, listener.name);
    out.end_object();
  }
  out.end_array();
  out.member("handshakes", statistics.handshakes).member("handshakes_failed", statistics.handshakes_failed);
  write_sandbox(out, link.sandbox());
  out.member("in_flight", link.in_flight());
  // As the proxy last told, with its latest Pong.
  out.member("connections", statistics.connections).member("connections_total", statistics.connections_total);
  out.member("connections_refused", statistics.connections_refused);
  out.member("connections_denied", statistics.connections_denied);
  out.member("connections_evicted", statistics.connections_evicted);
  out.member("held", statistics.held).member("body_bytes", statistics.body_bytes);
  out.member("sources", statistics.sources).member("rate_limited", statistics.rate_limited);
  out.member("unauthorized", statistics.unauthorized);
  out.member("responses_2xx", statistics.responses_2xx).member("responses_4xx", statistics.responses_4xx);
  out.member("responses_5xx", statistics.responses_5xx).member("late_answers", statistics.late_answers);
  out.member("log_lines_lost", statistics.log_lines_lost).end_object();
}

void write_duration_status(JsonWriter& out, const ProxyLink& link) {
  constexpr double kUsPerMs = 1'000;
  const protocol::RequestCounts counts = link.total().requests;
  std::array<std::uint64_t, protocol::kDurationColumns> buckets{};
  std::uint64_t sum_us = 0;
  for (std::size_t i = 0; i < counts.durations.size(); ++i) {
    std::uint64_t& bucket = buckets[i % buckets.size()];
    bucket = saturated_sum(bucket, counts.durations[i]);
  }
  for (std::uint64_t row_us : counts.durations_us) sum_us = saturated_sum(sum_us, row_us);
  for (std::size_t i = 1; i < buckets.size(); ++i) buckets[i] = saturated_sum(buckets[i], buckets[i - 1]);
  out.key("duration").begin_object().member("count", buckets.back());
  out.member("sum_ms", static_cast<double>(sum_us) / kUsPerMs).key("buckets").begin_array();
  for (std::size_t i = 0; i < protocol::kRequestDurations.size(); ++i) {
    out.begin_object().member("le_ms", static_cast<double>(protocol::kRequestDurations[i]) / kUsPerMs);
    out.member("count", buckets[i]).end_object();
  }
  out.end_array().end_object();
}

void write_limits_status(JsonWriter& out, const Config& config) {
  const protocol::ProxyLimits limits = proxy_limits(config);
  out.key("limits").begin_object();
  std::apply([&](const auto&... fields) { (out.member(fields.name, limits.*(fields.member)), ...); },
             protocol::ProxyLimits::fields());
  out.end_object();
}

}  // namespace outpost::supervisor
