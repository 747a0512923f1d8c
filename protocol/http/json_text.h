// A body that is JSON as a whole, for who reads it later: checked and made compact. Pure, no recursion, and no value of
// it ever stands in memory, which would take many times the bytes of the body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/http/form.h"

namespace outpost::protocol {

struct JsonTextLimits {
  std::size_t bytes_max = 1024 * 1024;
  std::size_t depth_max = 32;
};

// The same JSON without blanks, numbers with every digit, a byte order mark left out. Errors, each with line and column
// where there is one, and no byte of the request: 400 (empty, no JSON, not UTF-8, a NUL in a text, too deep, a name
// twice in one object), 413 (too long).
tl::expected<std::string, FormError> compact_json(std::string_view body, const JsonTextLimits& limits = {});

}  // namespace outpost::protocol
