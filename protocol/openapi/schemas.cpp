#include "protocol/openapi/schemas.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "common/integers.h"
#include "common/text.h"
#include "protocol/openapi/failures.h"

namespace outpost::protocol {

namespace {

// What a value of unknown meaning may be, and so any custom field.
constexpr std::string_view kCustomSchema = "CustomValue";

std::string number_type(const Enumeration& enumeration) { return pascal_case(enumeration.name) + "Number"; }
std::string name_type(const Enumeration& enumeration) { return pascal_case(enumeration.name) + "Name"; }

void write_description(JsonWriter& out, std::string_view text) {
  if (!text.empty()) out.member("description", text);
}

// --- Attributes ------------------------------------------------------------------------------------------------------

void write_integer_bounds(JsonWriter& out, std::int64_t low, std::int64_t high) {
  out.member("minimum", low);
  out.member("maximum", high);
}

void write_text_schema(JsonWriter& out, const Attribute& attribute) {
  out.member("type", "string");
  out.member("maxLength", std::uint64_t{attribute.bytes_max});
  if (!attribute.form.empty()) {
    std::string pattern = "^";
    for (char c : attribute.form) pattern += std::isalpha(static_cast<unsigned char>(c)) ? "[0-9]" : std::string(1, c);
    out.member("pattern", pattern + "$");
  }
  write_description(out, fmt::format("{}; at most {} bytes of UTF-8", attribute.text, attribute.bytes_max));
  out.key("examples").begin_array().value(attribute.example).end_array();
}

void write_integer_schema(JsonWriter& out, const Attribute& attribute) {
  out.member("type", "integer");
  out.member("format", attribute.high > INT32_MAX ? "int64" : "int32");
  write_integer_bounds(out, attribute.low, attribute.high);
  write_description(out, attribute.text);
  out.key("examples").begin_array().value(*parse_integer(attribute.example)).end_array();
}

void write_any_schema(JsonWriter& out, std::string_view description) {
  out.key("type").begin_array().value("string").value("integer").end_array();
  write_integer_bounds(out, -kIntegerMax, kIntegerMax);
  write_description(out, description);
}

// As requests have it, which may write an enumeration either way.
void write_attribute(JsonWriter& out, const Attribute& attribute) {
  out.key(attribute.key).begin_object();
  switch (attribute.type) {
    case ValueType::text: write_text_schema(out, attribute); break;
    case ValueType::integer: write_integer_schema(out, attribute); break;
    case ValueType::any: write_any_schema(out, attribute.text); break;
    case ValueType::number_enum:
    case ValueType::name_enum:
      write_description(out, attribute.text);
      out.key("anyOf").begin_array();
      write_reference(out, "schemas", number_type(attribute.enumeration()));
      write_reference(out, "schemas", name_type(attribute.enumeration()));
      out.end_array();
      break;
  }
  out.end_object();
}

void write_numbers(JsonWriter& out, const Enumeration& enumeration) {
  std::string list;
  for (std::size_t i = 0; i < enumeration.names.size(); ++i) {
    list += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, enumeration.names[i]);
  }
  out.key(number_type(enumeration)).begin_object().member("type", "integer");
  out.member("description", fmt::format("{} by number: {}", enumeration.name, list));
  out.key("enum").begin_array();
  for (std::size_t i = 0; i < enumeration.names.size(); ++i) out.value(std::uint64_t{i});
  out.end_array().key("x-enum-varnames").begin_array();
  for (std::string_view name : enumeration.names) out.value(name);
  out.end_array().end_object();
}

void write_names(JsonWriter& out, const Enumeration& enumeration) {
  out.key(name_type(enumeration)).begin_object().member("type", "string");
  out.member("description", fmt::format("{} by name; a request may write it in any case", enumeration.name));
  out.key("enum").begin_array();
  for (std::string_view name : enumeration.names) out.value(name);
  out.end_array().end_object();
}

// Keys of requests, and of answers where these have them in the same form.
std::set<std::string_view> named_keys() {
  std::set<std::string_view> keys{"GSW_UNKNOWN_FIELDS", "GSW_ERROR"};
  for (const RequestAttribute& attribute : common_attributes()) keys.insert(attribute.key);
  for (const RequestRow& row : requests()) {
    for (const RequestAttribute& attribute : row.attributes) keys.insert(attribute.key);
  }
  for (const AnswerRow& row : answers()) {
    for (std::string_view key : row.attributes) {
      if (!find_attribute(key)->enumeration) keys.insert(key);
    }
  }
  return keys;
}

bool is_answered(std::string_view key) {
  return std::ranges::any_of(answers(),
                             [&](const AnswerRow& row) { return std::ranges::count(row.attributes, key) > 0; });
}

void write_attributes(JsonWriter& out) {
  std::set<std::string_view> named = named_keys();
  std::set<const Enumeration*> seen;
  for (const Attribute& attribute : attributes()) {
    bool is_named = named.contains(attribute.key);
    if (is_named) write_attribute(out, attribute);
    if (!attribute.enumeration || !(is_named || is_answered(attribute.key))) continue;
    if (!seen.insert(&attribute.enumeration()).second) continue;
    if (is_named || attribute.type == ValueType::number_enum) write_numbers(out, attribute.enumeration());
    if (is_named || attribute.type == ValueType::name_enum) write_names(out, attribute.enumeration());
  }
}

// --- Bodies of requests ----------------------------------------------------------------------------------------------

std::string_view meaning_of(Use use) {
  switch (use) {
    case Use::path: return "what the path says; may be left out";
    case Use::target: return "names the target once more; error 106 when it contradicts";
    case Use::mandatory:
    case Use::optional: break;
  }
  return {};
}

void write_body_property(JsonWriter& out, const RequestAttribute& attribute) {
  const Attribute& row = *find_attribute(attribute.key);
  out.key(attribute.key).begin_object();
  write_reference_member(out, "schemas", attribute.key);
  write_description(out, meaning_of(attribute.use));
  if (attribute.use == Use::mandatory && row.type == ValueType::text) out.member("minLength", 1);
  if (attribute.never >= 0) {
    out.key("not").begin_object().key("enum").begin_array();
    out.value(attribute.never).value(row.enumeration().name_of(attribute.never)).end_array().end_object();
  }
  out.end_object();
}

void write_body(JsonWriter& out, const RequestRow& row) {
  out.key(body_name(row)).begin_object().member("type", "object");
  out.member("description",
             row.custom ? "Other keys are custom fields. Those that the calling list declares are stored, with what "
                          "becomes of the others as the option unknown-fields says; the answer repeats them."
                        : "The answer repeats other keys where it repeats the request.");
  auto is_mandatory = [](const RequestAttribute& attribute) { return attribute.use == Use::mandatory; };
  if (std::ranges::any_of(row.attributes, is_mandatory)) {
    out.key("required").begin_array();
    for (const RequestAttribute& attribute : row.attributes) {
      if (is_mandatory(attribute)) out.value(attribute.key);
    }
    out.end_array();
  }
  out.key("properties").begin_object();
  for (const RequestAttribute& attribute : row.attributes) write_body_property(out, attribute);
  for (const RequestAttribute& attribute : common_attributes()) write_body_property(out, attribute);
  out.end_object().key("additionalProperties");
  write_reference(out, "schemas", kCustomSchema);
  out.end_object();
}

// --- Answers ---------------------------------------------------------------------------------------------------------

void write_answer_property(JsonWriter& out, std::string_view key) {
  const Attribute& attribute = *find_attribute(key);
  out.key(key);
  if (!attribute.enumeration) return write_reference(out, "schemas", key);
  out.begin_object();
  write_reference_member(out, "schemas",
                         attribute.type == ValueType::number_enum ? number_type(attribute.enumeration())
                                                                  : name_type(attribute.enumeration()));
  write_description(out, attribute.text);
  out.end_object();
}

void write_event_name(JsonWriter& out, std::string_view event) {
  out.key("GSW_USER_EVENT").begin_object().member("type", "string");
  out.key("enum").begin_array().value(event).end_array().end_object();
}

// What an answer repeats of its requests, beside what its row names.
std::set<std::string_view> repeated_keys(const AnswerRow& answer) {
  std::set<std::string_view> keys;
  if (answer.rest != Rest::request) return keys;
  for (const RequestRow& row : requests()) {
    if (&answer_row(row.answer) != &answer) continue;
    for (const RequestAttribute& attribute : row.attributes) keys.insert(attribute.key);
    for (const RequestAttribute& attribute : common_attributes()) keys.insert(attribute.key);
  }
  for (std::string_view key : answer.attributes) keys.erase(key);
  keys.erase("GSW_REFERENCE_ID");  // it comes back whatever the answer
  return keys;
}

void write_answer(JsonWriter& out, const AnswerRow& row) {
  bool has_records = &row == &answer_row(AnswerId::chained_records_data_end);
  out.key(row.event).begin_object().member("type", "object");
  write_description(out, row.rest == Rest::request  ? "Repeats what else the request carried."
                         : row.rest == Rest::record ? "Other keys are the custom fields of the record."
                                                    : "");
  out.key("required").begin_array().value("GSW_USER_EVENT");
  for (std::string_view key : row.attributes) {
    if (std::ranges::count(row.may_lack, key) == 0) out.value(key);
  }
  if (has_records) out.value("records");
  out.end_array().key("properties").begin_object();
  write_event_name(out, row.event);
  for (std::string_view key : row.attributes) write_answer_property(out, key);
  for (std::string_view key : repeated_keys(row)) write_answer_property(out, key);
  write_answer_property(out, "GSW_UNKNOWN_FIELDS");
  write_answer_property(out, "GSW_REFERENCE_ID");
  if (has_records) {
    out.key("records").begin_object().member("type", "array").member("maxItems", kChainRecordsMax).key("items");
    write_reference(out, "schemas", answer_row(AnswerId::chained_record).event);
    out.end_object();
  }
  out.end_object();
  if (row.rest != Rest::none) {
    out.key("additionalProperties");
    write_reference(out, "schemas", kCustomSchema);
  }
  out.end_object();
}

}  // namespace

std::string pascal_case(std::string_view words) {
  std::string name;
  bool upper = true;
  for (char c : words) {
    bool separates = c == ' ' || c == '_';
    if (!separates) name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = separates;
  }
  return name;
}

std::string body_name(const RequestRow& row) { return pascal_case(row.name) + "Body"; }

void write_reference_member(JsonWriter& out, std::string_view kind, std::string_view name) {
  out.member("$ref", fmt::format("#/components/{}/{}", kind, name));
}

void write_reference(JsonWriter& out, std::string_view kind, std::string_view name) {
  out.begin_object();
  write_reference_member(out, kind, name);
  out.end_object();
}

void write_schemas(JsonWriter& out) {
  out.begin_object();
  for (const RequestRow& row : requests()) write_body(out, row);
  for (const AnswerRow& row : answers()) write_answer(out, row);
  write_attributes(out);
  out.key(kCustomSchema).begin_object();
  write_any_schema(out, "value of a custom field");
  out.end_object();
  write_error_schemas(out);
  out.end_object();
}

}  // namespace outpost::protocol
