#include "supervisor/store/contact_key.h"

#include <optional>

#include "common/unicode.h"

namespace outpost::supervisor {

namespace {

// Full-width forms and decimal digits of other scripts as their ASCII; A to Z as a to z.
char32_t fold(char32_t c) {
  constexpr char32_t kFullWidthOffset = 0xFF01 - U'!';
  if (c >= 0xFF01 && c <= 0xFF5E) c -= kFullWidthOffset;
  if (c == 0xFE62) c = U'+';                           // small plus sign
  if (c == 0xFE6B) c = U'@';                           // small commercial at
  for (char32_t zero : {0x0660U, 0x06F0U, 0x0966U}) {  // Arabic-Indic, extended Arabic-Indic, Devanagari
    if (c >= zero && c <= zero + 9) c = c - zero + U'0';
  }
  return c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
}

// Letters and punctuation of other scripts that people write between digits as they would a hyphen.
bool is_hyphen(char32_t c) { return c == 0x30FC || c == 0xFF70 || c == 0x1806; }

bool is_kept_of_phone(char32_t c, bool first) {
  if (c == U'+') return first;
  if (is_hyphen(c)) return false;
  return c == U'*' || c == U'#' || !is_punctuation(c);
}

// The folded characters that can be seen and that `keep(c, first)` keeps.
template <class Keep>
std::string kept(std::string_view value, Keep&& keep) {
  std::string key;
  for (std::string_view rest = value; !rest.empty();) {
    CodePoint seen = first_code_point(rest);
    std::string_view bytes = rest.substr(0, seen.bytes);
    rest.remove_prefix(seen.bytes);
    char32_t c = fold(seen.value);
    if (is_invisible(c) || !keep(c, key.empty())) continue;
    c < 0x80 ? void(key += static_cast<char>(c)) : void(key += bytes);
  }
  return key;
}

// No number that is dialled begins with a letter, a name of instant messaging does.
bool is_address(std::string_view visible) {
  bool letter = !visible.empty() && visible[0] >= 'a' && visible[0] <= 'z';
  return letter || visible.find('@') != std::string_view::npos;
}

// The same as below in one pass, of what nearly all phones are: ASCII without letters and @, something of it kept.
std::optional<std::string> plain_phone_key(std::string_view phone) {
  std::string key;
  for (char byte : phone) {
    char32_t c = static_cast<unsigned char>(byte);
    if (c >= 0x80 || c == U'@' || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z')) return std::nullopt;
    if (!is_invisible(c) && is_kept_of_phone(c, key.empty())) key += byte;
  }
  return key.empty() ? std::nullopt : std::optional(std::move(key));
}

std::string phone_key(std::string_view phone) {
  if (auto plain = plain_phone_key(phone)) return *std::move(plain);
  constexpr std::string_view kScheme = "tel:";  // RFC 3966
  std::string visible = kept(phone, [](char32_t, bool) { return true; });
  if (visible.empty()) return std::string(phone);
  if (visible.starts_with(kScheme)) visible.erase(0, kScheme.size());
  if (is_address(visible)) return visible;
  std::string key = kept(visible, is_kept_of_phone);
  return key.empty() ? visible : key;
}

}  // namespace

std::string contact_key(ContactKind kind, std::string_view value) {
  return kind == ContactKind::phone ? phone_key(value) : std::string(trim_invisible(value));
}

bool is_same_contact(ContactKind kind, std::string_view a, std::string_view b) {
  return a == b || contact_key(kind, a) == contact_key(kind, b);
}

}  // namespace outpost::supervisor
