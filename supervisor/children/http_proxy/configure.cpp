#include "supervisor/children/http_proxy/configure.h"

#include <algorithm>

#include "common/text.h"
#include "supervisor/config/tls_files.h"

namespace outpost::supervisor {

namespace {

protocol::SandboxSettings to_proxy(const SandboxConfig& sandbox) {
  return {sandbox.user,         sandbox.no_new_privileges, sandbox.resource_limits,
          sandbox.memory_limit, sandbox.drop_capabilities, sandbox.seccomp,
          sandbox.landlock};
}

}  // namespace

protocol::Configure to_proxy(const Config& config, std::uint32_t generation) {
  const ApplicationConfig& application = config.application;
  auto milliseconds = [](std::uint32_t seconds) {
    return seconds * 1'000;
  };  // the rows keep it below an hour's or a day's
  protocol::Configure configure;
  configure.generation = generation;
  for (const ListenerConfig& listener : config.listeners) {
    configure.listeners.push_back({listener.name, listener.address, listener.port, listener.secure});
  }
  configure.tls = to_proxy_tls(config);
  configure.sandbox = to_proxy(config.sandbox);
  configure.encoding = application.encoding;
  configure.custom_headers = application.http_custom_headers;
  configure.request_timeout_ms = milliseconds(application.http_request_timeout);
  configure.handshake_timeout_ms = milliseconds(application.http_tls_handshake_timeout);
  configure.header_timeout_ms = milliseconds(application.http_header_timeout);
  configure.body_timeout_ms = milliseconds(application.http_body_timeout);
  configure.idle_timeout_ms = milliseconds(application.http_idle_timeout);
  configure.target_bytes_max = application.http_max_target;
  configure.header_bytes_max = application.http_max_header_bytes;
  configure.header_fields_max = application.http_max_header_fields;
  configure.body_bytes_max = application.http_max_body;
  configure.body_keys_max = application.http_max_keys;
  configure.key_bytes_max = application.http_max_key_length;
  configure.connections_max = application.http_max_connections;
  configure.connections_per_source_max = application.http_max_connections_per_source;
  configure.requests_per_connection_max = application.http_max_requests_per_connection;
  configure.pipeline_max = application.http_max_pipelined;
  configure.queued_bytes_max = application.http_max_queued;
  configure.body_rate_min = application.http_min_body_rate;
  configure.request_rate = application.http_request_rate;
  configure.request_burst = application.http_request_burst;
  configure.allow = application.http_allow;
  configure.deny = application.http_deny;
  configure.window = application.channel_window;
  configure.channel_timeout_ms = application.channel_timeout;
  // A supervisor that says nothing may have lost its role: its proxy has to leave the port to the next primary's.
  if (config.redundancy.enabled) {
    configure.channel_timeout_ms = std::min(configure.channel_timeout_ms, config.redundancy.lease_time * 2 / 3);
  }
  configure.log.level = config.log.level;
  configure.log.segment_bytes = config.log.segment_size;
  configure.log.segment_hours = config.log.segment_hours;
  return configure;
}

protocol::Tokens to_proxy(const std::vector<Token>& tokens) {
  protocol::Tokens message;
  for (const Token& token : tokens) {
    message.tokens.push_back(
        {token.name, token.digest, split_names(token.resources), split_names(token.requests), token.expires_at});
  }
  return message;
}

}  // namespace outpost::supervisor
