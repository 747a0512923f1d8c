// The rows of HTTP in the section application: how long a client may take, what it may send, and how much of it.
#include "common/networks.h"
#include "protocol/custom_headers.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kNetworksValid = "networks with commas between them, as in 10.0.0.0/8, 2001:db8::/32, ::1";

std::string networks_fault(const OptionValue& value) {
  auto networks = Networks::parse(text_of(value));
  return networks ? "" : "is no list of networks: " + networks.error();
}

std::vector<std::string> custom_header_remarks(const OptionValue& value) {
  return protocol::parse_custom_headers(text_of(value)).problems;
}

}  // namespace

std::vector<Option<ApplicationConfig>> http_options() {
  using A = ApplicationConfig;
  return {
      option("http-body-timeout", &A::http_body_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for the body of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option(
          "http-custom-headers", &A::http_custom_headers,
          {.high = 8'192,
           .line_ends = true,
           .valid = "\"Name: value\" items with | or a line end between them; the names are X-Frame-Options, "
                    "X-XSS-Protection, X-Content-Type-Options, Content-Security-Policy and Strict-Transport-Security",
           .remarks = custom_header_remarks,
           .takes_effect = kAtOnce,
           .text = "Header fields that are added to every response. An item that is not valid is dropped and "
                   "reported, the rest is used. Strict-Transport-Security is sent over TLS only.",
           .source = kGuide}),
      option("http-header-timeout", &A::http_header_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for the header block of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option(
          "http-idle-timeout", &A::http_idle_timeout,
          {.low = 1,
           .high = kDaySeconds,
           .unit = "seconds",
           .takes_effect = kAtOnce,
           .text = "A connection without a request is closed after this time; so is one whose client takes nothing of "
                   "its responses for as long, or needs five times as long for what is queued.",
           .source = kOurs}),
      option("http-min-body-rate", &A::http_min_body_rate,
             {.low = 0,
              .high = 1'048'576,
              .unit = "bytes per second, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Least average rate at which the body of a request must arrive, from its sixth second on; a "
                      "slower one is answered 408 and the connection closed.",
              .source = kDesign}),
      option("http-request-timeout", &A::http_request_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Longest wait for the answer to a request. After it the client gets 504 when the request was "
                      "handed over, and its effect is unknown, or 503 when it was not.",
              .source = kOurs}),
      option("http-tls-handshake-timeout", &A::http_tls_handshake_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for a TLS handshake; after it the connection is closed.",
              .source = kDesign}),
  };
}

std::vector<Option<ApplicationConfig>> http_limits() {
  using A = ApplicationConfig;
  return {
      option("http-allow", &A::http_allow,
             {.high = 8'192,
              .valid = kNetworksValid,
              .default_text = "every source",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks whose connections are taken; those of any other source are closed without a word.",
              .source = kDesign}),
      option("http-deny", &A::http_deny,
             {.high = 8'192,
              .valid = kNetworksValid,
              .default_text = "no source",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks whose connections are closed without a word, even where http-allow names them.",
              .source = kDesign}),
      option("http-max-body", &A::http_max_body,
             {.low = 1,
              .high = 1'048'576,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest body of a request; a larger one is answered 413.",
              .source = kOurs}),
      option("http-max-connections", &A::http_max_connections,
             {.low = 1,
              .high = 100'000,
              .unit = "connections",
              .takes_effect = kAtOnce,
              .text = "Most connections at once. For one more the connection that has been idle for the longest is "
                      "closed; when none is idle the new one is answered 503 and closed.",
              .source = kOurs}),
      option("http-max-connections-per-source", &A::http_max_connections_per_source,
             {.low = 0,
              .high = 100'000,
              .unit = "connections, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Most connections at once from one address (IPv6: one /64 network); one more is accepted, "
                      "answered 503 and closed.",
              .source = kDesign}),
      option("http-max-header-bytes", &A::http_max_header_bytes,
             {.low = 256,
              .high = 1'048'576,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest header block of a request; a larger one is answered 431.",
              .source = kConnectionRules}),
      option("http-max-header-fields", &A::http_max_header_fields,
             {.low = 1,
              .high = 1'000,
              .unit = "fields",
              .takes_effect = kAtOnce,
              .text = "Most header fields of a request; one more is answered 431.",
              .source = kConnectionRules}),
      // The most that an event takes and echoes (protocol::Event) is twice the most of these two.
      option("http-max-key-length", &A::http_max_key_length,
             {.low = 1,
              .high = 255,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Longest key in the body of a request; a longer one is answered 400.",
              .source = kBodyRules}),
      option("http-max-keys", &A::http_max_keys,
             {.low = 1,
              .high = 512,
              .unit = "keys",
              .takes_effect = kAtOnce,
              .text = "Most keys in the body of a request; one more is answered 400.",
              .source = kBodyRules}),
      option("http-max-pipelined", &A::http_max_pipelined,
             {.low = 1,
              .high = 1'000,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most unanswered requests of one connection; with so many the proxy stops reading from it.",
              .source = kConnectionRules}),
      option("http-max-queued", &A::http_max_queued,
             {.low = 4'096,
              .high = 64 * 1024 * 1024,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Bytes of responses that a client leaves unread beyond which no further request is taken from "
                      "it.",
              .source = kDesign}),
      option("http-max-requests-per-connection", &A::http_max_requests_per_connection,
             {.low = 0,
              .high = 1'000'000'000,
              .unit = "requests, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Most requests on one connection; the response to the last says Connection: close.",
              .source = kDesign}),
      option("http-max-target", &A::http_max_target,
             {.low = 64,
              .high = 65'536,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Longest request target; a longer one is answered 414.",
              .source = kConnectionRules}),
      option("http-request-burst", &A::http_request_burst,
             {.low = 1,
              .high = 1'000'000,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Requests that one source may send at once before http-request-rate limits it.",
              .source = kDesign}),
      option("http-request-rate", &A::http_request_rate,
             {.low = 0,
              .high = 1'000'000,
              .unit = "requests per second, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "Requests per second of one address (IPv6: one /64 network); what is more is answered 429 with "
                      "Retry-After and has no effect.",
              .source = kDesign}),
  };
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
