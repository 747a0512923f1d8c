// Reading JSON; json_writer.cpp writes it.
#include "common/json.h"

#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "common/raw_numbers.h"
#include "common/text.h"
#include "common/unicode.h"

namespace outpost {

namespace {

struct Complaint {
  std::size_t offset;
  std::string text;
};

// The first quote of the string token that ends right before `end`. Within a token every quote stands behind an odd
// number of backslashes; what stands in front of a token is never a backslash.
std::size_t token_start(std::string_view text, std::size_t end) {
  std::size_t at = end - 1;
  while (at > 0) {
    --at;
    if (text[at] != '"') continue;
    std::size_t backslashes = 0;
    while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) break;
  }
  return at;
}

// Takes the parser's events and builds the value on a stack of its own, so that depth costs no call stack. A method
// that returns false ends the parse with complaint().
class Builder : public RawNumbers {
 public:
  // The stream is one that RapidJSON does not copy while it reads (MemoryStream), so Tell() is always true.
  Builder(std::string_view text, const rapidjson::MemoryStream& stream, std::size_t depth_max)
      : text_(text), stream_(stream), depth_max_(depth_max) {}

  bool Null() { return scalar(nullptr); }
  bool Bool(bool flag) { return scalar(flag); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return number({text, size}); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    std::string_view string(text, size);
    return is_sound(string) && scalar(std::string(string));
  }

  bool StartObject() { return open(JsonValue::Object()); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    std::string_view string(text, size);
    if (!is_sound(string)) return false;
    std::get<JsonValue::Object>(stack_.back().container.value).emplace_back(string, JsonValue());
    stack_.back().key_ends.push_back(stream_.Tell());
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return keys_differ(stack_.back()) && close(); }
  bool StartArray() { return open(JsonValue::Array()); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  const std::optional<Complaint>& complaint() const { return complaint_; }
  JsonValue take() { return std::move(root_); }

 private:
  struct Open {
    JsonValue container;
    std::vector<std::size_t> key_ends;  // offsets behind the keys of an object, for complaints
  };

  bool refuse(std::size_t offset, std::string text) {
    complaint_ = Complaint{offset, std::move(text)};
    return false;
  }

  // RapidJSON takes the escape of a lone low surrogate and makes three bytes of it that are not UTF-8.
  bool is_sound(std::string_view string) {
    if (is_utf8(string)) return true;
    return refuse(token_start(text_, stream_.Tell()), "expected a whole surrogate pair of \\u escapes");
  }

  bool number(std::string_view token) {
    if (auto integer = parse_integer(token)) return scalar(*integer);
    double real = 0;
    if (std::from_chars(token.data(), token.data() + token.size(), real).ec == std::errc()) return scalar(real);
    return refuse(stream_.Tell() - token.size(), "expected a number that 64-bit floating point can hold");
  }

  template <class T>
  bool scalar(T value) {
    place(JsonValue{std::move(value), line_here()});
    return true;
  }

  template <class Container>
  bool open(Container container) {
    if (stack_.size() == depth_max_) {
      return refuse(stream_.Tell(), fmt::format("expected no more than {} levels of nesting", depth_max_));
    }
    stack_.push_back({JsonValue{std::move(container), line_here()}, {}});
    return true;
  }

  bool close() {
    JsonValue whole = std::move(stack_.back().container);
    stack_.pop_back();
    place(std::move(whole));
    return true;
  }

  void place(JsonValue value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<JsonValue::Array>(&stack_.back().container.value)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonValue::Object>(stack_.back().container.value).back().second = std::move(value);
    }
  }

  // By sorting, so that an object of a million keys is no burden.
  bool keys_differ(const Open& object) {
    const auto& members = std::get<JsonValue::Object>(object.container.value);
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return members[a].first < members[b].first; });
    std::size_t first = members.size();  // the earliest key that repeats another
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (members[order[i - 1]].first == members[order[i]].first) first = std::min(first, order[i]);
    }
    if (first == members.size()) return true;
    return refuse(token_start(text_, object.key_ends[first]),
                  fmt::format("expected each key once, but \"{}\" was there before",
                              escape_control(members[first].first.substr(0, kKeyShownBytes))));
  }

  // Values come in the order of the text, so the lines are counted once for all of them.
  int line_here() {
    for (; counted_ < stream_.Tell(); ++counted_) line_ += text_[counted_] == '\n' ? 1 : 0;
    return line_;
  }

  static constexpr std::size_t kKeyShownBytes = 64;

  std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  const std::size_t depth_max_;
  std::vector<Open> stack_;
  JsonValue root_;
  std::optional<Complaint> complaint_;
  std::size_t counted_ = 0;
  int line_ = 1;
};

// `at` is the text from the error on: RapidJSON has one code for two mistakes in strings.
std::string_view expectation(rapidjson::ParseErrorCode code, std::string_view at) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
    case rapidjson::kParseErrorValueInvalid: return "expected a value";
    case rapidjson::kParseErrorDocumentRootNotSingular: return "expected nothing behind the first value";
    case rapidjson::kParseErrorObjectMissName: return "expected a name in double quotes";
    case rapidjson::kParseErrorObjectMissColon: return "expected a colon behind the name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket: return "expected a comma or a closing brace";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket: return "expected a comma or a closing bracket";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex: return "expected four hexadecimal digits behind \\u";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid: return "expected a whole surrogate pair of \\u escapes";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return at.starts_with('\\') ? "expected an escape of JSON behind the backslash"
                                  : "expected no raw control character in a string";
    case rapidjson::kParseErrorStringMissQuotationMark: return "expected a closing quote before the end of the text";
    case rapidjson::kParseErrorStringInvalidEncoding: return "expected UTF-8";
    case rapidjson::kParseErrorNumberTooBig: return "expected a number that 64-bit floating point can hold";
    case rapidjson::kParseErrorNumberMissFraction: return "expected a digit behind the decimal point";
    case rapidjson::kParseErrorNumberMissExponent: return "expected a digit in the exponent";
    case rapidjson::kParseErrorUnspecificSyntaxError: return "expected a whole comment";
    default: return "expected JSON";
  }
}

template <unsigned kFlags>
std::optional<Complaint> parse_into(Builder& builder, rapidjson::MemoryStream& stream, std::string_view text) {
  // RapidJSON 1.1's own conversions of numbers read outside their tables for exponents near the end of int
  // (0.00000000001e-2147483639), in full precision too; so it only finds where a number ends.
  constexpr unsigned kAlways =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::Reader reader;
  rapidjson::ParseResult outcome = reader.Parse<kAlways | kFlags>(stream, builder);
  if (!outcome.IsError()) return std::nullopt;
  if (builder.complaint()) return builder.complaint();
  std::size_t offset = outcome.Offset();
  if (outcome.Code() == rapidjson::kParseErrorValueInvalid) {
    // A word that is not quite true, false or null: from its start.
    while (offset > 0 && text[offset - 1] >= 'a' && text[offset - 1] <= 'z') --offset;
  }
  return Complaint{offset, std::string(expectation(outcome.Code(), text.substr(offset)))};
}

Failure fail_at(std::string_view text, const Complaint& complaint) {
  auto [line, column] = line_and_column(text, complaint.offset);
  return fail(Errc::invalid, "line {}, column {}: {}", line, column, complaint.text);
}

}  // namespace

std::string_view JsonValue::kind_name() const {
  switch (kind()) {
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::integer: return "an integer";
    case Kind::real: return "a number";
    case Kind::string: return "a string";
    case Kind::array: return "an array";
    case Kind::object: return "an object";
  }
  return {};
}

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&value);
  if (!object) return nullptr;
  auto found = std::find_if(object->begin(), object->end(), [&](const Member& member) { return member.first == key; });
  return found == object->end() ? nullptr : &found->second;
}

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return fail(Errc::limit, "expected at most {} of JSON, got {}", human_bytes(limits.bytes_max),
                human_bytes(text.size()));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // To RapidJSON a NUL is the end of the text, wherever it stands.
  if (std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail_at(text, {nul, "expected no NUL byte"});
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  Builder builder(text, stream, limits.depth_max);
  auto complaint = limits.comments ? parse_into<rapidjson::kParseCommentsFlag>(builder, stream, text)
                                   : parse_into<rapidjson::kParseNoFlags>(builder, stream, text);
  if (complaint) return fail_at(text, *complaint);
  return builder.take();
}

std::pair<int, int> line_and_column(std::string_view text, std::size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  std::string_view row = before.substr(before.rfind('\n') + 1);  // npos + 1 is the start
  auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  auto column = std::count_if(row.begin(), row.end(), [&](char c) { return !continues(c); }) + 1;
  return {static_cast<int>(line), static_cast<int>(column)};
}

}  // namespace outpost
