// Writing JSON; json.cpp reads it.
#include "common/json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

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

}  // namespace

struct JsonWriter::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};

  // A view without bytes may have no address, which RapidJSON does not take.
  void string(std::string_view text) {
    writer.String(text.empty() ? "" : text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() {
  impl_->writer.StartObject();
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  impl_->writer.EndObject();
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  impl_->writer.StartArray();
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  impl_->writer.EndArray();
  return *this;
}
JsonWriter& JsonWriter::key(std::string_view key) { return value(key); }

JsonWriter& JsonWriter::value(std::string_view text) {
  if (is_utf8(text)) {
    impl_->string(text);
  } else {
    impl_->string(repaired(text));
  }
  return *this;
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  impl_->writer.Int64(number);
  return *this;
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
  impl_->writer.Uint64(number);
  return *this;
}
JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();  // JSON has no word for it
  impl_->writer.Double(number);
  return *this;
}
JsonWriter& JsonWriter::value(bool flag) {
  impl_->writer.Bool(flag);
  return *this;
}
JsonWriter& JsonWriter::null() {
  impl_->writer.Null();
  return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
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
  std::string text(impl_->buffer.GetString(), impl_->buffer.GetSize());
  impl_->buffer.Clear();
  impl_->writer.Reset(impl_->buffer);
  return text;
}

}  // namespace outpost
