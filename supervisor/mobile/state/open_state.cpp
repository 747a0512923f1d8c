#include "common/digest.h"
#include "supervisor/mobile/state/engines.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

Result<std::unique_ptr<StateStore>> open_state_store(const std::string& url, StateMode mode, StateDurability durability,
                                                     StateUse use) {
  if (is_postgresql(url)) return open_postgres_state(url, mode, durability, use);
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return open_sqlite_state(*path, mode, durability);
}

// A digest, for users have names of any length and an index takes no long key.
std::string custom_area_id(std::string_view user, std::string_view custom_id) {
  return fmt::format("custom/{}", to_hex(sha256(fmt::format("{}:{}{}", user.size(), user, custom_id))));
}

}  // namespace outpost::supervisor
