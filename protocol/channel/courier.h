// The channel of outpost-courier: what the supervisor has fetched over HTTP, and what comes of it.
//
//   courier                       supervisor
//     Hello ───────────────────────▶          version checked, else Refuse
//           ◀──────────────────── LogSegment  a descriptor beside the channel; again for each log file
//           ◀──────────────────── CourierConfigure   again when it changes
//     CourierReady ────────────────▶          or Failed and exit
//           ◀──────────────────── Fetch       each is answered by one FetchReply, also one that is cancelled
//     FetchReply ──────────────────▶
//     CourierLeaving ──────────────▶          when it ends by itself; what comes of that is Drain
//     Ping/Pong both ways; CourierStatistics with each Pong; Drain ends it.
//
// What it shares with the proxy's channel is in messages.h, and the version is the same. A correlation id has the
// generation of the courier in it, so that what a former one says is never taken for the word of a new one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/channel/messages.h"

namespace outpost::protocol {

// What came of a fetch. All but the first say why there is no answer.
enum class FetchOutcome : std::uint8_t {
  answered,
  resolve,
  connect,
  tls,
  timeout,
  too_large,
  denied_target,
  proxy,
  broken,
  cancelled,
  invalid,
  unavailable,
  lost,       // the supervisor's word alone, for a fetch whose courier is gone
  not_taken,  // by a courier that ends; whoever asked never sees it, for the next courier has it
};
inline constexpr std::array<std::string_view, 14> kFetchOutcomeWords{
    "answered", "resolve", "connect",   "tls",     "timeout",     "too-large", "denied",
    "proxy",    "broken",  "cancelled", "invalid", "unavailable", "lost",      "not-taken"};
constexpr std::span<const std::string_view> words_of(FetchOutcome) { return kFetchOutcomeWords; }
// What it means for a person.
std::string_view meaning_of(FetchOutcome outcome);
// Whether the request may have come to the server, which matters to whoever would send it again. Only what is certain
// counts as no. Of itself, libcurl sends any request again, a POST too, when a kept connection turns out to be closed
// before a byte of an answer came: then it may have come twice.
bool may_have_arrived(FetchOutcome outcome);
// Whether a status may have come with it: of an answer, and of one whose body was too large, too slow or cut off.
constexpr bool may_have_status(FetchOutcome outcome) {
  return outcome == FetchOutcome::answered || outcome == FetchOutcome::too_large || outcome == FetchOutcome::timeout ||
         outcome == FetchOutcome::broken;
}

// The number of a fetch, which it has in the logs of both sides.
constexpr std::uint64_t sequence_of(std::uint64_t correlation) { return correlation & ((1ULL << kSequenceBits) - 1); }

// At once with a courier, and the bytes of their URLs, headers and bodies. What is more waits in the supervisor.
inline constexpr std::size_t kFetchWindow = 10'000;
inline constexpr std::size_t kFetchBytesInWindow = 16 * 1024 * 1024;
// Of one fetch.
inline constexpr std::size_t kUrlBytesMax = 8 * 1024;
inline constexpr std::size_t kFetchBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kAnswerBytesMax = 1024 * 1024;
inline constexpr std::size_t kFetchHeaderLinesMax = 64;
inline constexpr std::size_t kFetchHeaderLineBytesMax = 8 * 1024;
inline constexpr std::uint32_t kFetchMsMax = 600'000;
// What is reported of the header of an answer: the first of each, as long as that, but so many of kRepeatedHeader,
// which means something else with each line of it (RFC 6265 3).
inline constexpr std::array<std::string_view, 5> kReportedHeaders{"content-type", "etag", "location", "retry-after",
                                                                  "set-cookie"};
inline constexpr std::string_view kRepeatedHeader = "set-cookie";
inline constexpr std::size_t kRepeatedHeaderLinesMax = 16;
// Of all that is reported.
inline constexpr std::size_t kReportedHeaderLinesMax = kReportedHeaders.size() - 1 + kRepeatedHeaderLinesMax;
inline constexpr std::size_t kReportedHeaderBytesMax = 2 * 1024;
inline constexpr std::size_t kFetchTextBytesMax = 512;
// A FetchReply without its body.
inline constexpr std::size_t kFetchReplyExtraBytes = 64 * 1024;

// Why a line "Name: value" cannot be sent as a header field of a request; empty when it can. Fields that belong to the
// transport, as Content-Length, are not for the asking.
std::string header_fault(std::string_view line);
// The lines of an option: items with | or line ends between them, blanks around each trimmed.
std::vector<std::string> header_lines(std::string_view option);
// Why it is no method that may be sent; empty when it is one.
std::string method_fault(std::string_view method);

// How fetches are made: to which networks, over which proxy, with what TLS. A fetch names one by its number.
struct FetchClient {
  std::string name;
  std::string proxy;
  std::vector<std::string> headers;
  std::string user_agent;
  std::string allow;
  std::string deny;
  std::uint32_t requests_per_server_max = 10;
  std::uint32_t requests_max = 100;
  std::uint16_t port_low = 0;
  std::uint16_t port_high = 0;
  TlsVersion minimum_version = TlsVersion::tls_1_2;
  std::string ca;
  CertificatePair certificate;

  static constexpr auto fields() {
    return std::tuple(
        field("name", &FetchClient::name, "its name, for the log"),
        field("proxy", &FetchClient::proxy, "URL of an HTTP proxy; empty for none", Privacy::secret),
        field("headers", &FetchClient::headers, "lines for every request", Privacy::secret),
        field("user_agent", &FetchClient::user_agent, "User-Agent of every request"),
        field("allow", &FetchClient::allow, "networks that may be connected to; empty: all that are not denied"),
        field("deny", &FetchClient::deny, "networks that may not"),
        field("requests_per_server_max", &FetchClient::requests_per_server_max, "at a time"),
        field("requests_max", &FetchClient::requests_max, "at a time, to all servers"),
        field("port_low", &FetchClient::port_low, "first of its own ports; 0: any"),
        field("port_high", &FetchClient::port_high, "last of them"),
        field("minimum_version", &FetchClient::minimum_version, "oldest TLS that is spoken"),
        field("ca", &FetchClient::ca, "PEM: who may issue the servers' certificates; empty: system_ca"),
        field("certificate", &FetchClient::certificate, "what is shown to servers that ask; empty for none"));
  }
  bool operator==(const FetchClient&) const = default;
};

struct CourierReady {
  std::vector<SandboxMeasure> sandbox;

  static constexpr std::uint16_t kId = 40;
  static constexpr std::string_view kName = "CourierReady";
  static constexpr std::string_view kText = "The courier has given up what it does not need, and takes fetches.";
  static constexpr auto fields() {
    return std::tuple(field("sandbox", &CourierReady::sandbox, "what it has given up"));
  }
};

struct CourierConfigure {
  std::uint32_t generation = 0;
  SandboxSettings sandbox;
  std::uint32_t channel_timeout_ms = 5'000;
  LogSettings log;
  std::string system_ca;
  std::vector<FetchClient> clients;

  static constexpr std::uint16_t kId = 41;
  static constexpr std::string_view kName = "CourierConfigure";
  static constexpr std::string_view kText =
      "The part of the configuration that the courier needs. Sent again on reload; what is under way goes on as it "
      "was.";
  static constexpr auto fields() {
    return std::tuple(
        field("generation", &CourierConfigure::generation, "number of this courier among those the supervisor started"),
        field("sandbox", &CourierConfigure::sandbox, "what to give up; of the first CourierConfigure only"),
        field("channel_timeout_ms", &CourierConfigure::channel_timeout_ms, "a silent supervisor is gone after this"),
        field("log", &CourierConfigure::log, "log settings"),
        field("system_ca", &CourierConfigure::system_ca, "PEM: who this machine trusts"),
        field("clients", &CourierConfigure::clients, "how fetches are made"));
  }
};

struct FetchHeader {
  std::string name;
  std::string value;

  static constexpr auto fields() {
    return std::tuple(field("name", &FetchHeader::name, "in lower case"),
                      field("value", &FetchHeader::value, "without blanks around it"));
  }
  bool operator==(const FetchHeader&) const = default;
};

// Each counts from the start of the transfer; 0: it did not come so far.
struct FetchTimes {
  std::uint32_t resolved_us = 0;
  std::uint32_t connected_us = 0;
  std::uint32_t secured_us = 0;
  std::uint32_t first_byte_us = 0;
  std::uint32_t total_us = 0;

  static constexpr auto fields() {
    return std::tuple(field("resolved_us", &FetchTimes::resolved_us, "the server's name was resolved"),
                      field("connected_us", &FetchTimes::connected_us, "the connection was there"),
                      field("secured_us", &FetchTimes::secured_us, "the TLS handshake was done"),
                      field("first_byte_us", &FetchTimes::first_byte_us, "the answer began"),
                      field("total_us", &FetchTimes::total_us, "all was over, the wait for a connection included"));
  }
  bool operator==(const FetchTimes&) const = default;
};

struct FetchReply {
  FetchOutcome outcome = FetchOutcome::answered;
  std::string text;
  std::uint16_t status = 0;
  std::uint16_t http_version = 0;
  std::string address;
  bool reused = false;
  std::vector<FetchHeader> headers;
  std::string body;
  FetchTimes times;

  static constexpr std::uint16_t kId = 42;
  static constexpr std::string_view kName = "FetchReply";
  static constexpr std::string_view kText = "What came of one Fetch, under its correlation id.";
  static constexpr auto fields() {
    return std::tuple(
        field("outcome", &FetchReply::outcome, "answered, or why not; lost is not for a courier to say"),
        field("text", &FetchReply::text, "why not, as a sentence; empty when answered"),
        field("status", &FetchReply::status, "HTTP status, also where the rest did not come; 0 where none came"),
        field("http_version", &FetchReply::http_version, "10, 11 or 20; 0 when not answered"),
        field("address", &FetchReply::address, "of the server or proxy that it was connected to"),
        field("reused", &FetchReply::reused, "whether the connection was there before"),
        field("headers", &FetchReply::headers, "those of the answer that are reported", Privacy::secret),
        field("body", &FetchReply::body, "the bytes of the answer", Privacy::secret),
        field("times", &FetchReply::times, "how far it was when"));
  }
};

struct Fetch {
  std::uint16_t client = 0;
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;
  std::string body;
  std::uint32_t connect_ms = 0;
  std::uint32_t total_ms = 0;
  std::uint32_t stall_ms = 0;
  std::uint32_t answer_bytes_max = 0;

  static constexpr std::uint16_t kId = 43;
  static constexpr std::string_view kName = "Fetch";
  static constexpr std::string_view kText = "Send this request. Redirects are answers like others.";
  static constexpr auto fields() {
    return std::tuple(field("client", &Fetch::client, "number of a client of the latest CourierConfigure"),
                      field("method", &Fetch::method, "e.g. POST"),
                      field("url", &Fetch::url, "http or https", Privacy::secret),
                      field("headers", &Fetch::headers, "lines beside those of the client", Privacy::secret),
                      field("body", &Fetch::body, "the bytes of the body; empty for none", Privacy::secret),
                      field("connect_ms", &Fetch::connect_ms, "time for name, connection and TLS"),
                      field("total_ms", &Fetch::total_ms, "time for all of it, waiting included"),
                      field("stall_ms", &Fetch::stall_ms,
                            "once there is a connection, longest time without a byte of request or answer; 0: any"),
                      field("answer_bytes_max", &Fetch::answer_bytes_max, "a longer answer is too large"));
  }
};

struct CourierStatistics {
  std::uint64_t active = 0;
  std::uint64_t waiting = 0;
  std::uint64_t log_lines_lost = 0;

  static constexpr std::uint16_t kId = 44;
  static constexpr std::string_view kName = "CourierStatistics";
  static constexpr std::string_view kText = "How the courier fares; sent with each Pong.";
  static constexpr auto fields() {
    return std::tuple(field("active", &CourierStatistics::active, "transfers under way now"),
                      field("waiting", &CourierStatistics::waiting,
                            "fetches that wait for others of their server, or for the address of a name"),
                      field("log_lines_lost", &CourierStatistics::log_lines_lost,
                            "log lines dropped since it started because the disk was too slow"));
  }
};

// What it takes of the window.
std::size_t window_bytes(const Fetch& fetch);

struct FetchCancel {
  static constexpr std::uint16_t kId = 45;
  static constexpr std::string_view kName = "FetchCancel";
  static constexpr std::string_view kText =
      "Nobody waits any more for the Fetch of this correlation id. Its FetchReply follows, or has met this.";
  static constexpr auto fields() { return std::tuple<>(); }
};

struct CourierLeaving {
  static constexpr std::uint16_t kId = 46;
  static constexpr std::string_view kName = "CourierLeaving";
  static constexpr std::string_view kText =
      "The courier ends by itself, and takes no Fetch any more: another has to. The supervisor says Drain, and nothing "
      "is sent behind that.";
  static constexpr auto fields() { return std::tuple<>(); }
};

using FromCourier = std::variant<Hello, Failed, Ping, Pong, WantLogSegment, CourierReady, FetchReply, CourierStatistics,
                                 CourierLeaving>;
using ToCourier = std::variant<Ping, Pong, Drain, LogSegment, Refuse, CourierConfigure, Fetch, FetchCancel>;

}  // namespace outpost::protocol
