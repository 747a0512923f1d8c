// What the fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace outpost {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An error text goes back to the client: short, one line of printable ASCII, so none of the bytes that it sent.
inline void check_error_text(std::string_view text) {
  ENSURE(!text.empty() && text.size() <= 200, "an error text is too long or empty");
  for (char c : text) ENSURE(c >= ' ' && c <= '~', "an error text holds bytes of the request");
}

}  // namespace outpost
