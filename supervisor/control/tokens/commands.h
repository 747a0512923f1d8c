// token-add, token-list, token-revoke: who may use the HTTP interface, whatever it serves. Arguments and replies are
// JSON objects (commands/arguments.h).
#pragma once

#include <cstdint>
#include <string>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/control/tokens/limits.h"
#include "supervisor/store/token_store.h"

namespace outpost::supervisor {

// In a transaction. The token itself is outpostctl's secret: only its digest comes here. `now`: epoch seconds.
Result<std::string> add_token(TokenStore& store, const TokenScopes& scopes, const JsonValue& arguments,
                              std::int64_t now);
Result<std::string> list_tokens(TokenStore& store);
// In a transaction.
Result<std::string> revoke_token(TokenStore& store, const JsonValue& arguments);

}  // namespace outpost::supervisor
