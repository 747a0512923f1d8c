#include "protocol/channel/request_ids.h"

#include <fmt/core.h>

#include <algorithm>

namespace outpost::protocol {

namespace {

bool is_id_byte(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\'; }

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_all(std::string_view text, char byte) { return text.find_first_not_of(byte) == std::string_view::npos; }

}  // namespace

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kRequestIdBytesMax && std::ranges::all_of(text, is_id_byte);
}

bool is_traceparent(std::string_view text) noexcept {
  constexpr std::string_view kForm = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  if (text.size() < kForm.size() || text.size() > kRequestIdBytesMax) return false;
  bool formed = std::equal(kForm.begin(), kForm.end(), text.begin(),
                           [](char form, char c) { return form == 'h' ? is_hex_digit(c) : c == form; });
  if (!formed || is_all(text.substr(3, 32), '0') || is_all(text.substr(36, 16), '0')) return false;
  std::string_view version = text.substr(0, 2);
  std::string_view rest = text.substr(kForm.size());
  if (version == "ff") return false;
  return rest.empty() || (version != "00" && rest.front() == '-' && std::ranges::all_of(rest, is_id_byte));
}

std::string ids_text(const RequestIds& ids) {
  std::string out;
  if (!ids.request_id.empty()) out += fmt::format("request id \"{}\"", ids.request_id);
  if (ids.traceparent.empty()) return out;
  return out + fmt::format("{}traceparent \"{}\"", out.empty() ? "" : ", ", ids.traceparent);
}

}  // namespace outpost::protocol
