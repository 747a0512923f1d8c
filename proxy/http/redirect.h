// Where a listener that only redirects sends a request: the same target over TLS. Pure. Source: RFC 9110 15.4.9, 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/http/http1.h"

namespace outpost::proxy {

// "https://shop.example:8443/phones?req=..." for a secure listener on that port; nothing when the request does not say
// by which name it knows this server, which HTTP/1.0 allows. Holds no CR or LF, as the request's host and target do
// not.
std::optional<std::string> secure_location(const protocol::HttpRequest& request, std::uint16_t port);

}  // namespace outpost::proxy
