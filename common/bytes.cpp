#include "common/bytes.h"

#include "common/error.h"

namespace outpost {

void ByteWriter::string(std::string_view value) {
  ENSURE(value.size() <= UINT32_MAX, "string too long for a u32 length");
  integer(static_cast<std::uint32_t>(value.size()));
  out_.append(value);
}

bool ByteReader::boolean() {
  auto byte = integer<std::uint8_t>();
  if (byte > 1) refuse();
  return byte == 1;
}

std::string_view ByteReader::string() { return take(integer<std::uint32_t>()); }

std::uint32_t ByteReader::count(std::size_t item_bytes_min) {
  auto n = integer<std::uint32_t>();
  if (n > bytes_.size() / item_bytes_min) refuse();
  return ok_ ? n : 0;
}

std::string_view ByteReader::take(std::size_t n) {
  if (!ok_ || n > bytes_.size()) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  std::string_view taken = bytes_.substr(0, n);
  bytes_.remove_prefix(n);
  return taken;
}

}  // namespace outpost
