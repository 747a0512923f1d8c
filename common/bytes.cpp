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

std::uint32_t ByteReader::count(std::size_t item_bytes_min) {
  auto n = integer<std::uint32_t>();
  if (n > bytes_.size() / item_bytes_min) refuse();
  return ok_ ? n : 0;
}

}  // namespace outpost
