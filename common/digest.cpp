#include "common/digest.h"

#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <sys/random.h>

#include <cerrno>

namespace outpost {

std::string sha256(std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  int code = mbedtls_sha256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                            reinterpret_cast<unsigned char*>(digest.data()), 0);
  ENSURE(code == 0, "SHA-256 needs nothing that could be lacking");
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  auto raw = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  int code = mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), raw(key), key.size(), raw(bytes),
                             bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
  ENSURE(code == 0, "HMAC needs nothing that could be lacking");
  return digest;
}

std::uint32_t equal_mask(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return 0;
  // Volatile, so that no optimiser finds the end of the loop before its end.
  volatile std::uint32_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = difference | static_cast<std::uint32_t>(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  // 0 becomes all ones, 1 to 255 become 0: the subtraction borrows for 0 only.
  return static_cast<std::uint32_t>(0) - (((difference - 1U) >> 8) & 1U);
}

Result<std::string> random_bytes(std::size_t n) {
  std::string bytes(n, '\0');
  std::size_t got = 0;
  while (got < n) {
    ssize_t more = getrandom(bytes.data() + got, n - got, 0);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return fail_errno(errno, "the kernel gives no random bytes");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

namespace {

std::string in_base64(std::string_view bytes, std::string_view digits) {
  std::string out;
  std::uint32_t held = 0;  // bits that are not written yet, the newest lowest
  int bits = 0;
  for (char c : bytes) {
    held = (held << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += digits[(held >> (bits - 6)) & 0x3F];
  }
  if (bits > 0) out += digits[(held << (6 - bits)) & 0x3F];
  return out;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  return in_base64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

std::string base64(std::string_view bytes) {
  std::string out = in_base64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> of_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::size_t padded = text.size();
  while (text.ends_with('=')) text.remove_suffix(1);
  std::size_t padding = padded - text.size();
  if (text.size() % 4 == 1 || (padding > 0 && (padding > 2 || padded % 4 != 0))) return std::nullopt;
  std::string out;
  std::uint32_t held = 0;  // bits that are no byte yet, the newest lowest
  int bits = 0;
  for (char c : text) {
    std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = (held << 6) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>((held >> bits) & 0xFF);
    held &= (1U << bits) - 1;
  }
  if (held != 0) return std::nullopt;  // so that there is one text only for some bytes
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string of_hex(std::string_view digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    std::size_t high = kDigits.find(digits[i]);
    std::size_t low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return digits.size() % 2 == 0 ? out : std::string();
}

}  // namespace outpost
