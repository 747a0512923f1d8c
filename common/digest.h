// SHA-256 and HMAC with it (mbedTLS), comparison in constant time, and the kernel's random bytes. Source: FIPS 180-4,
// RFC 2104, RFC 4648.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost {

inline constexpr std::size_t kSha256Bytes = 32;

// kSha256Bytes raw bytes.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// All ones when both have the same bytes, else 0. The time it takes depends on the lengths only; the result is a mask
// so that a caller can choose without a branch.
std::uint32_t equal_mask(std::string_view a, std::string_view b) noexcept;

// From the kernel (getrandom); Errc::io when it has none to give.
Result<std::string> random_bytes(std::size_t n);

// Without padding.
std::string base64url(std::string_view bytes);
// The usual alphabet, with padding.
std::string base64(std::string_view bytes);
// The usual alphabet, with padding or without; nothing for any other text. Source: RFC 4648 section 4.
std::optional<std::string> of_base64(std::string_view text);
// Lower-case hexadecimal, two digits a byte; of_hex is empty for anything else.
std::string to_hex(std::string_view bytes);
std::string of_hex(std::string_view digits);

}  // namespace outpost
