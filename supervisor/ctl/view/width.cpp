#include "supervisor/ctl/view/width.h"

#include <fmt/core.h>

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <vector>

#include "common/unicode.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::string_view kColourEnd = "\x1b[0m";

// The C library knows the widths of its Unicode version, in a locale that has the characters. The person's own may not.
class CharacterWidths {
 public:
  CharacterWidths() : before_(locale() ? uselocale(locale()) : nullptr) {}
  ~CharacterWidths() {
    if (before_) uselocale(before_);
  }
  CharacterWidths(const CharacterWidths&) = delete;
  CharacterWidths& operator=(const CharacterWidths&) = delete;

  [[nodiscard]] std::size_t of(char32_t c) const {
    if (c >= 0x20 && c < 0x7F) return 1;
    int width = before_ ? wcwidth(static_cast<wchar_t>(c)) : is_invisible(c) ? 0 : 1;
    return static_cast<std::size_t>(std::max(width, 0));
  }

 private:
  static locale_t locale() {
    static const locale_t kCharacters = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kCharacters;
  }

  locale_t before_;
};

// Bytes of the colour sequence (CSI ... m) that a text begins with, 0 for none.
std::size_t colour_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != text.npos && text[end] == 'm' ? end + 1 : 0;
}

// Calls `each` with the bytes and the columns of each character until it returns false; returns the bytes that were
// passed.
template <class Each>
std::size_t for_each_character(std::string_view text, const Each& each) {
  const CharacterWidths widths;
  std::size_t at = 0;
  while (at < text.size()) {
    std::string_view rest = text.substr(at);
    std::size_t bytes = colour_bytes(rest);
    std::size_t columns = 0;
    if (bytes == 0) {
      CodePoint c = first_code_point(rest);
      bytes = c.bytes;
      columns = widths.of(c.value);
    }
    if (!each(columns)) break;
    at += bytes;
  }
  return at;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_character(text, [&](std::size_t columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t bytes = for_each_character(text, [&](std::size_t more) { return (width += more) <= columns; });
  std::string out(text.substr(0, bytes));
  bool coloured = bytes < text.size() && out.find("\x1b[") != out.npos;
  return coloured ? out.append(kColourEnd) : out;
}

std::string fit(std::string_view text, std::size_t columns, std::size_t rows) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::size_t shown = lines.size() <= rows ? lines.size() : rows - std::min<std::size_t>(rows, 1);
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) out += cut_to_width(lines[i], columns) + "\n";
  if (shown < lines.size()) out += cut_to_width(fmt::format("... {} more lines", lines.size() - shown), columns) + "\n";
  return out;
}

}  // namespace outpost::supervisor::ctl
