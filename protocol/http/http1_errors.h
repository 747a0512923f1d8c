// What several parts of the HTTP/1.x parser refuse a request with.
#pragma once

#include "protocol/http/http1.h"

namespace outpost::protocol {

inline constexpr HttpError kNoRequest{400, "The bytes are not an HTTP/1.1 request."};
inline constexpr HttpError kWrongVersion{505, "The version must be HTTP/1.1 or HTTP/1.0."};
inline constexpr HttpError kHeadersTooLong{431, "The header fields are too long."};
inline constexpr HttpError kBodyTooLong{413, "The body is too long."};

}  // namespace outpost::protocol
