// What a Configure message means for connections. Replaced as a whole when another one comes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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
  // What requests are read for beside what HttpRequest has. Both are made once, for the parsers of a connection outlive
  // a reload; the second is for an access log.
  std::vector<protocol::WantedHeader> headers;
  std::vector<protocol::WantedHeader> headers_logged;
  std::uint32_t version = 0;  // rises with each

  [[nodiscard]] std::span<const protocol::WantedHeader> wanted_headers() const {
    return options.log.access == protocol::AccessLogForm::off ? headers : headers_logged;
  }
};

}  // namespace outpost::proxy
