#include "proxy/mobile/cross_origin.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::proxy {

namespace {

constexpr std::string_view kAllowedHeaders = "content-type, gms_user, authorization, x-requested-with";
// For so long a browser asks no more.
constexpr std::string_view kMaxAge = "600";

bool is_friend(std::string_view origin, const std::vector<std::string>& allowed) {
  return std::ranges::any_of(allowed, [&](const std::string& one) { return equal_ignoring_case(one, origin); });
}

}  // namespace

std::string cross_origin_lines(std::string_view origin, const std::vector<std::string>& allowed) {
  if (allowed.empty()) return {};
  // A cache must not give the answer for one page to another.
  std::string lines = "Vary: Origin\r\n";
  if (!is_friend(origin, allowed)) return lines;
  lines += "Access-Control-Allow-Origin: ";
  lines += origin;
  lines += "\r\nAccess-Control-Allow-Credentials: true\r\n";
  return lines;
}

std::string preflight_lines(std::string_view origin, const std::vector<std::string>& allowed,
                            std::string_view methods) {
  std::string lines = cross_origin_lines(origin, allowed);
  if (!is_friend(origin, allowed)) return lines;
  lines += "Access-Control-Allow-Methods: ";
  lines += methods;
  lines += "\r\nAccess-Control-Allow-Headers: ";
  lines += kAllowedHeaders;
  lines += "\r\nAccess-Control-Max-Age: ";
  lines += kMaxAge;
  lines += "\r\n";
  return lines;
}

}  // namespace outpost::proxy
