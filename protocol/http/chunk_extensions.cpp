#include "protocol/http/chunk_extensions.h"

#include <utility>

namespace outpost::protocol {

namespace {

// The extensions of all chunks of a body together, names and values: enough for a signature on each chunk of the
// largest body.
constexpr std::size_t kBytesMax = 4 * 1024;
constexpr std::size_t kPartsMax = 128;

constexpr HttpError kMalformed{400, "A chunk extension is malformed."};

}  // namespace

// A token, or a quoted string: one quote in the middle, and readers differ on where the value ends.
std::optional<HttpError> ChunkExtensions::on_value(std::string_view bytes) {
  constexpr char kDelete = 0x7F;
  if (!bytes.empty() && part_bytes_ == 0) quoted_ = bytes.front() == '"';
  bool malformed = quoted_ ? bytes.find(kDelete) != std::string_view::npos : bytes.find('"') != std::string_view::npos;
  if (malformed) return kMalformed;
  return on_bytes(bytes);
}

std::optional<HttpError> ChunkExtensions::on_part_complete() {
  if (std::exchange(part_bytes_, 0) == 0) return kMalformed;
  if (++parts_ > kPartsMax) return HttpError{400, "There are too many chunk extensions."};
  return std::nullopt;
}

std::optional<HttpError> ChunkExtensions::on_bytes(std::string_view bytes) {
  part_bytes_ += bytes.size();
  bytes_ += bytes.size();
  if (bytes_ > kBytesMax) return HttpError{400, "The chunk extensions are too long."};
  return std::nullopt;
}

}  // namespace outpost::protocol
