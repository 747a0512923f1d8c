// The proxy channel: every message that supervisor and proxy exchange. Source: design.md sections 2 and 3.
//
//   proxy                         supervisor
//     Hello ───────────────────────▶          version checked, else Refuse
//           ◀──────────────────── LogSegment  a descriptor beside the channel; again for each log file
//           ◀──────────────────── Configure
//     Bound ───────────────────────▶          or Failed and exit
//           ◀──────────────────── Tokens, Start   accepting begins
//     Request ─────────────────────▶          or Call, as the dialect has it
//           ◀──────────────────── Answer      or CallReply
//     Ping/Pong both ways; Statistics with each Pong; Configure and Tokens again when they change; Drain ends it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/log.h"
#include "protocol/channel/call.h"
#include "protocol/channel/describe.h"
#include "protocol/channel/request_counts.h"
#include "protocol/channel/request_ids.h"
#include "protocol/channel/settings.h"

namespace outpost::protocol {

// Raised when any message of this file or of call.h changes its form. Both programs are installed together; a mismatch
// means a half-finished upgrade and is refused by name.
inline constexpr std::uint32_t kChannelVersion = 6;

// The largest payload on this channel, either way: a Call with the largest body that may be configured, or a CallReply
// with what may be kept of it.
inline constexpr std::uint32_t kProxyPayloadBytesMax = 24 * 1024 * 1024;

// Names of Configure.dialect that more than one program knows.
inline constexpr std::string_view kMobileDialect = "mobile";

// Exit codes of outpost-proxy, so that the supervisor and a person can tell why it ended.
enum class ProxyExit : int {
  ok = 0,
  internal = 1,
  usage = 2,
  cannot_bind = 10,
  channel_lost = 11,
  channel_protocol = 12,
  version_mismatch = 13,
  no_sandbox = 14,
};

// A correlation id is generation << 40 | sequence, so an answer meant for a proxy that died finds nobody.
inline constexpr int kSequenceBits = 40;
constexpr std::uint64_t correlation_id(std::uint32_t generation, std::uint64_t sequence) {
  return (static_cast<std::uint64_t>(generation) << kSequenceBits) | (sequence & ((1ULL << kSequenceBits) - 1));
}
constexpr std::uint32_t generation_of(std::uint64_t correlation) {
  return static_cast<std::uint32_t>(correlation >> kSequenceBits);
}

struct Hello {
  std::uint32_t version = kChannelVersion;
  std::string program;

  static constexpr std::uint16_t kId = 1;
  static constexpr std::string_view kName = "Hello";
  static constexpr std::string_view kText = "First word of the proxy: which version of this protocol it speaks.";
  static constexpr auto fields() {
    return std::tuple(field("version", &Hello::version, "version of the channel protocol"),
                      field("program", &Hello::program, "program name and version"));
  }
};

struct ListenAddress {
  std::string name;
  std::string address;
  std::uint16_t port = 0;
  bool secure = false;
  bool external = false;
  std::string redirect_to;

  static constexpr auto fields() {
    return std::tuple(field("name", &ListenAddress::name, "listener name"),
                      field("address", &ListenAddress::address, "numeric address"),
                      field("port", &ListenAddress::port, "TCP port; 0 lets the kernel choose"),
                      field("secure", &ListenAddress::secure, "whether TLS is spoken"),
                      field("external", &ListenAddress::external, "whether customers' machines reach it"),
                      field("redirect_to", &ListenAddress::redirect_to,
                            "secure listener that every request is sent to; empty: it is served here"));
  }
  bool operator==(const ListenAddress&) const = default;
};

struct CertificatePair {
  std::string certificate;
  std::string key;

  static constexpr auto fields() {
    return std::tuple(field("certificate", &CertificatePair::certificate, "PEM; the chain follows the certificate"),
                      field("key", &CertificatePair::key, "PEM", Privacy::secret));
  }
  bool operator==(const CertificatePair&) const = default;
};

struct ListenerTls {
  std::string listener;
  std::vector<CertificatePair> certificates;
  TlsVersion minimum_version = TlsVersion::tls_1_2;
  std::string ciphers;
  ClientCertificates client_certificates = ClientCertificates::none;
  std::string client_ca;
  std::string client_subjects;
  std::uint32_t ticket_lifetime_s = 0;

  static constexpr auto fields() {
    return std::tuple(field("listener", &ListenerTls::listener, "name of the listener"),
                      field("certificates", &ListenerTls::certificates, "its own, then those for other server names"),
                      field("minimum_version", &ListenerTls::minimum_version, "oldest that is spoken"),
                      field("ciphers", &ListenerTls::ciphers, "cipher suites as configured; empty for the default"),
                      field("client_certificates", &ListenerTls::client_certificates, "whether clients need one"),
                      field("client_ca", &ListenerTls::client_ca, "PEM"),
                      field("client_subjects", &ListenerTls::client_subjects, "as configured; empty for all"),
                      field("ticket_lifetime_s", &ListenerTls::ticket_lifetime_s, "0 for no tickets"));
  }
  bool operator==(const ListenerTls&) const = default;
};

// What became of one measure of the sandbox.
struct SandboxMeasure {
  std::string name;
  bool active = false;
  std::string text;

  static constexpr auto fields() {
    return std::tuple(field("name", &SandboxMeasure::name, "option of the measure"),
                      field("active", &SandboxMeasure::active, "whether it is in force"),
                      field("text", &SandboxMeasure::text, "how, or why not"));
  }
};

struct LogSettings {
  LogLevel level = LogLevel::interaction;
  std::uint64_t segment_bytes = 0;
  std::uint32_t segment_hours = 0;
  AccessLogForm access = AccessLogForm::off;

  static constexpr auto fields() {
    return std::tuple(field("level", &LogSettings::level, "how much is written"),
                      field("segment_bytes", &LogSettings::segment_bytes, "another file is due at this size"),
                      field("segment_hours", &LogSettings::segment_hours, "and at this age"),
                      field("access", &LogSettings::access, "form of the access log"));
  }
  bool operator==(const LogSettings&) const = default;
};

// What the mobile dialect obeys towards clients; of no meaning to another.
struct MobileEdge {
  std::vector<std::string> origins;
  std::vector<std::string> cookie_names;
  std::string worker_name;
  bool secure_cookie = false;

  static constexpr auto fields() {
    return std::tuple(field("origins", &MobileEdge::origins, "origins that pages of other sites may call from"),
                      field("cookie_names", &MobileEdge::cookie_names, "cookies that keep a client at this node"),
                      field("worker_name", &MobileEdge::worker_name, "route of this node in them; empty: none"),
                      field("secure_cookie", &MobileEdge::secure_cookie, "whether they are for TLS only"));
  }
};

struct Configure {
  std::uint32_t generation = 0;
  std::string dialect = "outbound";
  std::vector<ListenAddress> listeners;
  std::vector<ListenerTls> tls;
  SandboxSettings sandbox;
  std::string encoding;
  HttpSettings http;
  ProxyLimits limits;
  LogSettings log;
  MobileEdge mobile;

  static constexpr std::uint16_t kId = 2;
  static constexpr std::string_view kName = "Configure";
  static constexpr std::string_view kText =
      "The part of the configuration that the proxy needs. Sent again on reload: what is not of the first Configure "
      "only "
      "takes effect at once.";
  static constexpr auto fields() {
    return std::tuple(
        field("generation", &Configure::generation, "number of this proxy among those the supervisor started"),
        field("dialect", &Configure::dialect, "what is spoken; of the first Configure only"),
        field("listeners", &Configure::listeners, "where to listen; of the first Configure only"),
        field("tls", &Configure::tls, "TLS of the secure listeners"),
        field("sandbox", &Configure::sandbox, "what to give up; of the first Configure only"),
        field("encoding", &Configure::encoding,
              "character set of event strings, empty for none; of the first Configure only"),
        field("http", &Configure::http, "what is obeyed towards clients"),
        field("limits", &Configure::limits, "what is granted"), field("log", &Configure::log, "log settings"),
        field("mobile", &Configure::mobile, "what the mobile dialect obeys"));
  }
};

struct Bound {
  std::vector<ListenAddress> listeners;
  std::vector<SandboxMeasure> sandbox;

  static constexpr std::uint16_t kId = 3;
  static constexpr std::string_view kName = "Bound";
  static constexpr std::string_view kText = "The proxy holds its ports, has given up the rest, and waits for Start.";
  static constexpr auto fields() {
    return std::tuple(field("listeners", &Bound::listeners, "the addresses as bound, ports as given by the kernel"),
                      field("sandbox", &Bound::sandbox, "what it has given up"));
  }
};

struct Failed {
  std::int32_t exit_code = 0;
  std::string reason;

  static constexpr std::uint16_t kId = 4;
  static constexpr std::string_view kName = "Failed";
  static constexpr std::string_view kText = "The proxy cannot go on and exits with this code (see ProxyExit).";
  static constexpr auto fields() {
    return std::tuple(field("exit_code", &Failed::exit_code, "the code it exits with"),
                      field("reason", &Failed::reason, "why, as a sentence"));
  }
};

struct Start {
  static constexpr std::uint16_t kId = 5;
  static constexpr std::string_view kName = "Start";
  static constexpr std::string_view kText = "Begin to accept connections.";
  static constexpr auto fields() { return std::tuple<>(); }
};

struct Request {
  std::uint64_t connection = 0;
  std::uint32_t sequence = 0;
  std::string resource;
  std::string idempotency_key;
  RequestIds ids;
  Event event;

  static constexpr std::uint16_t kId = 6;
  static constexpr std::string_view kName = "Request";
  static constexpr std::string_view kText =
      "One HTTP request as an outbound event; answered under the same correlation id.";
  static constexpr auto fields() {
    return std::tuple(field("connection", &Request::connection, "number of the HTTP connection, for the log"),
                      field("sequence", &Request::sequence, "number of the request on it, from 1, for the log"),
                      field("resource", &Request::resource, "resource type of the URI, e.g. lists"),
                      field("idempotency_key", &Request::idempotency_key, "Idempotency-Key header; empty for none"),
                      field("ids", &Request::ids, "what the client calls it, for the log"),
                      field("event", &Request::event, "the event"));
  }
};

struct Answer {
  Event event;
  std::vector<Event> records;
  bool replayed = false;

  static constexpr std::uint16_t kId = 7;
  static constexpr std::string_view kName = "Answer";
  static constexpr std::string_view kText =
      "The answer to one Request: an acknowledgement or an Error event, committed if it says so.";
  static constexpr auto fields() {
    return std::tuple(field("event", &Answer::event, "the event"),
                      field("records", &Answer::records, "the records of a chained-record answer, else empty"),
                      field("replayed", &Answer::replayed, "kept under the idempotency key; nothing was done anew"));
  }
};

struct Ping {
  static constexpr std::uint16_t kId = 8;
  static constexpr std::string_view kName = "Ping";
  static constexpr std::string_view kText = "Are you there? Sent by both sides every third of channel-timeout.";
  static constexpr auto fields() { return std::tuple<>(); }
};

struct Pong {
  static constexpr std::uint16_t kId = 9;
  static constexpr std::string_view kName = "Pong";
  static constexpr std::string_view kText = "Yes. As the answer to Tokens: they are in force.";
  static constexpr auto fields() { return std::tuple<>(); }
};

struct Statistics {
  std::uint64_t connections = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t connections_denied = 0;
  std::uint64_t connections_evicted = 0;
  std::uint64_t sources = 0;
  std::uint64_t rate_limited = 0;
  std::uint64_t unauthorized = 0;
  std::uint64_t handshakes = 0;
  std::uint64_t handshakes_failed = 0;
  std::uint64_t responses_2xx = 0;
  std::uint64_t responses_4xx = 0;
  std::uint64_t responses_5xx = 0;
  std::uint64_t late_answers = 0;
  std::uint64_t log_lines_lost = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t held = 0;
  std::uint64_t body_bytes = 0;
  RequestCounts requests;

  static constexpr std::uint16_t kId = 10;
  static constexpr std::string_view kName = "Statistics";
  static constexpr std::string_view kText = "Counters of the proxy since it started; sent with each Pong.";
  static constexpr auto fields() {
    return std::tuple(
        field("connections", &Statistics::connections, "open connections now"),
        field("connections_total", &Statistics::connections_total, "connections accepted"),
        field("connections_refused", &Statistics::connections_refused, "connections over the limit"),
        field("connections_denied", &Statistics::connections_denied, "connections from networks that may not"),
        field("connections_evicted", &Statistics::connections_evicted, "idle ones closed to make room for others"),
        field("sources", &Statistics::sources, "sources that are watched now"),
        field("rate_limited", &Statistics::rate_limited, "requests answered 429"),
        field("unauthorized", &Statistics::unauthorized, "requests answered 401 or 403"),
        field("handshakes", &Statistics::handshakes, "TLS handshakes completed"),
        field("handshakes_failed", &Statistics::handshakes_failed, "TLS handshakes that failed"),
        field("responses_2xx", &Statistics::responses_2xx, "responses with a 2xx status, or 304"),
        field("responses_4xx", &Statistics::responses_4xx, "responses with a 4xx status"),
        field("responses_5xx", &Statistics::responses_5xx, "responses with a 5xx status"),
        field("late_answers", &Statistics::late_answers, "answers that came after 504 or after the client left"),
        field("log_lines_lost", &Statistics::log_lines_lost, "log lines dropped because the disk was too slow"),
        field("bytes_received", &Statistics::bytes_received, "bytes of HTTP that clients sent"),
        field("bytes_sent", &Statistics::bytes_sent, "bytes of the responses"),
        field("held", &Statistics::held, "calls that are held now"),
        field("body_bytes", &Statistics::body_bytes, "bytes of bodies in memory now"),
        field("requests", &Statistics::requests, "responses by request, status and duration"));
  }
};

struct Drain {
  std::uint32_t deadline_ms = 0;

  static constexpr std::uint16_t kId = 11;
  static constexpr std::string_view kName = "Drain";
  static constexpr std::string_view kText =
      "Close the port, answer what is in flight (503 for the rest at the deadline), then exit 0.";
  static constexpr auto fields() {
    return std::tuple(field("deadline_ms", &Drain::deadline_ms, "time to finish, in milliseconds"));
  }
};

struct LogSegment {
  LogFileKind file = LogFileKind::proxy;

  static constexpr std::uint16_t kId = 12;
  static constexpr std::string_view kName = "LogSegment";
  static constexpr std::string_view kText =
      "The next log file. Its descriptor was sent before, beside the channel. The first one of the proxy's own log "
      "precedes Configure.";
  static constexpr auto fields() { return std::tuple(field("file", &LogSegment::file, "for which log it is")); }
};

struct WantLogSegment {
  LogFileKind file = LogFileKind::proxy;

  static constexpr std::uint16_t kId = 16;
  static constexpr std::string_view kName = "WantLogSegment";
  static constexpr std::string_view kText = "A log file of the proxy is full, old or was removed: another one, please.";
  static constexpr auto fields() { return std::tuple(field("file", &WantLogSegment::file, "for which log")); }
};

struct Refuse {
  std::string reason;

  static constexpr std::uint16_t kId = 13;
  static constexpr std::string_view kName = "Refuse";
  static constexpr std::string_view kText = "The supervisor does not go on with this proxy.";
  static constexpr auto fields() { return std::tuple(field("reason", &Refuse::reason, "why, as a sentence")); }
};

struct AccessToken {
  std::string name;
  std::string digest;
  std::vector<std::string> resources;
  std::vector<std::string> requests;
  std::int64_t expires = 0;

  static constexpr auto fields() {
    return std::tuple(field("name", &AccessToken::name, "name, for the log"),
                      field("digest", &AccessToken::digest, "SHA-256 of the token, 32 bytes", Privacy::secret),
                      field("resources", &AccessToken::resources, "resource types it may use; none: all"),
                      field("requests", &AccessToken::requests, "requests it may send; none: all"),
                      field("expires", &AccessToken::expires, "seconds since the epoch; 0: never"));
  }
};

// A pair of user and password that may be shown as Basic credentials (RFC 7617).
struct BasicCredential {
  std::string name;
  std::string digest;

  static constexpr auto fields() {
    return std::tuple(field("name", &BasicCredential::name, "what it is for: server, or service.NAME"),
                      field("digest", &BasicCredential::digest, "SHA-256 of USER:PASSWORD, 32 bytes", Privacy::secret));
  }
};

struct Tokens {
  bool required = false;
  std::vector<AccessToken> tokens;
  std::vector<BasicCredential> credentials;

  static constexpr std::uint16_t kId = 15;
  static constexpr std::string_view kName = "Tokens";
  static constexpr std::string_view kText =
      "The bearer tokens that are valid from now on, all of them. A Pong of the same correlation id confirms them.";
  static constexpr auto fields() {
    return std::tuple(field("required", &Tokens::required, "whether a request must name one"),
                      field("tokens", &Tokens::tokens, "the tokens"),
                      field("credentials", &Tokens::credentials, "the pairs of user and password"));
  }
};

// What a client's request travels as, and what comes back: those of the dialect that was configured. Another ends the
// channel.
using ClientRequest = std::variant<Request, Call>;
using ClientReply = std::variant<Answer, CallReply>;

// What each side accepts: a message in the wrong direction is unknown there and ends the channel.
using FromProxy = std::variant<Hello, Bound, Failed, Request, Ping, Pong, Statistics, WantLogSegment, Call, CallCancel>;
using FromSupervisor = std::variant<Configure, Start, Answer, Ping, Pong, Drain, LogSegment, Refuse, Tokens, CallReply>;

}  // namespace outpost::protocol
