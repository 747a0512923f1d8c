#include "supervisor/mobile/ors/attempts.h"

namespace outpost::supervisor::mobile {

std::vector<ServerAddress> attempts_of(const std::vector<ServerAddress>& servers, OrsStrategy strategy,
                                       std::uint64_t turn, std::uint32_t attempts_max) {
  std::vector<ServerAddress> order;
  if (servers.empty()) return order;
  std::uint64_t first = strategy == OrsStrategy::circular ? turn % servers.size() : 0;
  for (std::uint64_t i = 0; i < attempts_max; ++i) order.push_back(servers[(first + i) % servers.size()]);
  return order;
}

}  // namespace outpost::supervisor::mobile
