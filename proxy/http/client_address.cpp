#include "proxy/http/client_address.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::proxy {

std::optional<IpAddress> forwarded_for(const protocol::HttpRequest& request) {
  if (!request.whole_head) return std::nullopt;
  auto header = std::ranges::find(request.further, kForwardedForHeader, &protocol::FurtherHeader::name);
  if (header == request.further.end()) return std::nullopt;
  std::string_view hops = header->value;
  std::size_t comma = hops.rfind(',');
  return IpAddress::parse(trim(comma == std::string_view::npos ? hops : hops.substr(comma + 1)));
}

}  // namespace outpost::proxy
