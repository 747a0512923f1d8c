#include "protocol/http/json_text.h"

#include <fmt/core.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/json.h"
#include "common/raw_numbers.h"
#include "common/text.h"
#include "common/unicode.h"

namespace outpost::protocol {

namespace {

// Takes RapidJSON's calls and writes them down again. A false return ends the parsing; `problem` then says why.
class Compactor : public RawNumbers {
 public:
  Compactor(std::size_t bytes, std::size_t depth_max) : depth_max_(depth_max) { out_.reserve(bytes); }

  bool Null() {
    out_.null();
    return true;
  }
  bool Bool(bool flag) {
    out_.value(flag);
    return true;
  }
  bool RawNumber(const char* at, rapidjson::SizeType n, bool) {
    out_.raw({at, n});
    return true;
  }

  bool String(const char* at, rapidjson::SizeType n, bool) {
    std::string_view text(at, n);
    if (!is_plain_text(text)) return refuse("a string must be UTF-8 without NUL");
    out_.value(text);
    return true;
  }
  bool Key(const char* at, rapidjson::SizeType n, bool) {
    std::string_view text(at, n);
    if (!is_plain_text(text)) return refuse("a name must be UTF-8 without NUL");
    out_.key(text);
    open_.back().emplace_back(text);
    return true;
  }
  bool StartObject() {
    out_.begin_object();
    return deeper();
  }
  bool EndObject(rapidjson::SizeType) {
    out_.end_object();
    std::vector<std::string>& names = open_.back();
    std::ranges::sort(names);
    if (std::ranges::adjacent_find(names) != names.end()) return refuse("an object must have each name once");
    open_.pop_back();
    return true;
  }
  bool StartArray() {
    out_.begin_array();
    return deeper();
  }
  bool EndArray(rapidjson::SizeType) {
    out_.end_array();
    open_.pop_back();
    return true;
  }

  std::string take() { return out_.take(); }

  std::string problem;

 private:
  bool refuse(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool deeper() {
    open_.emplace_back();
    if (open_.size() <= depth_max_) return true;
    return refuse(fmt::format("there must be at most {} levels of nesting", depth_max_));
  }

  std::size_t depth_max_;
  JsonWriter out_;
  std::vector<std::vector<std::string>> open_;  // names of each open object, none of an array
};

FormError bad_json(std::string_view body, std::size_t offset, std::string_view what) {
  auto [line, column] = line_and_column(body, offset);
  return {400, fmt::format("line {}, column {}: {}", line, column, what)};
}

}  // namespace

tl::expected<std::string, FormError> compact_json(std::string_view body, const JsonTextLimits& limits) {
  auto refuse = [](FormError error) { return tl::unexpected(std::move(error)); };
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  if (body.size() > limits.bytes_max) {
    return refuse({413, fmt::format("a JSON body must have at most {}", human_bytes(limits.bytes_max))});
  }
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return refuse({400, "the body must be JSON, and there is none"});
  }
  // RapidJSON takes a NUL for the end of the text. No JSON has one.
  if (std::size_t nul = body.find('\0'); nul != std::string_view::npos) {
    return refuse(bad_json(body, nul, "NUL is not allowed"));
  }
  rapidjson::MemoryStream stream(body.data(), body.size());
  rapidjson::Reader reader;
  Compactor handler(body.size(), limits.depth_max);
  // Numbers raw, since RapidJSON 1.1's own conversion reads outside its tables for some.
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!handler.problem.empty()) return refuse(bad_json(body, stream.Tell(), handler.problem));
  if (!result) return refuse(bad_json(body, result.Offset(), rapidjson::GetParseError_En(result.Code())));
  return handler.take();
}

}  // namespace outpost::protocol
