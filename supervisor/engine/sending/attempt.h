// One message on its way to its destination: the request that carries it, and what an answer means. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/words.h"
#include "protocol/channel/courier.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/engine/outward/outward.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

enum class Delivery : std::uint8_t {
  delivered,
  refused,      // by an answer to this message: others may fare better
  unreachable,  // and so would be any other message
  untried,      // nothing was sent, or it is not the destination's fault: no attempt
};
inline constexpr std::array<std::string_view, 4> kDeliveryWords{"delivered", "refused", "unreachable", "untried"};
constexpr std::span<const std::string_view> words_of(Delivery) { return kDeliveryWords; }

struct Judged {
  Delivery delivery = Delivery::delivered;
  std::string problem;                              // empty for delivered; holds nothing of the address or the body
  std::optional<std::chrono::seconds> retry_after;  // as the destination asked for, within bounds
};
Judged judge(const protocol::FetchReply& reply, std::int64_t now);

// An error names what is wrong with the address's secret.
Result<FetchRequest> request_of(const OutboxMessage& message, const Address& address, std::int64_t now);

// How long to wait after so many failures in a row, from 1: 1, 2, 4 ... 300 s, and up to a quarter more by `chance`
// (0 to 1), so that what failed together does not come back together.
std::chrono::milliseconds backoff(int failures, double chance);

}  // namespace outpost::supervisor
