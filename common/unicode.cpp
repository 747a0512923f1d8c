#include "common/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "common/text.h"

namespace outpost {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kInvisibleRanges[] = {
    {0x0000, 0x0020},    // controls, tab, line ends, blank
    {0x007F, 0x00A0},    // DEL, C1 controls with NEL; no-break space
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x1680, 0x1680},    // Ogham space mark
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian variation selectors and vowel separator
    {0x2000, 0x200F},    // spaces of all widths, zero-width space and joiners, LRM, RLM
    {0x2028, 0x202F},    // line and paragraph separator, embeddings and overrides of direction, narrow no-break space
    {0x205F, 0x206F},    // mathematical space, word joiner, invisible operators, isolates of direction
    {0x2800, 0x2800},    // Braille pattern blank: a symbol by its category, and nothing to the eye
    {0x3000, 0x3000},    // ideographic space
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // zero-width no-break space, the byte order mark
    {0xFFA0, 0xFFA0},    // half-width Hangul filler
    {0xFFF0, 0xFFFB},    // reserved as ignorable; interlinear annotation (Cf)
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags, variation selectors supplement
};

constexpr Range kPunctuationRanges[] = {
    {0x0021, 0x002F},    // ! " # $ % & ' ( ) * + , - . /
    {0x003A, 0x0040},    // : ; < = > ? @
    {0x005B, 0x0060},    // [ \ ] ^ _ `
    {0x007B, 0x007E},    // { | } ~
    {0x00A1, 0x00A9},    // Latin-1, but for its letters and numbers
    {0x00AB, 0x00B1},    // (the soft hyphen among them cannot be seen)
    {0x00B4, 0x00B4},    // acute accent
    {0x00B6, 0x00B8},    // pilcrow, middle dot, cedilla
    {0x00BB, 0x00BB},    // guillemet
    {0x00BF, 0x00BF},    // inverted question mark
    {0x00D7, 0x00D7},    // multiplication sign
    {0x00F7, 0x00F7},    // division sign
    {0x02C2, 0x02DF},    // modifier arrows, tilde, accents
    {0x05BE, 0x05BE},    // Hebrew maqaf
    {0x060C, 0x060D},    // Arabic comma, date separator
    {0x066A, 0x066D},    // Arabic percent sign, separators, star
    {0x2010, 0x2027},    // hyphens and dashes, quotation marks, bullets, ellipsis
    {0x2030, 0x205E},    // per mille to vertical four dots
    {0x20A0, 0x20CF},    // currency signs
    {0x20D0, 0x20FF},    // what encloses a character: a keycap
    {0x2116, 0x2117},    // numero sign
    {0x2120, 0x2122},    // service mark, TEL sign, trade mark
    {0x2190, 0x23FF},    // arrows, mathematical operators with the minus sign, technical signs
    {0x2400, 0x243F},    // control pictures
    {0x2500, 0x2775},    // boxes, shapes, telephones, ornaments
    {0x2794, 0x2BFF},    // arrows and further symbols
    {0x2E00, 0x2E7F},    // supplemental punctuation
    {0x3001, 0x3003},    // ideographic comma and full stop
    {0x3008, 0x3020},    // ideographic brackets, wave dash, postal mark
    {0x3030, 0x3030},    // wavy dash
    {0x30A0, 0x30A0},    // Katakana double hyphen
    {0x30FB, 0x30FB},    // Katakana middle dot
    {0xFE10, 0xFE19},    // vertical forms
    {0xFE30, 0xFE6F},    // compatibility and small forms
    {0xFF01, 0xFF0F},    // full-width forms of ASCII
    {0xFF1A, 0xFF20},    // the same
    {0xFF3B, 0xFF40},    // the same
    {0xFF5B, 0xFF65},    // the same, and half-width Katakana punctuation
    {0xFFE0, 0xFFEE},    // full-width signs
    {0x1F000, 0x1FAFF},  // pictographs
};

constexpr bool is_in_order(std::span<const Range> ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last)) return false;
  }
  return true;
}
static_assert(is_in_order(kInvisibleRanges) && is_in_order(kPunctuationRanges));

// Nearly all that is asked about is ASCII, for which there is a table in place of a search.
class Characters {
 public:
  constexpr explicit Characters(std::span<const Range> ranges) : ranges_(ranges) {
    for (std::size_t c = 0; c < ascii_.size(); ++c) ascii_[c] = is_in_range(static_cast<char32_t>(c));
  }
  [[nodiscard]] constexpr bool contains(char32_t c) const noexcept {
    return c < ascii_.size() ? ascii_[c] : is_in_range(c);
  }

 private:
  [[nodiscard]] constexpr bool is_in_range(char32_t c) const noexcept {
    auto found = std::ranges::lower_bound(ranges_, c, {}, &Range::last);
    return found != ranges_.end() && found->first <= c;
  }

  std::span<const Range> ranges_;
  std::array<bool, 0x80> ascii_{};
};
constexpr Characters kInvisible(kInvisibleRanges);
constexpr Characters kPunctuation(kPunctuationRanges);

bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

// Whether one of its characters is so.
template <class Is>
bool any_of(std::string_view text, Is&& is) noexcept {
  while (!text.empty()) {
    CodePoint c = first_code_point(text);
    if (is(c.value)) return true;
    text.remove_prefix(c.bytes);
  }
  return false;
}

}  // namespace

CodePoint first_code_point(std::string_view text) noexcept {
  auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::string_view sequence = text.substr(0, bytes);
  if (sequence.size() < bytes || !is_utf8(sequence)) return {0xFFFD, 1};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (char c : sequence.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return {value, bytes};
}

bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

bool is_invisible(char32_t c) noexcept { return kInvisible.contains(c); }

bool is_punctuation(char32_t c) noexcept { return kPunctuation.contains(c); }

bool is_blank(std::string_view text) noexcept {
  return !any_of(text, [](char32_t c) { return !is_invisible(c); });
}

bool has_control(std::string_view text) noexcept {
  return any_of(text, [](char32_t c) { return is_control(c); });
}

std::string_view trim_invisible(std::string_view text) noexcept {
  while (!text.empty()) {
    CodePoint c = first_code_point(text);
    if (!is_invisible(c.value)) break;
    text.remove_prefix(c.bytes);
  }
  // An ASCII byte is a character by itself, also from behind; what ends with another is read from the front.
  while (!text.empty() && is_ascii(text.back()) && kInvisible.contains(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  if (text.empty() || is_ascii(text.back())) return text;
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    CodePoint c = first_code_point(text.substr(at));
    at += c.bytes;
    if (!is_invisible(c.value)) end = at;
  }
  return text.substr(0, end);
}

}  // namespace outpost
