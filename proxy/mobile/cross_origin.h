// Pages of other sites: which of them a browser lets read an answer. Pure. Source: gms.md 0.4 (G14), WHATWG Fetch 3.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outpost::proxy {

// Header lines, each ended with CRLF, of a response to a request with this Origin, which may be empty: a page of one of
// `allowed` may read it, with the user's cookies. Empty when no origin is allowed at all.
std::string cross_origin_lines(std::string_view origin, const std::vector<std::string>& allowed);

// The same for the answer to a preflight: what the page may send. `methods`: those of the path.
std::string preflight_lines(std::string_view origin, const std::vector<std::string>& allowed, std::string_view methods);

}  // namespace outpost::proxy
