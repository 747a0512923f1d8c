// JSON through RapidJSON: read without recursion, with UTF-8 checked, depth limited and positions kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"

namespace outpost {

// A parsed document. Numbers are exact: an integer that fits int64 is integer, everything else is the nearest double; a
// number too large or too small for a double is refused.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Member = std::pair<std::string, JsonValue>;
  using Object = std::vector<Member>;  // in document order; duplicate keys are a parse error

  enum class Kind : std::uint8_t { null, boolean, integer, real, string, array, object };
  [[nodiscard]] Kind kind() const { return static_cast<Kind>(value.index()); }
  // "a string", "an object", ... for error texts.
  [[nodiscard]] std::string_view kind_name() const;
  [[nodiscard]] const JsonValue* find(std::string_view key) const;  // nullptr when absent or no object

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value = nullptr;
  int line = 0;  // of its first character, from 1
};

struct JsonLimits {
  std::size_t bytes_max = 16 * 1024 * 1024;
  std::size_t depth_max = 32;
  bool comments = false;  // // and /* */ allowed
};

// The error text names line and column (in characters, from 1) and what was expected. Refuses trailing bytes, NULs and
// a cut-off byte-order mark (a whole one is skipped).
Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits = {});

// Line and column of a byte offset, both from 1.
std::pair<int, int> line_and_column(std::string_view text, std::size_t offset);

// Builds compact JSON text. Strings must be UTF-8; bytes that are not become U+FFFD.
class JsonWriter {
 public:
  // For a text of about this many bytes, so that it is not moved while it grows.
  void reserve(std::size_t bytes) { room(bytes); }
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view key);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool flag);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // well-formed JSON made elsewhere
  JsonWriter& value(const JsonValue& value);
  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    key(name);
    return value(v);
  }
  [[nodiscard]] std::string take();

 private:
  // Where so many bytes may be written.
  char* room(std::size_t bytes) {
    if (text_.size() - used_ < bytes) grow(bytes);
    return text_.data() + used_;
  }
  void grow(std::size_t bytes);
  void put(char c);
  void put(std::string_view bytes);
  template <class Int>
  void put_integer(Int number);
  void begin_value();
  void open(char bracket);
  void close(char bracket);
  void string(std::string_view text);
  void quoted(std::string_view text);

  std::string text_;        // as large as there is room
  std::size_t used_ = 0;    // bytes at its front that are written
  bool comma_due_ = false;  // before the next value or key
};

}  // namespace outpost
