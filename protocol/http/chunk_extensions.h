// The extensions of the chunks of one body, which nobody here reads: only that they are well-formed, and bounded, for
// they are a known place to hide bytes. Source: RFC 9112 7.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/http/http1.h"

namespace outpost::protocol {

class ChunkExtensions {
 public:
  // The pieces of a name or of a value, then its end. An error ends the request.
  std::optional<HttpError> on_name(std::string_view bytes) { return on_bytes(bytes); }
  std::optional<HttpError> on_value(std::string_view bytes);
  std::optional<HttpError> on_part_complete();

 private:
  std::optional<HttpError> on_bytes(std::string_view bytes);

  std::size_t parts_ = 0;  // names and values, of all chunks
  std::size_t bytes_ = 0;
  std::size_t part_bytes_ = 0;  // of the name or value being read
  bool quoted_ = false;
};

}  // namespace outpost::protocol
