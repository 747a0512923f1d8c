#include "supervisor/children/http_proxy/metrics.h"

#include <span>
#include <string>
#include <vector>

#include "common/certificate.h"
#include "supervisor/config/tls_files.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace {

constexpr double kMicro = 1e-6;

// Of one row, as a client's request can be told by it.
using Counted = ProxyTraffic::CountedRequest;

void write_life(MetricsWriter& out, std::string_view key, const Child& child, const ProxyLink& link) {
  out.gauge("outpost_child_up", "Whether the child process runs and is ready.")
      .add({{"child", key}}, child.state() == Child::State::running);
  out.counter("outpost_child_restarts", "Starts of the child process after the first.")
      .add({{"child", key}}, child.restarts());
  out.gauge("outpost_requests_in_flight", "Requests that the child has passed on and that wait for their answer.")
      .add({{"child", key}}, link.in_flight());
  out.counter("outpost_orphaned_answers", "Answers whose child process was gone when they were ready.")
      .add({{"child", key}}, link.orphaned());
}

void write_connections(MetricsWriter& out, std::string_view key, const protocol::Statistics& total) {
  out.gauge("outpost_connections", "Client connections that are open.").add({{"child", key}}, total.connections);
  out.gauge("outpost_sources", "Client addresses that are watched for limits now.")
      .add({{"child", key}}, total.sources);
  out.gauge("outpost_held_calls", "Requests that may be answered late, and wait.").add({{"child", key}}, total.held);
  out.gauge("outpost_body_bytes", "Bytes of request bodies and of large responses in memory (http-max-bodies).")
      .add({{"child", key}}, total.body_bytes);
  out.counter("outpost_connections_accepted", "Client connections accepted.")
      .add({{"child", key}}, total.connections_total);
  MetricFamily& limited =
      out.counter("outpost_limited",
                  "What clients were not granted: rate: requests answered 429; connections: connections over a limit; "
                  "network: connections from networks that may not; evicted: idle connections closed for others.");
  limited.add({{"child", key}, {"reason", "rate"}}, total.rate_limited);
  limited.add({{"child", key}, {"reason", "connections"}}, total.connections_refused);
  limited.add({{"child", key}, {"reason", "network"}}, total.connections_denied);
  limited.add({{"child", key}, {"reason", "evicted"}}, total.connections_evicted);
  out.counter("outpost_unauthorized", "Requests answered 401 or 403.").add({{"child", key}}, total.unauthorized);
  MetricFamily& handshakes = out.counter("outpost_tls_handshakes", "TLS handshakes that have ended.");
  handshakes.add({{"child", key}, {"outcome", "done"}}, total.handshakes);
  handshakes.add({{"child", key}, {"outcome", "failed"}}, total.handshakes_failed);
  out.counter("outpost_http_received_bytes", "Bytes of HTTP from clients, without those of TLS.")
      .add({{"child", key}}, total.bytes_received);
  out.counter("outpost_http_sent_bytes", "Bytes of responses to clients, without those of TLS.")
      .add({{"child", key}}, total.bytes_sent);
  out.counter("outpost_late_answers", "Answers that came after 504 or after their client had left.")
      .add({{"child", key}}, total.late_answers);
  out.counter("outpost_log_lines_lost", "Log lines dropped because the disk was too slow.")
      .add({{"log", key}}, total.log_lines_lost);
}

// A status that has never come has no series, but for 200.
void write_statuses(MetricFamily& out, std::string_view key, const Counted& request,
                    std::span<const std::uint64_t> counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    bool known = i < protocol::kCountedStatuses.size();
    if (counts[i] == 0 && i != 0) continue;
    std::string status = known ? std::to_string(protocol::kCountedStatuses[i]) : "other";
    out.add({{"child", key}, {"resource", request.resource}, {"request", request.request}, {"status", status}},
            counts[i]);
  }
}

void write_requests(MetricsWriter& out, std::string_view key, const protocol::RequestCounts& counted,
                    const std::vector<Counted>& table) {
  MetricFamily& requests =
      out.counter("outpost_http_requests", "Responses, by what was asked; \"other\" is what is no known request.");
  MetricFamily& durations =
      out.histogram("outpost_http_request_duration_seconds",
                    "Time in the server: from the request that was read whole to its response on its way.");
  protocol::RequestCounts none;
  none.set_rows(table.size() + 1);
  const protocol::RequestCounts& counts = counted.rows() == none.rows() ? counted : none;
  for (std::size_t row = 0; row < counts.rows(); ++row) {
    using protocol::kDurationColumns;
    using protocol::kStatusColumns;
    Counted request = row == 0 ? Counted{"other", "other"} : table[row - 1];
    write_statuses(requests, key, request, std::span(counts.statuses).subspan(row * kStatusColumns, kStatusColumns));
    durations.add({{"child", key}, {"resource", request.resource}, {"request", request.request}},
                  BucketCounts{.bounds = protocol::kRequestDurations,
                               .counts = std::span(counts.durations).subspan(row * kDurationColumns, kDurationColumns),
                               .sum = counts.durations_us[row],
                               .unit = kMicro});
  }
}

void write_expiry(MetricsWriter& out, const ProxyLink& link, const Config& config) {
  for (const auto& listener : link.bound()) {
    if (!listener.secure) continue;
    int number = 0;
    for (const Certificate* one : shown_certificates(config, listener.name)) {
      out.gauge("outpost_tls_certificate_expiry_time_seconds",
                "When a certificate that a listener shows ends, in seconds since 1970.")
          .add({{"listener", listener.name}, {"certificate", std::to_string(number++)}, {"subject", one->subject}},
               one->valid_till);
    }
  }
}

}  // namespace

void write_proxy_metrics(MetricsWriter& out, const ChildKind& kind, const Child& child, const ProxyLink& link,
                         const Config& config) {
  const protocol::Statistics total = link.total();
  write_life(out, kind.key, child, link);
  write_connections(out, kind.key, total);
  write_requests(out, kind.key, total.requests, link.counted_requests());
  write_expiry(out, link, config);
}

}  // namespace outpost::supervisor
