#include "proxy/http/client_address.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::proxy {

namespace {

// Some proxies write "192.0.2.7:4711", "[2001:db8::7]" or "[2001:db8::7]:4711".
std::string_view without_port(std::string_view hop) {
  if (hop.starts_with('[')) {
    std::size_t close = hop.find(']');
    return close == std::string_view::npos ? std::string_view() : hop.substr(1, close - 1);
  }
  std::size_t colon = hop.find(':');
  bool has_port = colon != std::string_view::npos && colon == hop.rfind(':');
  return has_port ? hop.substr(0, colon) : hop;
}

}  // namespace

std::optional<IpAddress> forwarded_for(const protocol::HttpRequest& request) {
  if (!request.whole_head) return std::nullopt;
  auto header = std::ranges::find(request.further, kForwardedForHeader, &protocol::FurtherHeader::name);
  if (header == request.further.end()) return std::nullopt;
  std::string_view hops = header->value;
  std::size_t comma = hops.rfind(',');
  return IpAddress::parse(without_port(trim(comma == std::string_view::npos ? hops : hops.substr(comma + 1))));
}

}  // namespace outpost::proxy
