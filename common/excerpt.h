// A text from outside, fit to stand in a sentence.
#pragma once

#include <string>
#include <string_view>

namespace outpost {

// At most `bytes_max` bytes of `text`, whole characters, with "..." in the place of what is left out; control bytes
// are escaped as escape_control() does, and it ends before bytes that are not UTF-8.
std::string excerpt(std::string_view text, std::size_t bytes_max = 64);

}  // namespace outpost
