// Media types and other header values of the form word;name=value;name="value". Pure. Source: RFC 9110 5.6 and 8.3.1,
// RFC 2183.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outpost::protocol {

// What stands before the first ";", without blanks: "multipart/form-data", in the sender's letters.
std::string_view main_value(std::string_view header);

// The value of a parameter, whose name compares in any case: a token, or a quoted string without its quotes, in which a
// backslash before a quote or a backslash is left out. Any other backslash stands for itself: some clients send
// C:\folder\file. Nothing when there is none; the first counts.
std::optional<std::string> parameter_of(std::string_view header, std::string_view name);

// Whether a header of a response may have it: type "/" subtype and parameters, in printable ASCII.
bool is_media_type(std::string_view text);

}  // namespace outpost::protocol
