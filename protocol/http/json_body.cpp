#include "protocol/http/json_body.h"

#include <fmt/core.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "common/integers.h"
#include "common/json.h"
#include "common/raw_numbers.h"
#include "common/text.h"
#include "protocol/http/plain_body.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kJsonBlanks = " \t\r\n";

// Letters of more than one byte: they have a byte order mark, or every other byte of plain text is NUL.
bool is_wide(std::string_view body) {
  constexpr std::string_view kWideMarks[] = {"\xFF\xFE", "\xFE\xFF", {"\0\0\xFE\xFF", 4}};
  if (std::ranges::any_of(kWideMarks, [&](std::string_view mark) { return body.starts_with(mark); })) return true;
  constexpr std::size_t kLetters = 2;
  if (body.size() < 2 * kLetters) return false;
  auto is_nul = [&](std::size_t i) { return body[i] == '\0'; };
  return is_nul(0) != is_nul(1) && is_nul(0) == is_nul(2) && is_nul(1) == is_nul(3);
}

bool is_of_form_name(char c) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+-._*[] ";
  return static_cast<unsigned char>(c) >= 0x80 || kLetters.find(c) != std::string_view::npos;
}

// What a body that is no JSON looks like from its beginning; empty when it looks like nothing in particular.
std::string_view what_else(std::string_view body) {
  body.remove_prefix(std::min(body.find_first_not_of(kJsonBlanks), body.size()));
  if (body.starts_with("--")) return "a form (multipart/form-data)";
  if (body.starts_with('<')) return "XML or HTML";
  if (body.starts_with("\x1F\x8B")) return "gzip";
  if (is_wide(body)) return "UTF-16 or UTF-32";
  // A name up to its "=", encoded as browsers and curl do it, or not at all.
  std::size_t end = std::ranges::find_if_not(body, is_of_form_name) - body.begin();
  bool is_form = end > 0 && end < body.size() && body[end] == '=';
  return is_form ? "a form (name=value)" : std::string_view();
}

struct Problem {
  ErrorNumber number;
  std::size_t offset;
  std::string text;
};

// Takes RapidJSON's calls and makes an event. A false return ends the parsing; `problem` then says why.
class Handler : public RawNumbers {
 public:
  Handler(const rapidjson::MemoryStream& stream, std::string_view text, const BodyLimits& limits)
      : stream_(stream), text_(text), limits_(limits) {
    constexpr std::size_t kUsualKeys = 16;
    event_.reserve(kUsualKeys);
    members_.reserve(kUsualKeys);
  }

  bool StartObject() {
    if (depth_++ > 0) return refuse_value("an object");
    token_end_ = token_start() + 1;  // this call alone comes before its token is taken
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return true; }
  bool StartArray() { return refuse_value("an array"); }
  bool EndArray(rapidjson::SizeType) { return true; }

  bool Key(const char* at, rapidjson::SizeType n, bool) {
    std::string_view key(at, n);
    std::size_t start = token_start();
    if (key.size() > limits_.key_bytes_max) {
      return refuse(start, fmt::format("a key must have at most {} bytes.", limits_.key_bytes_max));
    }
    if (!is_utf8(key) || has_nul(key)) return refuse(start, "a key must be UTF-8 without NUL.");
    if (members_.size() == limits_.keys_max) {
      return refuse(start, fmt::format("there must be at most {} keys.", limits_.keys_max));
    }
    members_.push_back({start, false});
    key_ = EventKey(key);
    return finish_token();
  }

  bool String(const char* at, rapidjson::SizeType n, bool) {
    std::string_view value(at, n);
    if (depth_ == 0) return refuse_value("a string");
    if (!is_utf8(value)) return refuse(token_start(), "a string must be UTF-8.");
    if (has_nul(value)) return refuse_value("a string with NUL");
    event_.add(std::move(key_), value);
    return finish_token();
  }
  bool RawNumber(const char* at, rapidjson::SizeType n, bool) {
    auto number = parse_integer({at, n});
    return number ? integer(*number) : refuse_value(kOtherNumber);
  }
  bool Bool(bool) { return refuse_value("true or false"); }

  bool Null() {
    if (depth_ == 0) return refuse_value("null");
    members_.back().is_null = has_null_ = true;
    event_.add(std::move(key_), std::string());  // holds the key's place until take_event()
    return finish_token();
  }

  // A key that occurs twice: of those, the first by its bytes; and its second place.
  [[nodiscard]] std::optional<Problem> find_duplicate() const {
    std::vector<std::size_t> order(members_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    auto key_at = [&](std::size_t i) { return key_of(i).text(); };
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      int difference = key_at(a).compare(key_at(b));
      return difference != 0 ? difference < 0 : a < b;
    });
    auto twice = std::ranges::adjacent_find(order, {}, key_at);
    if (twice == order.end()) return std::nullopt;
    std::size_t second = *std::next(twice);
    return Problem{ErrorNumber::malformed_body, members_[second].offset,
                   fmt::format("{} is given twice.", name_of(key_of(second), "a key"))};
  }

  Event take_event() {
    std::size_t i = 0;
    if (has_null_) std::erase_if(event_.attributes(), [&](const Event::Attribute&) { return members_[i++].is_null; });
    return std::move(event_);
  }

  std::optional<Problem> problem;

 private:
  static constexpr std::string_view kOtherNumber = "a number beyond that or with a fraction or exponent";

  struct Member {
    std::size_t offset;
    bool is_null;
  };

  [[nodiscard]] const EventKey& key_of(std::size_t member) const {
    return (event_.begin() + static_cast<std::ptrdiff_t>(member))->key;
  }
  static bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }
  // A key is repeated in an error only when it is our own word.
  static std::string_view name_of(const EventKey& key, std::string_view otherwise) {
    return key.known() ? key.text() : otherwise;
  }

  bool integer(std::int64_t value) {
    if (depth_ == 0) return refuse_value("a number");
    if (value < -kIntegerMax || value > kIntegerMax) return refuse_value(kOtherNumber);
    event_.add(std::move(key_), value);
    return finish_token();
  }

  // RapidJSON calls when the token is behind it. Where it began: behind the token before, and what separates the two.
  [[nodiscard]] std::size_t token_start() const {
    return std::min(text_.find_first_not_of(" \t\r\n:,", token_end_), text_.size());
  }
  bool finish_token() {
    token_end_ = stream_.Tell();
    return true;
  }
  bool refuse(std::size_t offset, std::string text) {
    problem = {ErrorNumber::malformed_body, offset, std::move(text)};
    return false;
  }
  bool refuse_value(std::string_view what) {
    if (members_.empty()) return refuse(token_start(), fmt::format("the body must be one JSON object, not {}.", what));
    problem = {ErrorNumber::invalid_attribute, token_start(),
               fmt::format("{} must be a string, an integer from -(2^53-1) to 2^53-1 or null, not {}.",
                           name_of(key_, "a value"), what)};
    return false;
  }

  const rapidjson::MemoryStream& stream_;
  std::string_view text_;
  BodyLimits limits_;
  Event event_;
  std::vector<Member> members_;  // one for each attribute of event_
  bool has_null_ = false;
  EventKey key_;
  std::size_t token_end_ = 0;
  int depth_ = 0;
};

RequestError explain(const Problem& problem, std::string_view text) {
  auto [line, column] = line_and_column(text, problem.offset);
  return {problem.number, fmt::format("Line {}, column {}: {}", line, column, problem.text)};
}

// What the answer takes as JSON, about: on the wire an attribute has a few bytes more around it.
std::size_t bytes_of(const Event& event, std::span<const Event> records) {
  std::size_t bytes = event.wire_bytes();
  for (const Event& record : records) bytes += record.wire_bytes();
  return bytes;
}

void write_members(JsonWriter& out, const Event& event) {
  for (const auto& [key, value] : event) {
    out.key(key);
    if (const auto* text = std::get_if<std::string>(&value)) {
      out.value(*text);
    } else {
      out.value(std::get<std::int64_t>(value));
    }
  }
}

}  // namespace

tl::expected<Event, RequestError> parse_body(std::string_view bytes, const BodyLimits& limits) {
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (auto plain = parse_plain_body(bytes, limits)) return *std::move(plain);
  if (bytes.find_first_not_of(kJsonBlanks) == std::string_view::npos) return Event();
  auto refuse = [&](const Problem& problem) { return tl::unexpected(explain(problem, bytes)); };
  auto refuse_as = [&](std::size_t offset, std::string_view text) {
    std::string_view other = what_else(bytes);
    return refuse({ErrorNumber::malformed_body, offset,
                   other.empty()
                       ? std::string(text)
                       : fmt::format("this looks like {}; the body must be one JSON object in UTF-8.", other)});
  };
  // RapidJSON takes a NUL for the end of the text. No JSON has one.
  if (std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
    return refuse_as(nul, "a NUL is not allowed.");
  }
  rapidjson::MemoryStream stream(bytes.data(), bytes.size());
  rapidjson::Reader reader;
  Handler handler(stream, bytes, limits);
  // Numbers raw: RapidJSON 1.1's own conversion reads outside its tables for 0.00000000001e-2147483639. Strings are
  // checked for UTF-8 by the handler, behind the escapes: RapidJSON lets the second half of a surrogate pair stand
  // alone.
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (handler.problem) return refuse(*handler.problem);
  if (!result) return refuse_as(result.Offset(), rapidjson::GetParseError_En(result.Code()));
  if (auto duplicate = handler.find_duplicate()) return refuse(*duplicate);
  return handler.take_event();
}

std::string event_to_json(const Event& event, std::span<const Event> records) {
  JsonWriter out;
  out.reserve(bytes_of(event, records));
  out.begin_object();
  write_members(out, event);
  const std::string* name = event.string("GSW_USER_EVENT");
  if (!records.empty() || (name && *name == "ChainedRecordsDataEnd")) {
    out.key("records").begin_array();
    for (const Event& record : records) {
      out.begin_object();
      write_members(out, record);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  return out.take();
}

}  // namespace outpost::protocol
