// The authority of a request: the value of Host, and of an absolute request target. Pure functions.
// Source: RFC 9110 4.2 and 7.2, RFC 9112 3.2, RFC 3986 3.2.
#pragma once

#include <optional>
#include <string_view>

namespace outpost::protocol {

// uri-host[":" port], where the host is a name, an IPv4 address, or an IPv6 address in brackets. No user, no empty host
// (RFC 9110 4.2.1: a URI with one is invalid), and a port of at most 65535; the port may be empty, as in "h:".
[[nodiscard]] bool is_authority(std::string_view text);

// What stands between "http://" or "https://" and the path or query; nothing when the target is in another form.
std::optional<std::string_view> authority_of(std::string_view target);

// Whether the target is in absolute form and of the scheme https.
[[nodiscard]] bool is_https(std::string_view target);

// Whether two valid authorities name the same origin server under the target's scheme: hosts in any case, the scheme's
// own port being the same as none.
[[nodiscard]] bool same_authority(std::string_view target, std::string_view a, std::string_view b);

}  // namespace outpost::protocol
