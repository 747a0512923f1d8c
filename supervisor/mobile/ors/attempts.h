// Which servers are tried for a new session, and in which order. Pure. Source: gms.md 1.7.2.
#pragma once

#include <cstdint>
#include <vector>

#include "supervisor/config/services.h"

namespace outpost::supervisor::mobile {

// As many as are tried, of which there may be more than there are servers: behind the last comes the first again.
// Linear begins with the first each time, circular with the next one at each `turn`. None where there are no servers.
std::vector<ServerAddress> attempts_of(const std::vector<ServerAddress>& servers, OrsStrategy strategy,
                                       std::uint64_t turn, std::uint32_t attempts_max);

}  // namespace outpost::supervisor::mobile
