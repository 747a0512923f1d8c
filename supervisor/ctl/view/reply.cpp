#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

template <class T>
const T* member_as(const JsonValue& object, std::string_view key) {
  const JsonValue* member = object.find(key);
  return member ? std::get_if<T>(&member->value) : nullptr;
}

}  // namespace

Result<JsonValue> read_reply(const Result<std::string>& body) {
  if (!body) return pass(body);
  auto json = parse_json(*body);
  if (!json) return fail(Errc::protocol, "the supervisor's reply cannot be read: {}", json.error().text);
  if (json->kind() != JsonValue::Kind::object) {
    return fail(Errc::protocol, "the supervisor's reply is {} where an object was expected", json->kind_name());
  }
  return std::move(*json);
}

std::int64_t integer_of(const JsonValue& object, std::string_view key) {
  const auto* number = member_as<std::int64_t>(object, key);
  return number ? *number : 0;
}

double number_of(const JsonValue& object, std::string_view key) {
  const auto* real = member_as<double>(object, key);
  return real ? *real : static_cast<double>(integer_of(object, key));
}

bool flag_of(const JsonValue& object, std::string_view key) {
  const auto* flag = member_as<bool>(object, key);
  return flag && *flag;
}

std::string text_of(const JsonValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value.value)) return fmt::format("{}", *real);
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  return {};
}

std::string text_of(const JsonValue& object, std::string_view key) {
  const JsonValue* member = object.find(key);
  return member ? text_of(*member) : std::string();
}

const JsonValue::Array& array_of(const JsonValue& object, std::string_view key) {
  static const JsonValue::Array kNone;
  const auto* array = member_as<JsonValue::Array>(object, key);
  return array ? *array : kNone;
}

JsonValue next_of(const JsonValue& page) {
  const JsonValue* next = page.find("next");
  return next ? *next : JsonValue();
}

const JsonValue::Object& object_of(const JsonValue& object, std::string_view key) {
  static const JsonValue::Object kNone;
  const auto* members = member_as<JsonValue::Object>(object, key);
  return members ? *members : kNone;
}

std::string names_in(const JsonValue& object, std::string_view key) {
  std::string names;
  auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  for (const auto& [name, value] : object_of(object, key)) add(name);
  for (const JsonValue& name : array_of(object, key)) add(text_of(name));
  return names.empty() ? "-" : names;
}

const JsonValue* find_list(const JsonValue& catalogue, std::string_view name) {
  for (const JsonValue& list : array_of(catalogue, "calling-lists")) {
    if (text_of(list, "name") == name) return &list;
  }
  return nullptr;
}

std::vector<std::string> custom_fields(const JsonValue& list) {
  std::vector<std::string> names;
  for (const JsonValue& name : array_of(list, "custom-fields")) names.push_back(text_of(name));
  return names;
}

}  // namespace outpost::supervisor::ctl
