// What of the configuration outpost-courier is sent.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/channel/courier.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

// How requests are made: an entry of http-client, or of a mobile node what its section gms says.
struct CourierClient : HttpClientConfig {
  std::uint32_t stall_timeout = 0;  // s without a byte of request or answer; 0: any
};
// In the order of the courier's numbers for them. A mobile node has one, kNodeClient.
std::vector<CourierClient> courier_clients(const Config& config);
inline constexpr std::string_view kNodeClient = "gms";

protocol::CourierConfigure to_courier(const Config& config, std::uint32_t generation);

}  // namespace outpost::supervisor
