// What of the configuration outpost-proxy is sent.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/store/token_store.h"

namespace outpost::supervisor {

// The listeners of a protocol.
std::vector<protocol::ListenAddress> listen_addresses(const Config& config, ListenerProtocol protocol);
protocol::ProxyLimits proxy_limits(const Config& config);
// What the service's proxy speaks; empty: what its kind says (kind.h).
std::string_view service_dialect(const Config& config);
// What the proxy of these listeners is told, but for what else its kind says.
protocol::Configure to_proxy(const Config& config, std::uint32_t generation, ListenerProtocol protocol);
protocol::Tokens to_proxy(const std::vector<Token>& tokens);
// The pairs of user and password that are configured.
std::vector<protocol::BasicCredential> credentials(const Config& config);

}  // namespace outpost::supervisor
