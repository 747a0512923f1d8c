// What a person sees of a text: which of its characters are white space, cannot be seen, or only separate.
//
// Source: Unicode 15.0, PropList.txt (White_Space), DerivedCoreProperties.txt (Default_Ignorable_Code_Point) and
// UnicodeData.txt (general categories).
#pragma once

#include <string_view>

namespace outpost {

// U+FEFF in UTF-8, which some editors write in front of a text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};
// The first of a text that is not empty. A byte that begins no well-formed UTF-8 is U+FFFD, which can be seen.
CodePoint first_code_point(std::string_view text) noexcept;

// What ends or moves a line, rings or deletes: categories Cc, Zl and Zp.
bool is_control(char32_t c) noexcept;
// White space, controls, and what is shown as nothing: zero-width characters, the marks of text direction, fillers.
bool is_invisible(char32_t c) noexcept;
// Punctuation and symbols, of ASCII and of what people and their programs put into phone numbers.
bool is_punctuation(char32_t c) noexcept;

// Nothing that a person could see: empty, or invisible characters only.
bool is_blank(std::string_view text) noexcept;
bool has_control(std::string_view text) noexcept;
// Without the invisible characters at both ends.
std::string_view trim_invisible(std::string_view text) noexcept;

}  // namespace outpost
