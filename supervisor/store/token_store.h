// The bearer tokens of a store, whichever it is.
#pragma once

#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

class TokenStore {
 public:
  virtual ~TokenStore() = default;

  // All, by name: there are few.
  virtual Result<std::vector<Token>> tokens() = 0;
  // Errc::store when there is one of this name.
  virtual Result<> insert_token(const Token& token) = 0;
  // Nothing happens when there is none.
  virtual Result<> remove_token(std::string_view name) = 0;
};

}  // namespace outpost::supervisor
