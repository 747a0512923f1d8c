// The rows of the option table; see config.h.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "common/charset.h"
#include "protocol/custom_headers.h"
#include "protocol/networks.h"
#include "supervisor/config.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

namespace {

// --- Checks of single values -----------------------------------------------------------------------------------------

const std::string& text_of(const OptionValue& value) { return std::get<std::string>(value); }

bool all_of(const std::string& text, std::string_view other_characters) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           other_characters.find(c) != std::string_view::npos;
  });
}

std::string address_fault(const OptionValue& value) {
  unsigned char binary[sizeof(in6_addr)];
  const char* text = text_of(value).c_str();
  bool numeric = inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
  return numeric ? "" : "is no numeric address";
}

std::string path_fault(const OptionValue& value) {
  return text_of(value).starts_with('/') ? "" : "is no absolute path";
}

std::string optional_path_fault(const OptionValue& value) { return text_of(value).empty() ? "" : path_fault(value); }

std::string host_fault(const OptionValue& value) {
  return all_of(text_of(value), ".:-_") ? "" : "holds a character that no host name has";
}

// Whether the machine knows the character set is found out when it is used: not knowing it is an alarm and no reason
// not to start (ocs.md 6.2).
std::string encoding_fault(const OptionValue& value) {
  if (!all_of(text_of(value), "._-:+()")) return "holds a character that no character set's name has";
  // The engine knows attributes by their keys, so those must look the same in it.
  auto charset = Charset::make(text_of(value));
  auto key = charset ? charset->from_utf8("GSW_A-1") : Result<std::string>("GSW_A-1");
  return key && *key == "GSW_A-1" ? "" : "is a character set that does not write ASCII as ASCII";
}

std::string store_fault(const OptionValue& value) {
  const std::string& url = text_of(value);
  auto names_one = [&](std::string_view scheme) { return url.starts_with(scheme) && url.size() > scheme.size(); };
  return names_one("sqlite:///") || names_one("postgresql://") || names_one("postgres://") ? "" : "is no store";
}

std::string networks_fault(const OptionValue& value) {
  auto networks = protocol::Networks::parse(text_of(value));
  return networks ? "" : "is no list of networks: " + networks.error();
}

std::vector<std::string> custom_header_remarks(const OptionValue& value) {
  return protocol::parse_custom_headers(text_of(value)).problems;
}

// --- The table -------------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 1> kListenerProtocols{"http"};
constexpr std::array<std::string_view, 2> kAuthentications{"none", "token"};
constexpr std::array<std::string_view, 3> kUnknownFields{"report", "refuse", "carry"};
constexpr std::array<std::string_view, 3> kClientCertificates{"none", "optional", "required"};
constexpr std::array<std::string_view, 2> kTlsVersions{"1.2", "1.3"};
constexpr std::array<std::string_view, 3> kSeccompModes{"kill", "refuse", "off"};
constexpr std::array<std::string_view, 3> kPreferredRoles{"none", "primary", "backup"};
constexpr std::array<std::string_view, 4> kLogLevels{"standard", "interaction", "trace", "debug"};

constexpr std::int64_t kDbidMax = 2'147'483'647;
constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kYearHours = 365 * 24;
constexpr std::int64_t kPathBytesMax = 1'024;
constexpr std::int64_t kSocketPathBytesMax = 107;  // what fits a Unix socket address

constexpr std::string_view kOptionalPathValid = "an absolute path, or empty";
constexpr std::string_view kNetworksValid = "networks with commas between them, as in 10.0.0.0/8, 2001:db8::/32, ::1";

constexpr auto kAtOnce = TakesEffect::at_once;
constexpr auto kNextProxyStart = TakesEffect::next_proxy_start;
constexpr auto kRestart = TakesEffect::restart;

// Each source is a section of ocs.md; what the guide leaves open there is tagged [design].
constexpr std::string_view kGuide = "Source: ocs.md 6.1, from the deployment guide";
constexpr std::string_view kOurs = "Assumption: ocs.md 6.1 [design]";
constexpr std::string_view kConnectionRules = "Assumption: ocs.md 2.3 [design]";
constexpr std::string_view kBodyRules = "Assumption: ocs.md 2.1 [design]";
constexpr std::string_view kDesign = "Assumption: the guide has no such option; design.md sections 2 to 5 and 9";

std::vector<Option<ApplicationConfig>> application_options() {
  using A = ApplicationConfig;
  return {
      option("authentication", &A::authentication,
             {.words = kAuthentications,
              .takes_effect = kAtOnce,
              .text = "none: whoever reaches a listener may send any request. token: a request must name a bearer "
                      "token that outpostctl "
                      "token add made, and gets 401 or 403 otherwise. On a listener that is not secure a token can be "
                      "read on its way.",
              .source = kDesign}),
      option("channel-timeout", &A::channel_timeout,
             {.low = 100,
              .high = 60'000,
              .unit = "milliseconds",
              .takes_effect = kAtOnce,
              .text = "Supervisor and proxy ask each other for a sign of life every third of this time. A side that is "
                      "silent for all of it is treated as gone: the proxy ends, or is killed and started again.",
              .source = kDesign}),
      option("channel-window", &A::channel_window,
             {.low = 1,
              .high = 4'096,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most requests that wait for the supervisor at once. When so many wait, the proxy stops reading "
                      "from its clients until answers come.",
              .source = kDesign}),
      option("dbid", &A::dbid,
             {.low = 1,
              .high = kDbidMax,
              .text = "Number of this application, told to clients as GSW_APPLICATION_ID. A request that names another "
                      "one is refused.",
              .source = "Source: ocs.md 2.2"}),
      option("encoding", &A::encoding,
             {.high = 64,
              .valid = "a character set's name as iconv knows it, or empty",
              .default_text = "no conversion",
              .fault = encoding_fault,
              .takes_effect = kNextProxyStart,
              .text = "Character set of the strings in events. Requests and responses are UTF-8 always. A character "
                      "set that the machine does not know is an alarm in the log, and nothing is converted. It changes "
                      "with the proxy, so that no event is read in another character set than it was written in.",
              .source = "Source: ocs.md 6.2, from the deployment guide"}),
      option("idempotency-retention", &A::idempotency_retention,
             {.low = 1,
              .high = kYearHours,
              .unit = "hours",
              .text = "How long the answer to a request with an Idempotency-Key is kept, so that the same request sent "
                      "again gets the same answer and has no second effect.",
              .source = kDesign}),
      option("missed-callback-timeout", &A::missed_callback_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "A personal callback that nobody took for this long after its time is marked MissedCallBack.",
              .source = "Source: ocs.md 4.6 [design]"}),
      option("name", &A::name,
             {.low = 1,
              .text = "Name of this application, for people and for the header of each log file.",
              .source = "Source: ocs.md 8"}),
      option("record-processed", &A::record_processed,
             {.takes_effect = kAtOnce,
              .ignored = true,
              .text = "Accepted so that an existing configuration need not be changed. It has no effect.",
              .source = kOurs}),
      option("session-timeout", &A::session_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "A record that was handed out is given back when neither it nor its agent had a request for this "
                      "long.",
              .source = kDesign}),
      option("start-requires-http", &A::start_requires_http,
             {.text = "true: the start fails when no proxy comes up; a port that another process has is waited for, "
                      "for five seconds. "
                      "false: the start succeeds with a remark, and the proxy is tried again each reconnect-timeout. "
                      "Without a listener, and with redundancy.enabled, it has no effect: a backup has no proxy, and a "
                      "primary without its ports keeps the role and says so.",
              .source = kDesign}),
      option("stop-timeout", &A::stop_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for requests in flight to be answered when Outpost stops; the rest is answered 503.",
              .source = kDesign}),
      option("tenant", &A::tenant,
             {.default_text = "the only tenant there is, else a request must name one",
              .text = "Name of the tenant that is meant when a request names none.",
              .source = kDesign}),
      option("unknown-fields", &A::unknown_fields,
             {.words = kUnknownFields,
              .takes_effect = kAtOnce,
              .text = "What becomes of custom fields of a request that the calling list does not declare, and of GSW_ "
                      "keys that are none. report: they are not stored, GSW_UNKNOWN_FIELDS of the answer names them "
                      "and the nearest known names, outpostctl status counts them, the log has a line for each name "
                      "and hour. refuse: error 104, and nothing is written. carry: they are stored with the record "
                      "and handed out again like declared ones; an export has the declared ones only. A calling list "
                      "may say otherwise for itself.",
              .source = "Assumption: ocs.md 2.1 [design]"}),
  };
}

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

std::vector<Option<ServerInfoConfig>> server_info_options() {
  using S = ServerInfoConfig;
  return {
      option("advertised-host", &S::advertised_host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the value of host",
              .fault = host_fault,
              .takes_effect = kNextProxyStart,
              .text = "Host in the record URIs that clients are given.",
              .source = "Assumption: ocs.md 1.2 [design]"}),
      option("host", &S::host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the machine's host name",
              .fault = host_fault,
              .text = "Name of this host, for the header of each log file and to tell supervisors apart in the store.",
              .source = "Source: ocs.md 8"}),
      option("reconnect-timeout", &S::reconnect_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time from the unexpected end of a proxy to the start of the next one. A proxy that cannot open "
                      "its port ends too.",
              .source = kGuide}),
  };
}

std::vector<Option<ListenerConfig>> listener_options() {
  using L = ListenerConfig;
  return {
      option("address", &L::address,
             {.valid = "a numeric IPv4 or IPv6 address",
              .fault = address_fault,
              .takes_effect = kNextProxyStart,
              .text = "Address to listen on; 0.0.0.0 or :: for all of the machine.",
              .source = kDesign}),
      option("certificate", &L::certificate,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none; a secure listener needs one",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the certificate of a secure listener; certificates that follow in it are its "
                      "chain. It is read again at each reload. One that has expired is a warning at a start; a "
                      "reload that would put it in the place of another is refused.",
              .source = kDesign}),
      option("chain", &L::chain,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the issuers of the certificate, when they are not in its file.",
              .source = kDesign}),
      option(
          "ciphers", &L::ciphers,
          {.high = 4'096,
           .valid = "IANA names of cipher suites with commas between them, in the order of preference",
           .default_text = "those with forward secrecy and authenticated encryption",
           .takes_effect = kAtOnce,
           .text =
               "Cipher suites of a secure listener. Without one for TLS 1.3 only TLS 1.2 is spoken, and the other way "
               "round.",
           .source = kDesign}),
      option("client-ca", &L::client_ca,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the certificates of those who issue client certificates.",
              .source = kDesign}),
      option("client-certificates", &L::client_certificates,
             {.words = kClientCertificates,
              .takes_effect = kAtOnce,
              .text = "Whether a secure listener asks its clients for a certificate of client-ca. With \"optional\" a "
                      "client may have none, but none that is wrong.",
              .source = kDesign}),
      option("client-subjects", &L::client_subjects,
             {.high = 8'192,
              .valid = "names with semicolons between them: a common name, or a whole subject as in "
                       "\"C=DE, O=Example, CN=ivr\"",
              .default_text = "every subject",
              .takes_effect = kAtOnce,
              .text = "Subjects of the client certificates that are let in.",
              .source = kDesign}),
      option("key", &L::key,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none; a secure listener needs one",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the private key of the certificate, without a pass phrase. It must belong to the "
                      "user of outpostd or to root, and nobody else may read it.",
              .source = kDesign}),
      option("minimum-version", &L::minimum_version,
             {.words = kTlsVersions,
              .takes_effect = kAtOnce,
              .text = "Oldest version of TLS that a secure listener speaks; the newest is 1.3.",
              .source = kDesign}),
      option("name", &L::name,
             {.low = 1,
              .high = 64,
              .takes_effect = kNextProxyStart,
              .text = "Name of the listener, for the log. Each listener has its own.",
              .source = kDesign}),
      option("port", &L::port,
             {.low = 0,
              .high = 65'535,
              .takes_effect = kNextProxyStart,
              .text = "TCP port; 0 lets the system choose one, which the log and the status name. A running proxy is "
                      "not told of a change.",
              .source = kGuide}),
      option("protocol", &L::protocol,
             {.words = kListenerProtocols,
              .takes_effect = kNextProxyStart,
              .text = "What is spoken on the port.",
              .source = kGuide}),
      option(
          "secure", &L::secure,
          {.takes_effect = kNextProxyStart, .text = "Whether TLS is spoken on the port (HTTPS).", .source = kDesign}),
      option("ticket-lifetime", &L::ticket_lifetime,
             {.low = 0,
              .high = 7 * kDaySeconds,
              .unit = "seconds, 0 for no tickets",
              .takes_effect = kAtOnce,
              .text = "How long a client may resume a TLS session by its ticket. The keys of the tickets are made by "
                      "the proxy, replaced at each lifetime, and never leave its memory.",
              .source = kDesign}),
  };
}

std::vector<Option<CertificateConfig>> certificate_options() {
  using C = CertificateConfig;
  return {
      option("certificate", &C::certificate,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none; an entry without one has no effect",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("chain", &C::chain,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("key", &C::key,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "none; an entry without one has no effect",
              .fault = optional_path_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("listener", &C::listener,
             {.high = 64,
              .valid = "the name of a secure listener, or empty",
              .default_text = "every secure listener",
              .takes_effect = kAtOnce,
              .text = "The listener that has this certificate.",
              .source = kDesign}),
  };
}

std::vector<Option<SandboxConfig>> sandbox_options() {
  using S = SandboxConfig;
  return {
      option("drop-capabilities", &S::drop_capabilities,
             {.takes_effect = kNextProxyStart, .text = "Give up every capability, for good.", .source = kDesign}),
      option("landlock", &S::landlock,
             {.takes_effect = kNextProxyStart,
              .text = "Give up all files and all networking but the ports that are bound, where the kernel has "
                      "Landlock.",
              .source = kDesign}),
      option("memory-limit", &S::memory_limit,
             {.low = 0,
              .high = 1'048'576,
              .unit = "MiB, 0 for no limit",
              .takes_effect = kNextProxyStart,
              .text = "Most memory of the proxy; it ends when it needs more, and is started again. Part of "
                      "resource-limits.",
              .source = kDesign}),
      option("no-new-privileges", &S::no_new_privileges,
             {.takes_effect = kNextProxyStart,
              .text = "Never gain a privilege again by starting a program. Without it, seccomp and landlock need root.",
              .source = kDesign}),
      option("resource-limits", &S::resource_limits,
             {.takes_effect = kNextProxyStart,
              .text = "Limit memory, descriptors, and what else the system counts; no core files.",
              .source = kDesign}),
      option("seccomp", &S::seccomp,
             {.words = kSeccompModes,
              .takes_effect = kNextProxyStart,
              .text = "What happens at a system call that the proxy does not need: it is killed, or the call is "
                      "refused, or nothing.",
              .source = kDesign}),
      option("user", &S::user,
             {.high = 32,
              .valid = "a user's name, or empty",
              .default_text = "the user of outpostd",
              .takes_effect = kNextProxyStart,
              .text = "The user that the proxy becomes when outpostd was started by root; otherwise it has no effect.",
              .source = kDesign}),
  };
}

std::vector<Option<LogConfig>> log_options() {
  return {
      option("directory", &LogConfig::directory,
             {.low = 1,
              .high = kPathBytesMax,
              .valid = "an absolute path",
              .fault = path_fault,
              .text = "Folder of the log files. It is created when it is absent.",
              .source = "Source: ocs.md 8"}),
      option("keep-files", &LogConfig::keep_files,
             {.low = 0,
              .high = 100'000,
              .unit = "files, 0 for all",
              .takes_effect = kAtOnce,
              .text = "How many files of each program are kept; older ones are removed.",
              .source = kDesign}),
      option("level", &LogConfig::level,
             {.words = kLogLevels,
              .takes_effect = kAtOnce,
              .text = "How much is written: each level holds what those before it hold. Values of custom fields are "
                      "written at debug only.",
              .source = "Source: ocs.md 8"}),
      option("segment-hours", &LogConfig::segment_hours,
             {.low = 0,
              .high = kYearHours,
              .unit = "hours, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as old.",
              .source = kDesign}),
      option("segment-size", &LogConfig::segment_size,
             {.low = 0,
              .high = std::int64_t{1} << 40,
              .unit = "bytes, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as large.",
              .source = kDesign}),
  };
}

std::vector<Option<StoreConfig>> store_options() {
  return {
      option("url", &StoreConfig::url,
             {.low = 1,
              .high = kPathBytesMax,
              .valid = "sqlite:/// and an absolute path, as in sqlite:///var/lib/outpost/outpost.db, or a connection "
                       "URI of PostgreSQL, as in postgresql://outpost@db1,db2/outpost",
              .fault = store_fault,
              .takes_effect = kRestart,
              .shown = shown_url,
              .text = "Where calling lists, campaigns and records are. SQLite serves one host; a file that is absent "
                      "is created. PostgreSQL serves many: the URI is libpq's, with all its parameters; where it "
                      "names several hosts, the one that takes writes is used.",
              .source = kDesign})};
}

std::vector<Option<RedundancyConfig>> redundancy_options() {
  using R = RedundancyConfig;
  return {
      option("automatic-failover", &R::automatic_failover,
             {.takes_effect = kAtOnce,
              .text = "A backup becomes primary by itself when the lease runs out or was given back. Off: only when "
                      "outpostctl switch or outpostctl role says so.",
              .source = kDesign}),
      option(
          "enabled", &R::enabled,
          {.takes_effect = kRestart,
           .text = "This supervisor shares its store with another one: it starts as backup and becomes primary when it "
                   "gets the lease. Off: it is primary at once, and takes the lease from whoever has it.",
           .source = kDesign}),
      option(
          "lease-time", &R::lease_time,
          {.low = 500,
           .high = 60'000,
           .unit = "ms",
           .takes_effect = kRestart,
           .text = "How long the lease of a primary lasts that does not renew it. A backup takes over after this time; "
                   "a primary that cannot renew steps down after two thirds of it.",
           .source = kDesign}),
      option("name", &R::name,
             {.high = 64,
              .valid = "a name that no other supervisor of the store has",
              .default_text = "server-info.host",
              .takes_effect = kRestart,
              .text = "What this supervisor is called in outpostctl status and outpostctl switch. Two on one host need "
                      "different names; a second one of a name is refused at its start.",
              .source = kDesign}),
      option("preferred-role", &R::preferred_role,
             {.words = kPreferredRoles,
              .takes_effect = kAtOnce,
              .text =
                  "Who goes first when both start and nobody has the lease: backup waits a lease time longer. It never "
                  "takes the role from a primary that serves.",
              .source = kDesign}),
      option("renewal-interval", &R::renewal_interval,
             {.low = 50,
              .high = 15'000,
              .unit = "ms",
              .takes_effect = kRestart,
              .text = "How often a primary renews its lease; at most a quarter of lease-time.",
              .source = kDesign}),
      option(
          "role-command", &R::role_command,
          {.high = kPathBytesMax,
           .valid = kOptionalPathValid,
           .fault = optional_path_fault,
           .takes_effect = kAtOnce,
           .text = "A program that is run at each change of role, for example to move a virtual address. It gets the "
                   "new role and the one before as arguments. Its output goes to the log, and nothing waits for it.",
           .source = kDesign}),
      option("role-command-timeout", &R::role_command_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "s",
              .takes_effect = kAtOnce,
              .text = "role-command, and whatever it started, is killed when it takes longer.",
              .source = kDesign}),
  };
}

std::vector<Option<ControlConfig>> control_options() {
  return {option("socket", &ControlConfig::socket,
                 {.low = 1,
                  .high = kSocketPathBytesMax,
                  .valid = "an absolute path of at most 107 bytes",
                  .fault = path_fault,
                  .takes_effect = kRestart,
                  .text = "The Unix socket on which outpostctl finds this supervisor.",
                  .source = kDesign})};
}

std::vector<Option<ApplicationConfig>> joined(std::initializer_list<std::vector<Option<ApplicationConfig>>> lists) {
  std::vector<Option<ApplicationConfig>> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::ranges::sort(all, {}, [](const auto& option) { return option.row.name; });
  return all;
}

Options<Config> make_options() {
  Options<Config> options;
  options.section("application", &Config::application, "What this Outpost is, and how it serves its clients.",
                  joined({application_options(), http_options(), http_limits()}));
  options.section("server-info", &Config::server_info, "The host, and how the proxy is watched.",
                  server_info_options());
  options.section(
      "listeners", &Config::listeners,
      "Where HTTP is served. Without a listener no proxy is started; when the last one is removed, HTTP ends "
      "at once.",
      listener_options());
  options.section("certificates", &Config::certificates,
                  "Further certificates of secure listeners: a client gets the one that has the server name it asked "
                  "for (SNI), or else the listener's own.",
                  certificate_options());
  options.section("sandbox", &Config::sandbox,
                  "What the proxy, which reads the bytes of strangers, gives up before it takes the first connection. "
                  "All of it is on; turn a part off to find out whether it is in your way.",
                  sandbox_options());
  options.section("log", &Config::log, "The log files of supervisor and proxy.", log_options());
  options.section("store", &Config::store, "The durable store.", store_options());
  options.section("redundancy", &Config::redundancy,
                  "Two supervisors over one store: the primary serves, the backup takes over.", redundancy_options());
  options.section("control", &Config::control, "The way in for outpostctl.", control_options());
  return options;
}

}  // namespace

const Options<Config>& config_options() {
  static const Options<Config> options = make_options();
  return options;
}

}  // namespace outpost::supervisor
