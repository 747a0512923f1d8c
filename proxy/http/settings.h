// What a Configure message means for connections. Replaced as a whole when another one comes.
#pragma once

#include <cstdint>
#include <memory>

#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"
#include "proxy/gate/authorization.h"
#include "proxy/http/dialect.h"

namespace outpost::proxy {

struct Settings {
  protocol::Configure options;
  protocol::HttpLimits http;
  std::unique_ptr<Dialect> dialect;  // from the first Configure on
  Authorization authorization;
  std::uint32_t version = 0;  // rises with each
};

}  // namespace outpost::proxy
