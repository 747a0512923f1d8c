// Identifiers of 128 bits in their text form. Source: RFC 9562.
#pragma once

#include <string>
#include <string_view>

namespace outpost {

// A version 4 UUID of these 16 random bytes, in lower case.
std::string uuid_of(std::string_view random);
// Any UUID, in either case.
bool is_uuid(std::string_view text);

}  // namespace outpost
