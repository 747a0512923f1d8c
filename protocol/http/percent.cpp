#include "protocol/http/percent.h"

#include "common/text.h"

namespace outpost::protocol {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

}  // namespace

std::optional<std::string> decode_percent(std::string_view raw, UriPart part) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '%') {
      if (raw.size() - i < 3) return std::nullopt;
      int high = hex_digit(raw[i + 1]);
      int low = hex_digit(raw[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '\0' || (part != UriPart::form && is_blank_or_control(c))) {
      return std::nullopt;
    } else {
      out += part != UriPart::path && c == '+' ? ' ' : c;
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace outpost::protocol
