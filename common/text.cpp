#include "common/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

namespace outpost {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Bytes of ASCII at the front, in words of eight: most texts are nothing else.
std::size_t ascii_words(std::string_view text) {
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  std::size_t good = 0;
  for (std::uint64_t word; text.size() - good >= sizeof word; good += sizeof word) {
    std::memcpy(&word, text.data() + good, sizeof word);
    if ((word & kHighs) != 0) break;
  }
  return good;
}

// Length of the well-formed sequence at the front, 0 when there is none. Table 3-7 of the Unicode standard.
std::size_t utf8_sequence(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// Length of the control character at the front, 0 when there is none.
std::size_t control_sequence(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x20 || lead == 0x7F) return 1;
  if (lead == 0xC2 && text.size() > 1 && static_cast<unsigned char>(text[1]) - 0x80U < 0x20U) return 2;
  return text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9") ? 3 : 0;
}

// Whether a backslash or a control character can begin here. Most text has no such byte.
bool may_be_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == '\\' || byte == 0x7F || byte == 0xC2 || byte == 0xE2;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

bool is_utf8(std::string_view text) noexcept { return utf8_prefix(text) == text.size(); }

std::size_t utf8_prefix(std::string_view text) noexcept {
  std::size_t good = 0;
  while (good < text.size()) {
    if (std::size_t ascii = ascii_words(text.substr(good)); ascii > 0) {
      good += ascii;
      continue;
    }
    std::size_t n = utf8_sequence(text.substr(good));
    if (n == 0) break;
    good += n;
  }
  return good;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto* found = std::find_if(text.begin(), text.end(), [](char c) { return may_be_control(c); });
    out.append(text.begin(), found);
    text.remove_prefix(static_cast<std::size_t>(found - text.begin()));
    if (text.empty()) return;
    std::size_t n = control_sequence(text);
    if (text[0] == '\\') {
      out += "\\\\";
    } else if (n == 0) {
      out += text[0];
    }
    for (char c : text.substr(0, n)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kWordBytesMax = 64;  // the work grows with the square of the length
  if (word.size() > kWordBytesMax) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    // Something of the word must be left, or "x" would become "tz".
    std::size_t limit = std::min(best_distance, std::max(word.size(), candidate.size()));
    if (std::size_t distance = edit_distance(word, candidate); distance < limit) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> found;
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(','));
    found.emplace_back(name);
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
  return found;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return value == static_cast<double>(static_cast<std::uint64_t>(value))
             ? fmt::format("{:.0f} {}", value, kUnits[unit])
             : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace outpost
