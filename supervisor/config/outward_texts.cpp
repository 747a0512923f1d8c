#include "supervisor/config/outward_texts.h"

#include <algorithm>
#include <utility>

#include "common/networks.h"
#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kSecure = "https://";
constexpr std::string_view kClear = "http://";

// What follows the scheme; nothing of another scheme.
std::string_view behind_scheme(std::string_view text) {
  for (std::string_view scheme : {kSecure, kClear}) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return {};
}

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    return address && !address->is_v4;
  }
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_port(std::string_view text) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto number = parse_integer(text);
  return std::ranges::all_of(text, is_digit) && number && *number >= 1 && *number <= 65'535;
}

// The next word of a list, and what is behind its comma.
std::pair<std::string_view, std::string_view> next_word(std::string_view list) {
  std::size_t comma = std::min(list.find(','), list.size());
  return {trim(list.substr(0, comma)), list.substr(std::min(comma + 1, list.size()))};
}

}  // namespace

std::string http_url_fault(std::string_view text) {
  if (text.empty()) return "";
  if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; })) {
    return "holds a character that no address has, which is written as %XX there, or in punycode";
  }
  std::string_view rest = behind_scheme(text);
  if (rest.empty()) return "is no address of http or https";
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) {
    return "holds a user or password, which would be shown; an Authorization in http-custom-headers of http-client is "
           "not";
  }
  if (rest.find('#') != std::string_view::npos) return "holds a # and so a part that is never sent";
  if (rest.find('\\') != std::string_view::npos) return "holds a backslash, which no address has";
  std::size_t colon = authority.rfind(':');
  if (authority.ends_with(']')) colon = std::string_view::npos;
  if (!is_host(authority.substr(0, colon))) return "names no host";
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return "has no port behind its colon";
  return "";
}

std::string shown_http_url(const std::string& text) {
  std::size_t begin = text.find("//");
  begin = begin == std::string::npos ? 0 : begin + 2;
  std::size_t query = std::min(text.find_first_of("?#"), text.size());
  // In one that cannot be read, whatever is before an @ may be a password.
  std::size_t at = text.rfind('@', query);
  std::string shown = at == std::string::npos || at < begin
                          ? text.substr(0, query)
                          : text.substr(0, begin) + "***" + text.substr(at, query - at);
  return query < text.size() ? shown + text[query] + "***" : shown;
}

std::string word_list_fault(std::string_view list, std::span<const std::string_view> words) {
  std::string fault;
  while (fault.empty() && !list.empty()) {
    auto [word, rest] = next_word(list);
    list = rest;
    if (std::ranges::find(words, word) != words.end()) continue;
    std::string_view near = nearest(word, words);
    fault = word.empty()   ? "has a comma without a word"
            : near.empty() ? fmt::format("has the word {}, which is none of them", word)
                           : fmt::format("has the word {}, where {} may be meant", word, near);
  }
  return fault;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    auto [one, rest] = next_word(list);
    if (one == word) return true;
    list = rest;
  }
  return false;
}

}  // namespace outpost::supervisor
