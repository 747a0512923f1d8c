// What a client calls its request (protocol/channel/request_ids.h), as its headers say it.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/log.h"
#include "protocol/channel/request_ids.h"
#include "protocol/http/http1.h"

namespace outpost::proxy {

// As requests are read for them (WantedHeader).
inline constexpr std::string_view kRequestIdHeader = "x-request-id";
inline constexpr std::string_view kTraceparentHeader = "traceparent";

// Those that are well-formed, which the log is told; what is none is as good as not sent, for no request is refused for
// it. Nothing while the head is not whole: a value may be cut off.
protocol::RequestIds ids_of(const protocol::HttpRequest& request, Log& log, std::uint64_t connection,
                            std::uint32_t sequence);

}  // namespace outpost::proxy
