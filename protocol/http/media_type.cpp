#include "protocol/http/media_type.h"

#include <algorithm>
#include <utility>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr std::size_t kMediaTypeBytesMax = 255;

bool is_word_byte(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_word_byte); }

void skip_blanks(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size())); }

// Behind the opening quote; up to behind the closing one. Nothing when there is none.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c == '\\' && !text.empty() && (text.front() == '"' || text.front() == '\\')) {
      c = text.front();
      text.remove_prefix(1);
    }
    value += c;
  }
  return std::nullopt;
}

struct Parameter {
  std::string_view name;
  std::string value;
};

// The next parameter, from its ";" on. Nothing, and the text as it was: there is none, or it is malformed.
std::optional<Parameter> take_parameter(std::string_view& text) {
  std::string_view rest = text;
  if (!rest.starts_with(';')) return std::nullopt;
  rest.remove_prefix(1);
  skip_blanks(rest);
  std::size_t end = std::min(rest.find_first_of("=;"), rest.size());
  if (end == rest.size() || rest[end] == ';') return std::nullopt;
  Parameter parameter{trim(rest.substr(0, end)), {}};
  rest.remove_prefix(end + 1);
  skip_blanks(rest);
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    auto value = take_quoted(rest);
    if (!value) return std::nullopt;
    parameter.value = *std::move(value);
  } else {
    std::string_view value = rest.substr(0, rest.find(';'));
    rest.remove_prefix(value.size());
    parameter.value = trim(value);
  }
  skip_blanks(rest);
  text = rest;
  return parameter;
}

std::string_view parameters_of(std::string_view header) {
  return header.substr(std::min(header.find(';'), header.size()));
}

}  // namespace

std::string_view main_value(std::string_view header) { return trim(header.substr(0, header.find(';'))); }

std::optional<std::string> parameter_of(std::string_view header, std::string_view name) {
  std::string_view rest = parameters_of(header);
  while (auto parameter = take_parameter(rest)) {
    if (equal_ignoring_case(parameter->name, name)) return std::move(parameter->value);
  }
  return std::nullopt;
}

bool is_media_type(std::string_view text) {
  auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (text.size() > kMediaTypeBytesMax || !std::ranges::all_of(text, is_printable)) return false;
  std::string_view essence = main_value(text);
  std::size_t slash = std::min(essence.find('/'), essence.size());
  if (!is_token(essence.substr(0, slash)) || !is_token(essence.substr(std::min(slash + 1, essence.size())))) {
    return false;
  }
  std::string_view rest = parameters_of(text);
  while (auto parameter = take_parameter(rest)) {
    if (!is_token(parameter->name)) return false;
  }
  return rest.empty();
}

}  // namespace outpost::protocol
