// Percent-decoding of what stands in a request target. Pure. Source: RFC 3986 2.1, ocs.md 1.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost::protocol {

enum class UriPart : std::uint8_t { path, query };  // "+" is a blank only in a query

// Decodes once. Nothing for a bad triplet, %00, a raw control byte or blank, and a result that is not UTF-8.
std::optional<std::string> decode_percent(std::string_view raw, UriPart part);

}  // namespace outpost::protocol
