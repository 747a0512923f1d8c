// The rows of the section application that the proxy obeys: how long a client may take, what it may send, and how much
// of it; and how much the proxy may ask of the supervisor.
#include <array>

#include "protocol/custom_headers.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

constexpr std::array<OptionByType, 2> kBodyBytes{
    {{kOutbound, 64 * 1024, 1024 * 1024}, {kMobile, 10 * 1024 * 1024, 16 * 1024 * 1024}}};
constexpr std::array<OptionByType, 2> kConnections{{{kOutbound, 1'024, 100'000}, {kMobile, 50'000, 100'000}}};

std::vector<std::string> custom_header_remarks(const OptionValue& value) {
  return protocol::parse_custom_headers(text_of(value)).problems;
}

std::vector<Option<protocol::ProxyLimits>> http_times() {
  using L = protocol::ProxyLimits;
  return {
      option("http-body-timeout", &L::body_timeout_ms,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .scale = 1'000,
              .takes_effect = kAtOnce,
              .text = "Time for the body of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option("http-header-timeout", &L::header_timeout_ms,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .scale = 1'000,
              .takes_effect = kAtOnce,
              .text = "Time for the header block of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option(
          "http-idle-timeout", &L::idle_timeout_ms,
          {.low = 1,
           .high = kDaySeconds,
           .unit = "seconds",
           .scale = 1'000,
           .takes_effect = kAtOnce,
           .text = "A connection without a request is closed after this time; so is one whose client takes nothing of "
                   "its responses for as long, or needs five times as long for what is queued.",
           .source = kOurs}),
      option("http-min-body-rate", &L::body_rate_min,
             {.low = 0,
              .high = 1'048'576,
              .unit = "bytes per second, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Least average rate at which the body of a request must arrive, from its sixth second on; a "
                      "slower one is answered 408 and the connection closed.",
              .source = kDesign}),
      option("http-request-timeout", &L::request_timeout_ms,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .scale = 1'000,
              .takes_effect = kAtOnce,
              .text = "Longest wait for the answer to a request. After it the client gets 504 when the request was "
                      "handed over, and its effect is unknown, or 503 when it was not.",
              .source = kOurs}),
      option("http-tls-handshake-timeout", &L::handshake_timeout_ms,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .scale = 1'000,
              .takes_effect = kAtOnce,
              .text = "Time for a TLS handshake; after it the connection is closed.",
              .source = kDesign}),
  };
}

std::vector<Option<protocol::ProxyLimits>> http_sizes() {
  using L = protocol::ProxyLimits;
  return {
      option("http-max-body", &L::body_bytes_max,
             {.low = 1,
              .by_type = kBodyBytes,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest body of a request; a larger one is answered 413.",
              .source = kOurs}),
      option(
          "http-max-bodies", &L::bodies_bytes_max,
          {.low = 1024 * 1024,
           .high = std::int64_t{3} << 30,
           .unit = "bytes",
           .takes_effect = kAtOnce,
           .text = "Most bytes of bodies that the proxy holds at once, of all connections together: of requests from "
                   "their first byte until the response has left, and of responses above 64 KiB until they are "
                   "written. What does not fit is answered 503 with Retry-After.",
           .source = kMobileDesign}),
      option("http-max-header-bytes", &L::header_bytes_max,
             {.low = 256,
              .high = 1'048'576,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest header block of a request; a larger one is answered 431.",
              .source = kConnectionRules}),
      option("http-max-header-fields", &L::header_fields_max,
             {.low = 1,
              .high = 1'000,
              .unit = "fields",
              .takes_effect = kAtOnce,
              .text = "Most header fields of a request; one more is answered 431.",
              .source = kConnectionRules}),
      // The most that an event takes and echoes (protocol::Event) is twice the most of these two.
      option("http-max-key-length", &L::key_bytes_max,
             {.low = 1,
              .high = 255,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .type = kOutbound,
              .text = "Longest key in the body of a request; a longer one is answered 400.",
              .source = kBodyRules}),
      option("http-max-keys", &L::body_keys_max,
             {.low = 1,
              .high = 512,
              .unit = "keys",
              .takes_effect = kAtOnce,
              .type = kOutbound,
              .text = "Most keys in the body of a request; one more is answered 400.",
              .source = kBodyRules}),
      option("http-max-queued", &L::queued_bytes_max,
             {.low = 4'096,
              .high = 64 * 1024 * 1024,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Bytes of responses that a client leaves unread beyond which no further request is taken from "
                      "it.",
              .source = kDesign}),
      option("http-max-target", &L::target_bytes_max,
             {.low = 64,
              .high = 65'536,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Longest request target; a longer one is answered 414.",
              .source = kConnectionRules}),
  };
}

std::vector<Option<protocol::ProxyLimits>> http_connections() {
  using L = protocol::ProxyLimits;
  return {
      option("http-max-connections", &L::connections_max,
             {.low = 1,
              .by_type = kConnections,
              .unit = "connections",
              .takes_effect = kAtOnce,
              .text = "Most connections at once. For one more the connection that has been idle for the longest is "
                      "closed; when none is idle the new one is answered 503 and closed.",
              .source = kOurs}),
      option("http-max-connections-per-source", &L::connections_per_source_max,
             {.low = 0,
              .high = 100'000,
              .unit = "connections, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Most connections at once from one address (IPv6: one /64 network); one more is accepted, "
                      "answered 503 and closed.",
              .source = kDesign}),
      option("http-max-pipelined", &L::pipeline_max,
             {.low = 1,
              .high = 1'000,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most unanswered requests of one connection; with so many the proxy stops reading from it.",
              .source = kConnectionRules}),
      option("http-max-requests-per-connection", &L::requests_per_connection_max,
             {.low = 0,
              .high = 1'000'000'000,
              .unit = "requests, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Most requests on one connection; the response to the last says Connection: close.",
              .source = kDesign}),
  };
}

std::vector<Option<protocol::ProxyLimits>> http_sources() {
  using L = protocol::ProxyLimits;
  return {
      option("http-allow", &L::allow,
             {.high = 8'192,
              .valid = kNetworksValid,
              .default_text = "every source",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks whose connections are taken; those of any other source are closed without a word. "
                      "Listeners of protocol admin take all.",
              .source = kDesign}),
      option("http-deny", &L::deny,
             {.high = 8'192,
              .valid = kNetworksValid,
              .default_text = "no source",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks whose connections are closed without a word, even where http-allow names them. Not "
                      "on listeners of protocol admin.",
              .source = kDesign}),
      option("http-request-burst", &L::request_burst,
             {.low = 1,
              .high = 1'000'000,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Requests that one source may send at once before http-request-rate limits it.",
              .source = kDesign}),
      option("http-request-rate", &L::request_rate,
             {.low = 0,
              .high = 1'000'000,
              .unit = "requests per second, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Requests per second of one address (IPv6: one /64 network); what is more is answered 429 with "
                      "Retry-After and has no effect. Not on listeners of protocol admin.",
              .source = kDesign}),
      option("http-trusted-proxies", &L::trusted_proxies,
             {.high = 8'192,
              .valid = kNetworksValid,
              .default_text = "none",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks of the load balancers before Outpost. A request that comes from one of them is that of "
                      "the last address in its X-Forwarded-For which is none of theirs: for the limits of one source "
                      "and the access log. Nobody else's X-Forwarded-For is looked at.",
              .source = kMobileDesign}),
  };
}

std::vector<Option<protocol::ProxyLimits>> channel_limits() {
  using L = protocol::ProxyLimits;
  return {
      option("channel-timeout", &L::channel_timeout_ms,
             {.low = 100,
              .high = 60'000,
              .unit = "milliseconds",
              .takes_effect = kAtOnce,
              .text = "Supervisor and proxy ask each other for a sign of life every third of this time. A side that is "
                      "silent for all of it is treated as gone: the proxy ends, or is killed and started again.",
              .source = kDesign}),
      option("channel-window", &L::window,
             {.low = 1,
              .high = 4'096,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most requests that wait for the supervisor at once. When so many wait, the proxy stops reading "
                      "from its clients until answers come.",
              .source = kDesign}),
  };
}

}  // namespace

std::vector<Option<protocol::ProxyLimits>> http_limits() {
  return joined({http_times(), http_sizes(), http_connections(), http_sources(), channel_limits()});
}

std::vector<Option<protocol::HttpSettings>> http_settings() {
  using H = protocol::HttpSettings;
  return {
      option(
          "http-custom-headers", &H::custom_headers,
          {.high = 8'192,
           .line_ends = true,
           .valid = "\"Name: value\" items with | or a line end between them; the names are X-Frame-Options, "
                    "X-XSS-Protection, X-Content-Type-Options, Content-Security-Policy and Strict-Transport-Security",
           .remarks = custom_header_remarks,
           .takes_effect = kAtOnce,
           .text = "Header fields that are added to every response. An item that is not valid is dropped and "
                   "reported, the rest is used. Strict-Transport-Security is sent over TLS only.",
           .source = kGuide}),
      option("http-health", &H::health,
             {.takes_effect = kAtOnce,
              .text = "Whether GET and HEAD of /healthz are answered 200 on listeners of protocol http as well, for a "
                      "load balancer: the proxy runs and hears its supervisor. Nobody is asked for a token there. A "
                      "listener of protocol admin tells more.",
              .source = kDesign}),
  };
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
