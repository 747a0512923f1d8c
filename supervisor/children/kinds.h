// The table of child kinds: which programs this supervisor runs, when, and with what log.
#pragma once

#include <span>

#include "supervisor/children/kind.h"

namespace outpost::supervisor {

// In the order in which they are started.
std::span<const ChildKind> child_kinds();

}  // namespace outpost::supervisor
