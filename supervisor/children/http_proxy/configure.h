// What of the configuration outpost-proxy is sent.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

std::vector<protocol::ListenAddress> listen_addresses(const Config& config);
protocol::ProxyLimits proxy_limits(const Config& config);
// What the proxy is told, but for what its kind says (kind.h).
protocol::Configure to_proxy(const Config& config, std::uint32_t generation);
protocol::Tokens to_proxy(const std::vector<Token>& tokens);

}  // namespace outpost::supervisor
