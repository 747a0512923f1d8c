#include "common/excerpt.h"

#include "common/text.h"

namespace outpost {

std::string excerpt(std::string_view text, std::size_t bytes_max) {
  std::string_view shown = text.substr(0, utf8_prefix(text.substr(0, bytes_max)));
  return escape_control(shown) + (shown.size() < text.size() ? "..." : "");
}

}  // namespace outpost
