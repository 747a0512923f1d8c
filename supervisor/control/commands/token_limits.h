// Bearer tokens of the HTTP interface: what their limits may be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace outpost::supervisor {

// So that the proxy compares with all of them at each request in microseconds.
inline constexpr std::size_t kTokensMax = 1000;
inline constexpr std::size_t kTokenNameBytesMax = 64;

// 1 to kTokenNameBytesMax of A-Z a-z 0-9 . _ - @
bool is_token_name(std::string_view name);

// The limits as they are stored: canonical names, sorted, each once, separated by commas. Errc::invalid names what
// there is for a word that is none, and a request that no resource of `resources` has. Those of the admin face are its
// one resource with the requests Read and Write; it is never meant by none.
struct TokenLimits {
  std::string resources;
  std::string requests;
};
Result<TokenLimits> token_limits(const std::vector<std::string>& resources, const std::vector<std::string>& requests);

}  // namespace outpost::supervisor
