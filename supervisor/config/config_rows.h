// The configuration as structs, one for each section. Section and option names are the guide's (ocs.md section 6); what
// each option means, its valid values and when a change takes effect is in its row in options_*.cpp, its default is
// here, or in protocol/channel/settings.h where the proxy obeys it, and nowhere else; but a default that depends on the
// type of application is in its row.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/certificate.h"
#include "common/log.h"
#include "common/words.h"
#include "protocol/channel/settings.h"
#include "supervisor/config/mobile_rows.h"
#include "supervisor/config/outward.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// Which engine runs.
enum class ApplicationType : std::uint8_t { outbound, mobile };
inline constexpr std::array<std::string_view, 2> kApplicationTypeWords{"outbound", "mobile"};
constexpr std::span<const std::string_view> words_of(ApplicationType) { return kApplicationTypeWords; }

// Who reaches a listener of a mobile node.
enum class Exposure : std::uint8_t { internal, external };
inline constexpr std::array<std::string_view, 2> kExposureWords{"internal", "external"};
constexpr std::span<const std::string_view> words_of(Exposure) { return kExposureWords; }

// What an acknowledged change of a mobile node's state survives.
enum class Synchronous : std::uint8_t { process, power };
inline constexpr std::array<std::string_view, 2> kSynchronousWords{"process", "power"};
constexpr std::span<const std::string_view> words_of(Synchronous) { return kSynchronousWords; }

enum class Authentication : std::uint8_t { none, token };
inline constexpr std::array<std::string_view, 2> kAuthenticationWords{"none", "token"};
constexpr std::span<const std::string_view> words_of(Authentication) { return kAuthenticationWords; }

enum class PreferredRole : std::uint8_t { none, primary, backup };
inline constexpr std::array<std::string_view, 3> kPreferredRoleWords{"none", "primary", "backup"};
constexpr std::span<const std::string_view> words_of(PreferredRole) { return kPreferredRoleWords; }

// What is spoken on a listener, and so which proxy has it.
enum class ListenerProtocol : std::uint8_t { http, admin };
inline constexpr std::array<std::string_view, 2> kListenerProtocolWords{"http", "admin"};
constexpr std::span<const std::string_view> words_of(ListenerProtocol) { return kListenerProtocolWords; }

struct ApplicationConfig {
  Authentication authentication = Authentication::none;
  std::int64_t dbid = 1;
  std::string encoding;
  protocol::HttpSettings http;
  std::uint32_t idempotency_retention = 24;       // h
  std::uint32_t session_timeout = 1800;           // s
  std::uint32_t missed_callback_timeout = 86400;  // s
  protocol::ProxyLimits limits;
  std::string name = "outpost";
  OutwardConfig outward;
  bool record_processed = false;
  bool start_requires_http = true;
  std::uint32_t stop_timeout = 10;  // s
  std::string tenant;
  ApplicationType type = ApplicationType::outbound;
  UnknownFields unknown_fields = UnknownFields::report;  // never application
};

struct ServerInfoConfig {
  std::string advertised_host;           // as it was given: see Config::advertised_host()
  std::string host;                      // never empty in a loaded configuration
  std::uint32_t reconnect_timeout = 10;  // s
};

struct ListenerConfig {
  std::string address = "127.0.0.1";
  bool admin_write = false;  // of protocol admin only
  std::string certificate;
  std::string chain;
  std::string ciphers;
  std::string client_ca;
  protocol::ClientCertificates client_certificates = protocol::ClientCertificates::none;
  std::string client_subjects;
  Exposure exposure = Exposure::internal;
  std::string key;
  protocol::TlsVersion minimum_version = protocol::TlsVersion::tls_1_2;
  std::string name = "default";
  std::uint16_t port = 8'080;
  ListenerProtocol protocol = ListenerProtocol::http;
  std::string redirect_to;  // name of a secure listener; empty: requests are served
  bool secure = false;
  std::uint32_t ticket_lifetime = 3'600;  // s
};

// A further certificate of secure listeners, for the server names that it was issued for.
struct CertificateConfig {
  std::string certificate;
  std::string chain;
  std::string key;
  std::string listener;
};

// How requests to other servers are made: see outpost-courier. The first is used when none is named.
struct HttpClientConfig {
  std::string allow;
  std::string ca;
  std::string certificate;
  std::string chain;
  std::uint32_t connect_timeout = 3;  // s
  std::uint32_t connections_max = 100;
  std::string custom_headers;
  std::string deny;
  std::string key;
  protocol::TlsVersion minimum_version = protocol::TlsVersion::tls_1_2;
  std::string name = "default";
  std::uint32_t pool_size = 10;
  std::string ports;
  std::string proxy;
  std::uint32_t response_timeout = 5;  // s
  std::string user_agent = "Outpost";
};

struct LogConfig {
  protocol::AccessLogForm access = protocol::AccessLogForm::off;
  std::string directory = "/var/log/outpost";
  std::uint32_t keep_files = 10;
  LogLevel level = LogLevel::interaction;
  std::uint32_t segment_hours = 24;
  std::uint64_t segment_size = 100 * 1024 * 1024;  // bytes
};

struct StoreConfig {
  Synchronous synchronous = Synchronous::process;
  std::string url = "sqlite:///var/lib/outpost/outpost.db";
};

// Two supervisors over one store, of which one is primary at a time.
struct RedundancyConfig {
  bool automatic_failover = true;
  bool enabled = false;
  std::uint32_t lease_time = 3'000;  // ms
  std::string name;                  // never empty in a loaded configuration
  PreferredRole preferred_role = PreferredRole::none;
  std::uint32_t renewal_interval = 500;  // ms
  std::string role_command;
  std::uint32_t role_command_timeout = 10;  // s
};

struct ControlConfig {
  std::string group;  // empty for none
  std::string socket = "/run/outpost/control.sock";
};

struct TlsFile {
  std::string content;
  std::vector<Certificate> certificates;  // in it; none of a key
};
using TlsFiles = std::map<std::string, TlsFile>;  // by path

// How a mobile node makes requests to other servers. Source: gms.md 7.4, mobile.md 13.
struct GmsConfig {
  std::string allow_targets;
  std::string ca_file;
  std::string client_port_range;
  std::uint32_t connection_timeout = 2;  // s
  std::string deny_targets = "169.254.0.0/16, fe80::/10";
  std::uint32_t max_connections_per_route = 20;
  std::uint32_t max_connections_total = 100;
  std::uint32_t socket_timeout = 2;  // s
};

// A mobile node's own. Source: gms.md 7.4, 8.2, mobile.md 13.
struct NodeConfig {
  std::string app_name = "gsg_web";
  std::string cross_origin;
  std::string date_format;
  std::string external_url_base;
  std::int32_t node_id = -1;  // 0 to 99; -1: not given, which no loaded configuration of a mobile node has
  std::string password;
  bool secure_cookie = false;
  std::uint32_t shutdown_delay = 5;  // s
  std::string sticky_cookie_names = "JSESSIONID";
  std::string username;
  std::string web_host;  // never empty in a loaded configuration
  std::uint16_t web_port = 80;
  std::string worker_name;
};

struct Config {
  ApplicationConfig application;
  ServerInfoConfig server_info;
  std::vector<ListenerConfig> listeners;  // none of a protocol: no proxy for it
  std::vector<CertificateConfig> certificates;
  std::vector<HttpClientConfig> http_clients;  // none: no courier
  std::vector<WebhookConfig> webhooks;
  GmsConfig gms;                                  // of a mobile node, as all down to push_providers
  NodeConfig node;                                // the section server
  std::map<std::string, ServiceConfig> services;  // by name
  ResourcesConfig resources;
  std::map<std::string, ListGroupConfig> list_groups;  // by LIST.GROUP
  std::vector<ConnectionConfig> connections;
  OrsConfig ors;
  AlarmsConfig alarms;
  PushConfig push;
  std::map<std::string, PushSectionConfig> push_providers;  // by P, event, event.E and P.event.E
  protocol::SandboxSettings sandbox;
  LogConfig log;
  StoreConfig store;
  RedundancyConfig redundancy;
  ControlConfig control;
  TlsFiles tls_files;  // no option: what load_config() read

  // By default the host that is in force, which may not be that of the file that was read last.
  [[nodiscard]] const std::string& advertised_host() const {
    return server_info.advertised_host.empty() ? server_info.host : server_info.advertised_host;
  }
  [[nodiscard]] std::chrono::milliseconds reconnect_timeout() const {
    return std::chrono::seconds(server_info.reconnect_timeout);
  }
  [[nodiscard]] std::chrono::milliseconds channel_timeout() const {
    return std::chrono::milliseconds(application.limits.channel_timeout_ms);
  }
  [[nodiscard]] std::chrono::milliseconds stop_timeout() const {
    return std::chrono::seconds(application.stop_timeout);
  }
};

}  // namespace outpost::supervisor
