#include "supervisor/children/http_proxy/configure.h"

#include <algorithm>

#include "common/digest.h"
#include "common/text.h"
#include "supervisor/config/credentials.h"
#include "supervisor/config/tls_files.h"

namespace outpost::supervisor {

namespace {

// "a, b" as people write it.
std::vector<std::string> trimmed_names(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string& name : split_names(text)) names.emplace_back(trim(name));
  return names;
}

}  // namespace

std::vector<protocol::ListenAddress> listen_addresses(const Config& config, ListenerProtocol protocol) {
  std::vector<protocol::ListenAddress> addresses;
  for (const ListenerConfig& listener : config.listeners) {
    if (listener.protocol != protocol) continue;
    addresses.push_back({listener.name, listener.address, listener.port, listener.secure,
                         listener.exposure == Exposure::external, listener.redirect_to});
  }
  return addresses;
}

std::string_view service_dialect(const Config& config) {
  return config.application.type == ApplicationType::mobile ? protocol::kMobileDialect : std::string_view();
}

protocol::ProxyLimits proxy_limits(const Config& config) {
  protocol::ProxyLimits limits = config.application.limits;
  // A supervisor that says nothing may have lost its role: its proxy has to leave the port to the next primary's.
  if (config.redundancy.enabled) {
    limits.channel_timeout_ms = std::min(limits.channel_timeout_ms, config.redundancy.lease_time * 2 / 3);
  }
  return limits;
}

protocol::Configure to_proxy(const Config& config, std::uint32_t generation, ListenerProtocol protocol) {
  const ApplicationConfig& application = config.application;
  protocol::Configure configure;
  configure.generation = generation;
  configure.listeners = listen_addresses(config, protocol);
  configure.tls = to_proxy_tls(config, protocol);
  configure.encoding = application.encoding;
  configure.http = application.http;
  configure.limits = proxy_limits(config);
  // Who may use the data, and how often, says nothing about who may watch: that is on loopback, or has TLS and tokens.
  if (protocol == ListenerProtocol::admin) {
    const protocol::ProxyLimits open;
    configure.limits.allow = open.allow;
    configure.limits.deny = open.deny;
    configure.limits.request_rate = open.request_rate;
  }
  configure.log.level = config.log.level;
  configure.log.segment_bytes = config.log.segment_size;
  configure.log.segment_hours = config.log.segment_hours;
  configure.log.access = config.log.access;
  configure.mobile.origins = trimmed_names(config.node.cross_origin);
  configure.mobile.cookie_names = trimmed_names(config.node.sticky_cookie_names);
  configure.mobile.worker_name = config.node.worker_name;
  configure.mobile.secure_cookie = config.node.secure_cookie;
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

std::vector<protocol::BasicCredential> credentials(const Config& config) {
  std::vector<protocol::BasicCredential> digests;
  for (const NamedPair& pair : named_pairs(config)) {
    digests.push_back({pair.name, sha256(fmt::format("{}:{}", pair.username, pair.password))});
  }
  return digests;
}

}  // namespace outpost::supervisor
