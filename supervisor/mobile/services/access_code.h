// The code that a caller enters, so that the service is found again. Source: gms.md 6.4.
#pragma once

#include <cstddef>
#include <string>

#include "common/error.h"

namespace outpost::supervisor::mobile {

// A code that another service has at the same number is drawn again, so often at most.
inline constexpr int kCodeDrawsMax = 100;

// `length` decimal digits, 3 to 18: the two of the node, 0 to 99, then random ones, which nobody can foretell. The
// node's make it one that no other node draws. Errc::io when the kernel has no random bytes.
Result<std::string> draw_code(int node_id, std::size_t length);

}  // namespace outpost::supervisor::mobile
