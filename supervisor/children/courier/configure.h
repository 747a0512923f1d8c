// What of the configuration outpost-courier is sent.
#pragma once

#include <cstdint>

#include "protocol/channel/courier.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

protocol::CourierConfigure to_courier(const Config& config, std::uint32_t generation);

}  // namespace outpost::supervisor
