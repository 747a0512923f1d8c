#include "common/log_filter.h"

#include <algorithm>

#include "common/json.h"

namespace outpost {

namespace {

constexpr std::string_view kHiddenPrefix = "XXX";
constexpr std::string_view kMaskedPrefix = "MMM";

// Anywhere in a name that is without "_", "-", "." and capital letters: _device_token, secureKey, X-Api-Key.
constexpr std::string_view kSecretWords[] = {"password",   "passwd",        "passphrase", "pwd",    "secret",
                                             "token",      "authorization", "credential", "apikey", "securekey",
                                             "privatekey", "accesskey",     "deviceid",   "cookie"};
// As a whole.
constexpr std::string_view kSecretNames[] = {"pin", "auth", "pass"};
// A longer name is no word that we know.
constexpr std::size_t kJudgedBytesMax = 255;

bool is_secret(std::string_view name) {
  std::string plain;
  plain.reserve(std::min(name.size(), kJudgedBytesMax));
  for (char c : name.substr(0, kJudgedBytesMax)) {
    if (c == '_' || c == '-' || c == '.') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  auto is_in = [&](std::string_view word) { return plain.find(word) != std::string::npos; };
  return std::ranges::any_of(kSecretWords, is_in) || std::ranges::find(kSecretNames, plain) != std::end(kSecretNames);
}

// What was sent as a form and is none becomes one name. Data in the logs would be the price of showing it.
constexpr std::string_view kNeverInNames = "{\"=";

// No deeper than parse_json() lets a text be.
void write_filtered(JsonWriter& out, const JsonValue& value);

void write_text(JsonWriter& out, const std::string& text) {
  // An object that was sent inside another one is kept as its text.
  out.value(may_be_json(text) ? filtered_json(text) : text);
}

void write_filtered(JsonWriter& out, const JsonValue& value) {
  if (const auto* object = std::get_if<JsonValue::Object>(&value.value)) {
    out.begin_object();
    for (const auto& [name, member] : *object) {
      LogView view = log_view(name);
      if (view == LogView::hidden) continue;
      out.key(name);
      view == LogView::masked ? void(out.value(kMaskedValue)) : write_filtered(out, member);
    }
    out.end_object();
  } else if (const auto* array = std::get_if<JsonValue::Array>(&value.value)) {
    out.begin_array();
    for (const JsonValue& one : *array) write_filtered(out, one);
    out.end_array();
  } else if (const auto* text = std::get_if<std::string>(&value.value)) {
    write_text(out, *text);
  } else {
    out.value(value);
  }
}

}  // namespace

LogView log_view(std::string_view name) {
  // An option "XXX_pin" of a service travels on as the parameter "_XXX_pin".
  if (name.starts_with('_')) name.remove_prefix(1);
  if (name.starts_with(kHiddenPrefix) || name.find_first_of(kNeverInNames) != std::string_view::npos) {
    return LogView::hidden;
  }
  return name.starts_with(kMaskedPrefix) || is_secret(name) ? LogView::masked : LogView::shown;
}

bool may_be_json(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// Each text in it is shorter than it is, so the depth of the calls is bounded with its length; escapes double from one
// level to the next, so it is some sixteen.
std::string filtered_json(std::string_view json) {
  if (json.size() > kFilteredBytesMax) return std::string(kMaskedValue);
  auto value = parse_json(json);
  if (!value) return std::string(kMaskedValue);
  JsonWriter out;
  out.reserve(json.size());
  write_filtered(out, *value);
  return out.take();
}

}  // namespace outpost
