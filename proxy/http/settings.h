// What a Configure message means for connections. Replaced as a whole when another one comes.
#pragma once

#include <cstdint>
#include <memory>

#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"
#include "protocol/http/json_body.h"
#include "proxy/gate/authorization.h"
#include "proxy/http/translate.h"

namespace outpost::proxy {

struct Settings {
  protocol::Configure options;
  protocol::HttpLimits http;
  protocol::BodyLimits body;
  std::unique_ptr<EventCharset> charset;  // null: event strings are UTF-8
  Authorization authorization;
  std::uint32_t version = 0;  // rises with each
};

}  // namespace outpost::proxy
