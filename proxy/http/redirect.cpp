#include "proxy/http/redirect.h"

#include <fmt/core.h>

#include <string_view>

#include "protocol/http/authority.h"

namespace outpost::proxy {

namespace {

constexpr std::uint16_t kHttpsPort = 443;

// Of a valid authority. An IPv6 address keeps its brackets.
std::string_view host_of(std::string_view authority) {
  std::size_t behind = authority.starts_with('[') ? authority.find(']') : 0;
  return authority.substr(0, authority.find(':', behind));
}

}  // namespace

std::optional<std::string> secure_location(const protocol::HttpRequest& request, std::uint16_t port) {
  if (request.host.empty()) return std::nullopt;
  std::string_view target = request.target;
  if (auto authority = protocol::authority_of(target)) {
    target.remove_prefix(static_cast<std::size_t>(authority->data() + authority->size() - target.data()));
  } else if (!target.starts_with('/')) {
    target = {};  // "*", or what CONNECT names
  }
  std::string location = fmt::format("https://{}", host_of(request.host));
  if (port != kHttpsPort) location += fmt::format(":{}", port);
  if (!target.starts_with('/')) location += '/';
  return location += target;
}

}  // namespace outpost::proxy
