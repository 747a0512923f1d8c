#include "proxy/mobile/attachment.h"

#include "common/percent_encode.h"
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

std::string encoded_name(std::string_view name) {
  constexpr std::string_view kAttributeMarks = "!#$&+-.^_`|~";  // RFC 8187 3.2.1: attr-char
  std::string shown(name);
  std::erase_if(shown, is_control_byte);
  std::string out;
  append_percent_encoded(out, shown, kAttributeMarks);
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
