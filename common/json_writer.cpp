// Writing JSON; json.cpp reads it.
#include "common/json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "common/text.h"

namespace outpost {

namespace {

// Each byte that begins no character becomes U+FFFD.
std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t n = 1;
    while (n <= 4 && !(n <= text.size() && is_utf8(text.substr(0, n)))) ++n;
    if (n > 4) {
      out += "\xEF\xBF\xBD";
      n = 1;
    } else {
      out += text.substr(0, n);
    }
    text.remove_prefix(n);
  }
  return out;
}

// Whether any of eight bytes is no printable ASCII, a quote or a backslash.
bool has_special(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  std::uint64_t bytes;
  std::memcpy(&bytes, eight, sizeof bytes);
  // The high bit of each byte below `limit`, and perhaps of one above it: exact for the question whether there is one.
  auto below = [](std::uint64_t word, std::uint64_t limit) { return (word - kOnes * limit) & ~word; };
  std::uint64_t found = bytes | below(bytes, ' ') | below(bytes ^ (kOnes * '"'), 1) | below(bytes ^ (kOnes * '\\'), 1);
  return (found & kHighs) != 0;
}

// Whether every byte stands for itself. Most texts are such, and most have a few words of eight bytes.
bool needs_no_escape(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (text.size() < kWord) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  }
  for (std::size_t i = 0; i + kWord <= text.size(); i += kWord) {
    if (has_special(text.data() + i)) return false;
  }
  return !has_special(text.data() + text.size() - kWord);  // the last ones, some for the second time
}

void append_as_json(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (auto byte = static_cast<unsigned char>(c); byte < ' ') {
          out += "\\u00";
          out += kDigits[byte / 16];
          out += kDigits[byte % 16];
        } else {
          out += c;
        }
    }
  }
}

}  // namespace

void JsonWriter::grow(std::size_t bytes) {
  constexpr std::size_t kFirstBytes = 256;
  text_.resize(std::max({2 * text_.size(), used_ + bytes, kFirstBytes}));
}

void JsonWriter::put(char c) {
  *room(1) = c;
  ++used_;
}

void JsonWriter::put(std::string_view bytes) { used_ += bytes.copy(room(bytes.size()), bytes.size()); }

template <class Int>
void JsonWriter::put_integer(Int number) {
  constexpr std::size_t kDigitsMax = 20;
  begin_value();
  char* at = room(kDigitsMax);
  used_ += static_cast<std::size_t>(std::to_chars(at, at + kDigitsMax, number).ptr - at);
}

void JsonWriter::begin_value() {
  if (comma_due_) put(',');
  comma_due_ = true;
}

void JsonWriter::open(char bracket) {
  begin_value();
  put(bracket);
  comma_due_ = false;
}

void JsonWriter::close(char bracket) {
  put(bracket);
  comma_due_ = true;
}

void JsonWriter::string(std::string_view text) {
  begin_value();
  if (needs_no_escape(text)) return quoted(text);
  std::string escaped;
  append_as_json(escaped, is_utf8(text) ? text : std::string_view(repaired(text)));
  quoted(escaped);
}

void JsonWriter::quoted(std::string_view text) {
  char* at = room(text.size() + 2);
  at[0] = '"';
  text.copy(at + 1, text.size());
  at[text.size() + 1] = '"';
  used_ += text.size() + 2;
}

JsonWriter& JsonWriter::begin_object() {
  open('{');
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  close('}');
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  open('[');
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  close(']');
  return *this;
}
JsonWriter& JsonWriter::key(std::string_view key) {
  string(key);
  put(':');
  comma_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  string(text);
  return *this;
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  put_integer(number);
  return *this;
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
  put_integer(number);
  return *this;
}
JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();  // JSON has no word for it
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer>(buffer).Double(number);
  return raw({buffer.GetString(), buffer.GetSize()});
}
JsonWriter& JsonWriter::value(bool flag) { return raw(flag ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }
JsonWriter& JsonWriter::raw(std::string_view json) {
  begin_value();
  put(json);
  return *this;
}

// Without recursion: a value may be deeper than parse_json() would make it.
JsonWriter& JsonWriter::value(const JsonValue& root) {
  struct Open {
    const JsonValue* container;
    std::size_t next;
  };
  std::vector<Open> stack;
  auto begin = [&](const JsonValue& value) {
    switch (value.kind()) {
      case JsonValue::Kind::null: null(); break;
      case JsonValue::Kind::boolean: this->value(std::get<bool>(value.value)); break;
      case JsonValue::Kind::integer: this->value(std::get<std::int64_t>(value.value)); break;
      case JsonValue::Kind::real: this->value(std::get<double>(value.value)); break;
      case JsonValue::Kind::string: this->value(std::get<std::string>(value.value)); break;
      case JsonValue::Kind::array:
        begin_array();
        stack.push_back({&value, 0});
        break;
      case JsonValue::Kind::object:
        begin_object();
        stack.push_back({&value, 0});
        break;
    }
  };
  begin(root);
  while (!stack.empty()) {
    const JsonValue& container = *stack.back().container;
    std::size_t i = stack.back().next++;
    if (const auto* array = std::get_if<JsonValue::Array>(&container.value)) {
      if (i < array->size()) {
        begin((*array)[i]);
        continue;
      }
      end_array();
    } else {
      const auto& members = std::get<JsonValue::Object>(container.value);
      if (i < members.size()) {
        key(members[i].first);
        begin(members[i].second);
        continue;
      }
      end_object();
    }
    stack.pop_back();
  }
  return *this;
}

std::string JsonWriter::take() {
  comma_due_ = false;
  text_.resize(std::exchange(used_, 0));
  return std::exchange(text_, {});
}

}  // namespace outpost
