#include "supervisor/health.h"

#include "common/json.h"

namespace outpost::supervisor {

void write_health(JsonWriter& out, const Health& health) {
  out.begin_object().member("ready", health.is_ready()).member("role", health.role).key("reasons").begin_array();
  for (const std::string& reason : health.reasons) out.value(reason);
  out.end_array().end_object();
}

}  // namespace outpost::supervisor
