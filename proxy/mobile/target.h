// The target of a request to a mobile node: which row of the table of routes, and with what. Pure.
// Source: mobile.md 5.1, gms.md 0.4 (G1, G2).
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/mobile/routes.h"

namespace outpost::proxy {

// A request as its target names it.
struct MobileTarget {
  const protocol::MobileRow* row;
  std::vector<std::string> captures;  // decoded once, UTF-8 without NUL, in the order of the pattern
  std::string_view query;             // as sent; into the target
};
struct MobileTargetError {
  int status;              // 400: malformed; 404: there is no such path, or API version; 405: not with this method
  std::string text;        // one sentence without any byte of the request
  std::string_view allow;  // of 405 and of an OPTIONS request: the methods of the path; a constant
  // Of 405: a row of the path. Null for "*", which is no path.
  const protocol::MobileRow* row = nullptr;
};
// `method` is that of the request line. A target in origin or absolute form. Runs of "/" count as one, one at the end
// is ignored, ";parameters" of the last segment are cut off. 400 for "." and "..", encoded or not, a bad percent
// triplet, NUL, and what is no UTF-8. OPTIONS is a 405 of each path; who answers it looks at `allow`.
tl::expected<MobileTarget, MobileTargetError> find_mobile_route(std::string_view method, std::string_view target);

// What a log may show of a target, however malformed: "/genesys/1/" and the pattern of its row, or "***". A constant.
std::string_view shown_mobile_target(std::string_view method, std::string_view target);

}  // namespace outpost::proxy
