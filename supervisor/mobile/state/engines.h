// The engines behind open_state_store().
#pragma once

#include <memory>
#include <string>

#include "supervisor/mobile/state/state_store.h"

namespace outpost::supervisor {

// Errors: those of open_sqlite_file().
Result<std::unique_ptr<StateStore>> open_sqlite_state(const std::string& path, StateMode mode,
                                                      StateDurability durability);
// Errors: those of PgSession::open() and use_schema(). A store that is open outlives its connections: while the
// database is away its calls fail at once, and once it is back they work again.
Result<std::unique_ptr<StateStore>> open_postgres_state(const std::string& url, StateMode mode,
                                                        StateDurability durability, StateUse use);

}  // namespace outpost::supervisor
