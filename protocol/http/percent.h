// Percent-decoding of what stands in a request target. Pure. Source: RFC 3986 2.1, ocs.md 1.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost::protocol {

// "+" is a blank only in a query and in a form. A form is no part of a URI but written as a query is; as its sender may
// have typed it, blanks and control bytes other than NUL are taken as they are.
enum class UriPart : std::uint8_t { path, query, form };

// Decodes once. Nothing for a bad triplet, %00, a raw control byte or blank (but see above), and what is not UTF-8.
std::optional<std::string> decode_percent(std::string_view raw, UriPart part);

}  // namespace outpost::protocol
