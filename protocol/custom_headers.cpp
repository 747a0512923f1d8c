#include "protocol/custom_headers.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kStrictTransportSecurity = "Strict-Transport-Security";
constexpr std::array<std::string_view, 5> kNames{"X-Frame-Options", "X-XSS-Protection", "X-Content-Type-Options",
                                                 "Content-Security-Policy", kStrictTransportSecurity};

void add_item(CustomHeaders& headers, std::string_view item) {
  auto drop = [&](std::string_view why) {
    headers.problems.push_back(fmt::format("the item \"{}\" is dropped: {}", escape_control(item), why));
  };
  std::size_t colon = item.find(':');
  if (colon == std::string_view::npos) return drop("it has no colon; an item reads \"Name: value\"");
  std::string_view name = item.substr(0, colon);
  std::string_view value = trim(item.substr(colon + 1));
  const auto* known = std::find_if(kNames.begin(), kNames.end(),
                                   [&](std::string_view allowed) { return equal_ignoring_case(allowed, name); });
  if (known == kNames.end()) return drop(fmt::format("the names allowed are {}", join(kNames, ", ")));
  if (value.empty()) return drop("it has no value");
  // What could split a response never gets as far as a response.
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(value.begin(), value.end(), is_control)) return drop("its value holds a control byte");
  std::string& lines = *known == kStrictTransportSecurity ? headers.secure_lines : headers.lines;
  lines += fmt::format("{}: {}\r\n", *known, value);
}

}  // namespace

CustomHeaders parse_custom_headers(std::string_view option) {
  CustomHeaders headers;
  while (!option.empty()) {
    std::size_t end = std::min(option.find_first_of("|\n"), option.size());
    if (std::string_view item = trim(option.substr(0, end)); !item.empty()) add_item(headers, item);
    option.remove_prefix(std::min(end + 1, option.size()));
  }
  return headers;
}

}  // namespace outpost::protocol
