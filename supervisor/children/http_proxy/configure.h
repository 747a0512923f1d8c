// What of the configuration outpost-proxy is sent.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// The listeners of a protocol.
std::vector<protocol::ListenAddress> listen_addresses(const Config& config, ListenerProtocol protocol);
protocol::ProxyLimits proxy_limits(const Config& config);
// What the proxy of these listeners is told, but for what else its kind says (kind.h).
protocol::Configure to_proxy(const Config& config, std::uint32_t generation, ListenerProtocol protocol);
protocol::Tokens to_proxy(const std::vector<Token>& tokens);

}  // namespace outpost::supervisor
