// What must be beyond doubt about a request when its head is complete: where it ends, and for which host it is.
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/http/http1.h"
#include "protocol/http/http1_fields.h"

namespace outpost::protocol {

// `content_length` is 0 when there is none.
std::optional<HttpError> check_head(const HttpRequest& request, const HttpFields& fields, std::uint64_t content_length,
                                    const HttpLimits& limits);

}  // namespace outpost::protocol
