#include "supervisor/children/kinds.h"

#include "supervisor/config/config.h"

namespace outpost::supervisor {

const ChildKind& http_proxy_kind() {
  static constexpr ChildKind kKind{
      .name = "HTTP proxy",
      .program = "outpost-proxy",
      .log_suffix = "_HTTPPRX",
      .dialect = "outbound",
      .runs_in = Role::primary,
      .wanted = [](const Config& config) { return !config.listeners.empty(); },
  };
  return kKind;
}

}  // namespace outpost::supervisor
