// Percent-encoding, byte by byte. Source: RFC 3986 2.1.
#pragma once

#include <string>
#include <string_view>

namespace outpost {

// What is unreserved beside letters and digits (RFC 3986 2.3): as it may stand in a segment of a path, or in a query.
inline constexpr std::string_view kUnreservedMarks = "-._~";

// Letters and digits of ASCII and `kept` stay as they are.
void append_percent_encoded(std::string& out, std::string_view text, std::string_view kept = kUnreservedMarks);

}  // namespace outpost
