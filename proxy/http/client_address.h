// Whose request it is that a trusted proxy passes on. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "common/networks.h"
#include "protocol/http/http1.h"

namespace outpost::proxy {

inline constexpr std::string_view kForwardedForHeader = "x-forwarded-for";

// The last hop of its X-Forwarded-For, which is the one that the proxy itself has seen: what stands before it the
// client may have made up. Nothing when it is missing or no address. The header must be among those that are read.
std::optional<IpAddress> forwarded_for(const protocol::HttpRequest& request);

}  // namespace outpost::proxy
