#include "common/uuid.h"

#include <algorithm>
#include <iterator>

#include "common/digest.h"

namespace outpost {

namespace {

constexpr std::size_t kUuidBytes = 36;
constexpr std::size_t kUuidHyphens[] = {8, 13, 18, 23};

bool is_uuid_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::string uuid_of(std::string_view random) {
  constexpr std::size_t kVersionByte = 6;
  constexpr std::size_t kVariantByte = 8;
  std::string bytes(random);
  bytes[kVersionByte] = static_cast<char>((bytes[kVersionByte] & 0x0f) | 0x40);
  bytes[kVariantByte] = static_cast<char>((bytes[kVariantByte] & 0x3f) | 0x80);
  std::string text = to_hex(bytes);
  for (std::size_t hyphen : kUuidHyphens) text.insert(hyphen, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidBytes) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool hyphen = std::ranges::find(kUuidHyphens, i) != std::end(kUuidHyphens);
    if (hyphen ? text[i] != '-' : !is_uuid_digit(text[i])) return false;
  }
  return true;
}

}  // namespace outpost
