// Request bodies in which nothing has to be decoded, as nearly all are. A short cut to what json_body.h reads: what is
// taken here means the same there, and everything else is read there, with all that is to be said about it.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/http/json_body.h"

namespace outpost::protocol {

// One flat JSON object of printable ASCII without escapes, integers without a sign, and null. Nothing: it is not that,
// or a limit is exceeded, or a key comes twice.
std::optional<Event> parse_plain_body(std::string_view bytes, const BodyLimits& limits);

}  // namespace outpost::protocol
