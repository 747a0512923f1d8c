// Small questions about text.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outpost {

// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text) noexcept;
// UTF-8 without NUL.
inline bool is_plain_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }
// How many bytes at the front are well-formed UTF-8.
std::size_t utf8_prefix(std::string_view text) noexcept;
// ASCII only: other bytes compare as they are.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text) noexcept;  // blanks, tabs, CR, LF at both ends
// The whole text as a decimal integer with an optional minus; nothing when it is anything else or does not fit.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
// Control bytes and DEL as \xNN, a backslash doubled, so that no input can forge a log line; other bytes unchanged. So
// are the bytes of U+0080 to U+009F, U+2028 and U+2029, which some terminals and readers obey too.
// Source: ocs.md section 8.
std::string escape_control(std::string_view text);
// Appends the same to `out`.
void append_escaped(std::string& out, std::string_view text);
// The candidate nearest to `word` by edit distance, or empty when none is near enough to be a slip of the hand.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);
// The items as fmt shows them, the separator between them.
template <class Items>
std::string join(const Items& items, std::string_view separator) {
  std::string out;
  std::string_view before;
  for (const auto& item : items) {
    fmt::format_to(std::back_inserter(out), "{}{}", before, item);
    before = separator;
  }
  return out;
}
// What commas separate, empty parts too but for a last one.
std::vector<std::string> split_names(std::string_view names);
// "4 KiB", "1.5 MiB".
std::string human_bytes(std::uint64_t bytes);

}  // namespace outpost
