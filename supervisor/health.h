// Whether a supervisor does what it is there for, for load balancers and scripts: nothing in it is secret.
#pragma once

#include <string>
#include <vector>

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

struct Health {
  std::string role;                  // what the service calls its own: primary, backup, or on its way
  std::vector<std::string> reasons;  // why it is not ready, sentences without an end; none when it is

  [[nodiscard]] bool is_ready() const { return reasons.empty(); }
};

// One value: {"ready", "role", "reasons"}.
void write_health(JsonWriter& out, const Health& health);

}  // namespace outpost::supervisor
