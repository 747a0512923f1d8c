#include "proxy/mobile/cookies.h"

#include <algorithm>

#include "common/digest.h"
#include "common/text.h"

namespace outpost::proxy {

namespace {

constexpr std::size_t kIdLetters = 26;  // of 32: 130 bits
constexpr std::size_t kIdBytesMax = 64;

// Whether the id of a client's cookie may go back to it.
bool is_id(std::string_view text) {
  auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kIdBytesMax && std::ranges::all_of(text, is_allowed);
}

// The value of a cookie; empty when there is none. Several Cookie headers arrive joined with commas.
std::string_view cookie_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    std::size_t end = std::min(header.find_first_of(";,"), header.size());
    std::string_view pair = trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

// The first dot ends it, as it does for balancers.
std::string_view id_of(std::string_view value) { return value.substr(0, value.find('.')); }

}  // namespace

std::string new_cookie_id() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  auto random = random_bytes(kIdLetters);
  if (!random) return {};
  std::string id;
  for (char byte : *random) id += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  return id;
}

std::string cookie_lines(std::string_view header, const protocol::MobileEdge& edge, std::string (*make_id)()) {
  std::string id;
  for (const std::string& name : edge.cookie_names) {
    std::string_view sent = id_of(cookie_of(header, name));
    if (!id.empty() || !is_id(sent)) continue;
    id = sent;
  }
  if (id.empty()) id = make_id();
  if (id.empty()) return {};
  std::string value = edge.worker_name.empty() ? id : id + "." + edge.worker_name;
  std::string lines;
  for (const std::string& name : edge.cookie_names) {
    if (cookie_of(header, name) == value) continue;
    lines += "Set-Cookie: ";
    lines += name;
    lines += '=';
    lines += value;
    lines += "; Path=/genesys; HttpOnly";
    lines += edge.secure_cookie ? "; Secure\r\n" : "\r\n";
  }
  return lines;
}

}  // namespace outpost::proxy
