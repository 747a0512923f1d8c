// A JSON object as the fields of a form. What is nested goes into a text at once and never becomes values in memory,
// which would take many times the bytes of the body; and numbers keep every digit.
#include <fmt/core.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/json.h"
#include "common/raw_numbers.h"
#include "common/text.h"
#include "common/unicode.h"
#include "protocol/http/form.h"

namespace outpost::protocol {

namespace {

constexpr std::size_t kDepthMax = 32;
constexpr std::string_view kNoObject = "the body must be one JSON object";

// Takes RapidJSON's calls. A false return ends the parsing; `error` then says why.
class FieldReader : public RawNumbers {
 public:
  FieldReader(const FormLimits& limits, std::vector<FormField>& fields) : limits_(limits), fields_(fields) {}

  bool Null() {
    if (depth_ > 1) nested_.null();
    return depth_ > 0 || refuse(kNoObject);
  }
  bool Bool(bool flag) { return scalar(flag ? "true" : "false"); }
  bool RawNumber(const char* at, rapidjson::SizeType n, bool) { return scalar({at, n}); }

  bool String(const char* at, rapidjson::SizeType n, bool) {
    std::string_view text(at, n);
    if (depth_ == 0) return refuse(kNoObject);
    if (depth_ == 1) return add(std::string(text));
    if (!is_plain_text(text)) return refuse("a string must be UTF-8 without NUL");
    nested_.value(text);
    return true;
  }
  bool Key(const char* at, rapidjson::SizeType n, bool) {
    std::string_view text(at, n);
    if (depth_ == 1) {
      name_ = text;
      return true;
    }
    if (!is_plain_text(text)) return refuse("a name must be UTF-8 without NUL");
    nested_.key(text);
    return true;
  }
  bool StartObject() {
    if (depth_ > 0) nested_.begin_object();
    return deeper();
  }
  bool EndObject(rapidjson::SizeType) {
    if (depth_ > 1) nested_.end_object();
    return higher();
  }
  bool StartArray() {
    if (depth_ == 0) return refuse(kNoObject);
    nested_.begin_array();
    return deeper();
  }
  bool EndArray(rapidjson::SizeType) {
    nested_.end_array();
    return higher();
  }

  std::optional<FormError> error;

 private:
  bool refuse(std::string_view text) {
    error = FormError{400, std::string(text)};
    return false;
  }
  bool scalar(std::string_view text) {
    if (depth_ == 0) return refuse(kNoObject);
    if (depth_ == 1) return add(std::string(text));
    nested_.raw(text);
    return true;
  }
  bool add(std::string value) {
    FormField field{std::move(name_), std::move(value)};
    error = check_field(field, limits_, fields_);
    if (error) return false;
    fields_.push_back(std::move(field));
    return true;
  }
  bool deeper() {
    if (depth_++ < kDepthMax) return true;
    return refuse(fmt::format("there must be at most {} levels of nesting", kDepthMax));
  }
  bool higher() {
    if (--depth_ != 1) return true;
    return add(std::exchange(nested_, {}).take());
  }

  const FormLimits& limits_;
  std::vector<FormField>& fields_;
  std::string name_;
  JsonWriter nested_;
  std::size_t depth_ = 0;
};

FormError at(std::string_view text, std::size_t offset, std::string_view what, int status) {
  auto [line, column] = line_and_column(text, offset);
  return {status, fmt::format("line {}, column {}: {}", line, column, what)};
}

bool names_differ(const std::vector<FormField>& fields, std::size_t from) {
  std::vector<std::string_view> names;
  for (std::size_t i = from; i < fields.size(); ++i) names.emplace_back(fields[i].name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

}  // namespace

std::optional<FormError> read_json_object(std::string_view text, const FormLimits& limits,
                                          std::vector<FormField>& fields) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // RapidJSON takes a NUL for the end of the text. No JSON has one.
  if (std::size_t nul = text.find('\0'); nul != std::string_view::npos) return at(text, nul, "NUL is not allowed", 400);
  std::size_t from = fields.size();
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  FieldReader handler(limits, fields);
  // Numbers raw, since RapidJSON 1.1's own conversion reads outside its tables for some.
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (handler.error) return at(text, stream.Tell(), handler.error->text, handler.error->status);
  if (!result) return at(text, result.Offset(), rapidjson::GetParseError_En(result.Code()), 400);
  if (!names_differ(fields, from)) return FormError{400, "a JSON object must have each name once"};
  return std::nullopt;
}

}  // namespace outpost::protocol
