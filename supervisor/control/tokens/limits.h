// Bearer tokens of the HTTP interface: what their limits may be.
#pragma once

#include <span>
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

// A request of a resource type, as a table of what is served has them.
struct TokenScope {
  std::string_view resource;
  std::string_view request;
  bool by_name = false;  // a token that is for all resource types is not for this one
  // Further names that people may give.
  std::string_view resource_alias = {};
  std::string_view request_alias = {};
};
using TokenScopes = std::vector<TokenScope>;

// The limits as they are stored: canonical names, sorted, each once, separated by commas. Errc::invalid names what
// there is for a word that is none, and a request that no resource of `resources` has.
struct TokenLimits {
  std::string resources;
  std::string requests;
};
Result<TokenLimits> token_limits(const TokenScopes& scopes, const std::vector<std::string>& resources,
                                 const std::vector<std::string>& requests);

}  // namespace outpost::supervisor
