// Parts of the message Configure that the supervisor's configuration is made of too: an option of these is a member
// here and a row over it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/words.h"
#include "protocol/channel/describe.h"

namespace outpost::protocol {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };
inline constexpr std::array<std::string_view, 2> kTlsVersionWords{"1.2", "1.3"};
constexpr std::span<const std::string_view> words_of(TlsVersion) { return kTlsVersionWords; }

enum class ClientCertificates : std::uint8_t { none, optional, required };
inline constexpr std::array<std::string_view, 3> kClientCertificatesWords{"none", "optional", "required"};
constexpr std::span<const std::string_view> words_of(ClientCertificates) { return kClientCertificatesWords; }

// What becomes of a system call that the proxy does not need.
enum class SeccompMode : std::uint8_t { kill, refuse, off };
inline constexpr std::array<std::string_view, 3> kSeccompModeWords{"kill", "refuse", "off"};
constexpr std::span<const std::string_view> words_of(SeccompMode) { return kSeccompModeWords; }

// The access log: whether there is one, and the form of its lines.
enum class AccessLogForm : std::uint8_t { off, combined, json };
inline constexpr std::array<std::string_view, 3> kAccessLogFormWords{"off", "combined", "json"};
constexpr std::span<const std::string_view> words_of(AccessLogForm) { return kAccessLogFormWords; }

// Which of the proxy's logs a file is for.
enum class LogFileKind : std::uint8_t { proxy, access };
inline constexpr std::array<std::string_view, 2> kLogFileKindWords{"proxy", "access"};
constexpr std::span<const std::string_view> words_of(LogFileKind) { return kLogFileKindWords; }

// What the proxy gives up before it takes the first connection.
struct SandboxSettings {
  std::string user = "nobody";
  bool no_new_privileges = true;
  bool resource_limits = true;
  std::uint32_t memory_limit_mib = 2'048;
  bool drop_capabilities = true;
  SeccompMode seccomp = SeccompMode::kill;
  bool landlock = true;

  static constexpr auto fields() {
    return std::tuple(field("user", &SandboxSettings::user, "user to become; empty to stay"),
                      field("no_new_privileges", &SandboxSettings::no_new_privileges, "set no_new_privs"),
                      field("resource_limits", &SandboxSettings::resource_limits, "set resource limits"),
                      field("memory_limit_mib", &SandboxSettings::memory_limit_mib, "memory limit; 0 for none"),
                      field("drop_capabilities", &SandboxSettings::drop_capabilities, "empty the capability sets"),
                      field("seccomp", &SandboxSettings::seccomp, "what becomes of other system calls"),
                      field("landlock", &SandboxSettings::landlock, "set up Landlock"));
  }
};

// What the proxy grants, in time, bytes and numbers, to its clients and to the supervisor. The options of these are
// rows over this struct (supervisor/config/options_http.cpp), and their defaults are here.
struct ProxyLimits {
  std::uint32_t request_timeout_ms = 30'000;
  std::uint32_t handshake_timeout_ms = 10'000;
  std::uint32_t header_timeout_ms = 10'000;
  std::uint32_t body_timeout_ms = 30'000;
  std::uint32_t idle_timeout_ms = 60'000;
  std::uint32_t target_bytes_max = 8 * 1024;
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint32_t header_fields_max = 64;
  std::uint32_t body_bytes_max = 64 * 1024;
  std::uint32_t bodies_bytes_max = 256 * 1024 * 1024;
  std::uint32_t body_keys_max = 512;
  std::uint32_t key_bytes_max = 255;
  std::uint32_t connections_max = 1024;
  std::uint32_t connections_per_source_max = 512;
  std::uint32_t requests_per_connection_max = 100'000;
  std::uint32_t pipeline_max = 16;
  std::uint32_t queued_bytes_max = 256 * 1024;
  std::uint32_t body_rate_min = 256;
  std::uint32_t request_rate = 0;
  std::uint32_t request_burst = 100;
  std::string allow;
  std::string deny;
  std::string trusted_proxies;
  std::uint32_t window = 1024;
  std::uint32_t channel_timeout_ms = 5'000;

  static constexpr auto fields() {
    return std::tuple(
        field("request_timeout_ms", &ProxyLimits::request_timeout_ms, "wait for an answer"),
        field("handshake_timeout_ms", &ProxyLimits::handshake_timeout_ms, "time for a TLS handshake"),
        field("header_timeout_ms", &ProxyLimits::header_timeout_ms, "time for a header block to be complete"),
        field("body_timeout_ms", &ProxyLimits::body_timeout_ms, "time for a body to be complete"),
        field("idle_timeout_ms", &ProxyLimits::idle_timeout_ms, "close of an idle connection"),
        field("target_bytes_max", &ProxyLimits::target_bytes_max, "longest request target"),
        field("header_bytes_max", &ProxyLimits::header_bytes_max, "largest header block"),
        field("header_fields_max", &ProxyLimits::header_fields_max, "most header fields"),
        field("body_bytes_max", &ProxyLimits::body_bytes_max, "largest body"),
        field("bodies_bytes_max", &ProxyLimits::bodies_bytes_max, "most bytes of all bodies at once"),
        field("body_keys_max", &ProxyLimits::body_keys_max, "most keys in a body"),
        field("key_bytes_max", &ProxyLimits::key_bytes_max, "longest key in a body"),
        field("connections_max", &ProxyLimits::connections_max, "most connections at once"),
        field("connections_per_source_max", &ProxyLimits::connections_per_source_max,
              "and from one source; 0: no limit"),
        field("requests_per_connection_max", &ProxyLimits::requests_per_connection_max, "then it ends; 0: no limit"),
        field("pipeline_max", &ProxyLimits::pipeline_max, "most unanswered requests of a connection"),
        field("queued_bytes_max", &ProxyLimits::queued_bytes_max, "unread bytes beyond which no request is taken"),
        field("body_rate_min", &ProxyLimits::body_rate_min, "bytes of a body per second; 0: no limit"),
        field("request_rate", &ProxyLimits::request_rate, "requests per second from one source; 0: no limit"),
        field("request_burst", &ProxyLimits::request_burst, "and at once"),
        field("allow", &ProxyLimits::allow, "networks that may connect; empty: all"),
        field("deny", &ProxyLimits::deny, "networks that may not"),
        field("trusted_proxies", &ProxyLimits::trusted_proxies, "networks whose X-Forwarded-For is believed"),
        field("window", &ProxyLimits::window, "most requests in flight on the channel"),
        field("channel_timeout_ms", &ProxyLimits::channel_timeout_ms, "a silent supervisor is gone after this"));
  }
};

// What else the proxy obeys towards its clients, without a bound in it.
struct HttpSettings {
  std::string custom_headers;
  bool health = false;

  static constexpr auto fields() {
    return std::tuple(field("custom_headers", &HttpSettings::custom_headers, "http-custom-headers as configured"),
                      field("health", &HttpSettings::health, "whether GET /healthz is answered"));
  }
};

}  // namespace outpost::protocol
