// The table of child kinds: which programs this supervisor runs, when, and with what log.
#pragma once

#include "supervisor/children/child.h"

namespace outpost::supervisor {

// Source: design.md section 2: a proxy is wanted when the role is primary and an http listener is configured.
const ChildKind& http_proxy_kind();

}  // namespace outpost::supervisor
