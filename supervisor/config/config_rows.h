// The configuration as structs, one for each section. Section and option names are the guide's (ocs.md section 6); what
// each option means, its valid values and when a change takes effect is in its row in options_*.cpp, its default is
// here, or in protocol/channel/settings.h where the proxy obeys it, and nowhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/channel/settings.h"

namespace outpost::supervisor {

struct ApplicationConfig {
  std::string authentication = "none";
  std::int64_t dbid = 1;
  std::string encoding;
  std::string http_custom_headers;
  std::uint32_t idempotency_retention = 24;       // h
  std::uint32_t session_timeout = 1800;           // s
  std::uint32_t missed_callback_timeout = 86400;  // s
  protocol::ProxyLimits limits;
  std::string name = "outpost";
  bool record_processed = false;
  bool start_requires_http = true;
  std::uint32_t stop_timeout = 10;  // s
  std::string tenant;
  std::string unknown_fields = "report";
};

struct ServerInfoConfig {
  std::string advertised_host;           // as it was given: see Config::advertised_host()
  std::string host;                      // never empty in a loaded configuration
  std::uint32_t reconnect_timeout = 10;  // s
};

struct ListenerConfig {
  std::string address = "127.0.0.1";
  std::string certificate;
  std::string chain;
  std::string ciphers;
  std::string client_ca;
  std::string client_certificates = "none";
  std::string client_subjects;
  std::string key;
  std::string minimum_version = "1.2";
  std::string name = "default";
  std::uint16_t port = 8'080;
  std::string protocol = "http";
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

// What the proxy gives up before it takes the first connection.
struct SandboxConfig {
  bool drop_capabilities = true;
  bool landlock = true;
  std::uint32_t memory_limit = 2'048;  // MiB
  bool no_new_privileges = true;
  bool resource_limits = true;
  std::string seccomp = "kill";
  std::string user = "nobody";
};

struct LogConfig {
  std::string directory = "/var/log/outpost";
  std::uint32_t keep_files = 10;
  std::string level = "interaction";
  std::uint32_t segment_hours = 24;
  std::uint64_t segment_size = 100 * 1024 * 1024;  // bytes
};

struct StoreConfig {
  std::string url = "sqlite:///var/lib/outpost/outpost.db";
};

// Two supervisors over one store, of which one is primary at a time.
struct RedundancyConfig {
  bool automatic_failover = true;
  bool enabled = false;
  std::uint32_t lease_time = 3'000;  // ms
  std::string name;                  // never empty in a loaded configuration
  std::string preferred_role = "none";
  std::uint32_t renewal_interval = 500;  // ms
  std::string role_command;
  std::uint32_t role_command_timeout = 10;  // s
};

struct ControlConfig {
  std::string socket = "/run/outpost/control.sock";
};

// Contents by path.
using TlsFiles = std::map<std::string, std::string>;

struct Config {
  ApplicationConfig application;
  ServerInfoConfig server_info;
  std::vector<ListenerConfig> listeners;  // none: no proxy
  std::vector<CertificateConfig> certificates;
  SandboxConfig sandbox;
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
