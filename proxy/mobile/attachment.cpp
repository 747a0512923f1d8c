#include "proxy/mobile/attachment.h"

#include "common/text.h"

namespace outpost::proxy {

namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_control_byte(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// For clients that know filename alone: "_" for each character that is not ASCII.
std::string plain_name(std::string_view name) {
  std::string out;
  for (char c : name) {
    bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (is_control_byte(c) || continues) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += is_ascii(c) ? c : '_';
  }
  return out;
}

// RFC 8187 3.2.1: attr-char as it is.
std::string encoded_name(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kOthers = "!#$&+-.^_`|~";
  std::string out;
  for (char c : name) {
    if (is_control_byte(c)) continue;
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 kOthers.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte / 16];
    out += kDigits[byte % 16];
  }
  return out;
}

}  // namespace

std::string attachment_line(std::string_view file_name) {
  std::string line = "Content-Disposition: attachment";
  if (!file_name.empty()) line += "; filename=\"" + plain_name(file_name) + "\"";
  bool is_plain = file_name.find('%') == std::string_view::npos;
  for (char c : file_name) is_plain = is_plain && is_ascii(c);
  if (!is_plain && is_utf8(file_name)) line += "; filename*=UTF-8''" + encoded_name(file_name);
  return line + "\r\n";
}

}  // namespace outpost::proxy
