#include "protocol/http/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <utility>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// RFC 3986 3.2.2; dotted IPv4 addresses are among them.
bool is_reg_name(std::string_view name) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '%') {
      if (name.size() - i < 3 || !is_hex(name[i + 1]) || !is_hex(name[i + 2])) return false;
      i += 2;
    } else if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
               (c == '\0' || kOthers.find(c) == std::string_view::npos)) {
      return false;
    }
  }
  return !name.empty();
}

bool is_ipv6(std::string_view text) {
  in6_addr binary;
  return text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos &&
         inet_pton(AF_INET6, std::string(text).c_str(), &binary) == 1;
}

bool is_port(std::string_view text) {
  constexpr std::int64_t kPortMax = 65'535;
  return std::all_of(text.begin(), text.end(), is_digit) &&
         (text.empty() || parse_integer(text).value_or(kPortMax + 1) <= kPortMax);
}

// Host and port; the port is what follows the last colon outside of brackets.
std::pair<std::string_view, std::string_view> cut(std::string_view authority) {
  std::size_t bracket = authority.rfind(']');
  std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {authority, {}};
  return {authority.substr(0, colon), authority.substr(colon + 1)};
}

bool begins(std::string_view target, std::string_view scheme) {
  return equal_ignoring_case(target.substr(0, scheme.size()), scheme);
}

}  // namespace

bool is_authority(std::string_view text) {
  auto [host, port] = cut(text);
  if (!is_port(port)) return false;
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? is_ipv6(host.substr(1, host.size() - 2)) : is_reg_name(host);
}

std::optional<std::string_view> authority_of(std::string_view target) {
  for (std::string_view scheme : {kHttp, kHttps}) {
    if (!begins(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    return target.substr(0, target.find_first_of("/?"));
  }
  return std::nullopt;
}

bool is_https(std::string_view target) { return begins(target, kHttps); }

bool same_authority(std::string_view target, std::string_view a, std::string_view b) {
  std::string_view own_port = is_https(target) ? "443" : "80";
  auto [a_host, a_port] = cut(a);
  auto [b_host, b_port] = cut(b);
  if (a_port.empty()) a_port = own_port;
  if (b_port.empty()) b_port = own_port;
  return equal_ignoring_case(a_host, b_host) && a_port == b_port;
}

}  // namespace outpost::protocol
