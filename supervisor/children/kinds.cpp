#include "supervisor/children/kinds.h"

#include "supervisor/children/courier/child.h"
#include "supervisor/children/http_proxy/proxy.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

std::span<const ChildKind> child_kinds() {
  static constexpr ChildKind kKinds[] = {
      // Source: design.md section 2: a proxy is wanted when the role is primary and an http listener is configured.
      {.name = "HTTP proxy",
       .key = "proxy",
       .program = "outpost-proxy",
       .log_suffix = "_HTTPPRX",
       .dialect = "outbound",
       .runs = Runs::while_serving,
       .sandbox = &Config::sandbox,
       .wanted = wants_http_proxy,
       .make = make_http_proxy,
       .access_suffix = "_ACCESS"},
      // Health and metrics matter most where nothing is served.
      {.name = "admin proxy",
       .key = "admin",
       .program = "outpost-proxy",
       .log_suffix = "_ADMIN",
       .dialect = "admin",
       .runs = Runs::always,
       .sandbox = &Config::sandbox,
       .wanted = wants_admin_proxy,
       .make = make_http_proxy,
       .listeners = ListenerProtocol::admin},
      // Only who serves has something to send.
      {.name = "courier",
       .key = "courier",
       .program = "outpost-courier",
       .log_suffix = "_COURIER",
       .dialect = {},
       .runs = Runs::while_serving,
       .sandbox = &Config::sandbox,
       .wanted = wants_courier,
       .make = make_courier,
       .listeners = std::nullopt},
  };
  return kKinds;
}

}  // namespace outpost::supervisor
