#include "protocol/outbound/exchange_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kCustomValue = "***";
constexpr std::size_t kUsualLineBytes = 48;
constexpr std::string_view kCut = "... (cut)";

// The front of a long value, without half a UTF-8 character at its end.
std::string_view shown_part(std::string_view text) {
  if (text.size() <= kLoggedValueBytesMax) return text;
  std::string_view part = text.substr(0, kLoggedValueBytesMax);
  std::size_t whole = utf8_prefix(part);
  return part.size() - whole < 4 ? part.substr(0, whole) : part;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  std::string_view shown = shown_part(text);
  auto is_quote = [](char c) { return c == '\'' || c == '"'; };
  for (;;) {
    const auto* quote = std::find_if(shown.begin(), shown.end(), is_quote);
    auto length = static_cast<std::size_t>(quote - shown.begin());
    append_escaped(out, shown.substr(0, length));
    if (quote == shown.end()) break;
    // The parser's patterns take a quote of either kind for the end of a value.
    out += *quote == '"' ? "\\x22" : "\\x27";
    shown.remove_prefix(length + 1);
  }
  if (text.size() > kLoggedValueBytesMax) out += kCut;
  out += '\'';
}

}  // namespace

FirstLine request_line(std::uint64_t connection, std::uint64_t sequence) {
  FirstLine line;
  // The spelling is part of the format.
  line.size = fmt::format_to_n(line.bytes.data(), line.bytes.size(), "HTTPProxyClient[{}.{}]::mesage received",
                               connection, sequence)
                  .size;
  return line;
}

FirstLine response_line(std::uint64_t connection, std::uint64_t sequence, int status, std::int64_t took_ms) {
  FirstLine line;
  line.size =
      fmt::format_to_n(line.bytes.data(), line.bytes.size(), "HTTPProxyClient[{}.{}]::message sent, status {}, {} ms",
                       connection, sequence, status, took_ms)
          .size;
  return line;
}

std::string attribute_lines(const Event& event, bool debug) {
  std::string out;
  out.reserve(event.size() * kUsualLineBytes);
  for (const auto& [key, value] : event) {
    out += '\t';
    // An empty pair of quotes is no key to the parser and would end the block.
    append_quoted(out, key.empty() ? std::string_view("(empty)") : std::string_view(key));
    out += '\t';
    if (!debug && !key.starts_with("GSW_")) {
      append_quoted(out, kCustomValue);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      append_quoted(out, *text);
    } else {
      fmt::format_to(std::back_inserter(out), "{}", std::get<std::int64_t>(value));
    }
    out += '\n';
  }
  return out;
}

}  // namespace outpost::protocol
