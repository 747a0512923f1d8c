#include "common/json.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <limits>
#include <random>

namespace outpost::test::json_test {

namespace {

// The value as text again, or the error's text.
std::string round(std::string_view text, const JsonLimits& limits = {}) {
  auto value = parse_json(text, limits);
  return value ? JsonWriter().value(*value).take() : value.error().text;
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("json keeps values, order and kinds", "[json]") {
  auto value = parse_json(R"( {"b": [1, -2.5, "x", true, null], "a": {}} )");
  REQUIRE(value);
  CHECK(JsonWriter().value(*value).take() == R"({"b":[1,-2.5,"x",true,null],"a":{}})");
  CHECK(value->kind() == JsonValue::Kind::object);
  CHECK(value->kind_name() == "an object");
  REQUIRE(value->find("b"));
  CHECK(value->find("b")->kind_name() == "an array");
  CHECK(value->find("c") == nullptr);
  CHECK(value->find("b")->find("x") == nullptr);
}

TEST_CASE("json gives each value the line of its first character", "[json]") {
  auto value = parse_json("{\n \"a\":\r\n  1,\n \"b\": [\n  {\n  \"c\": \"x\"}\n]}");
  REQUIRE(value);
  CHECK(value->line == 1);
  CHECK(value->find("a")->line == 3);
  const JsonValue* b = value->find("b");
  CHECK(b->line == 4);
  const JsonValue& object = std::get<JsonValue::Array>(b->value).front();
  CHECK(object.line == 5);
  CHECK(object.find("c")->line == 6);
}

TEST_CASE("json numbers are exact", "[json]") {
  auto integer = [](std::string_view text) { return std::get<std::int64_t>(parse_json(text)->value); };
  auto real = [](std::string_view text) { return std::get<double>(parse_json(text)->value); };
  CHECK(integer("0") == 0);
  CHECK(integer("-0") == 0);
  CHECK(integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(real("9223372036854775808") == 9223372036854775808.0);
  CHECK(real("1.0") == 1.0);
  CHECK(real("0.1e1") == 1.0);
  CHECK(real("2.2250738585072014e-308") == std::numeric_limits<double>::min());
  CHECK(real("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(real("5e-324") == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("json numbers at the ends of what an exponent can say do no harm", "[json]") {
  constexpr std::string_view kTooFar = "line 1, column 1: expected a number that 64-bit floating point can hold";
  for (std::string_view text : {"1e309", "-1e309", "179769313486231570e300", "1e-400", "0.00000000001e-2147483639",
                                "1e-99999999999999999999", "1e99999999999999999999", "0.1e2147483647"}) {
    CAPTURE(text);
    CHECK(round(text) == kTooFar);
  }
  // Many zeros, and an exponent that takes them back.
  CHECK(round("0." + std::string(20'000, '0') + "1e20001") == "1.0");
  CHECK(round("1" + std::string(400, '0')) == kTooFar);
}

TEST_CASE("json errors say where and what was expected", "[json]") {
  auto [text, error] = GENERATE(table<std::string, std::string>({
      {"", "line 1, column 1: expected a value"},
      {" \n ", "line 2, column 2: expected a value"},
      {"{\"a\": 1,\n  b: 2}", "line 2, column 3: expected a name in double quotes"},
      {"{\"a\": 1,}", "line 1, column 9: expected a name in double quotes"},
      {"{\"a\" 1}", "line 1, column 6: expected a colon behind the name"},
      {"{\"a\": 1 \"b\"", "line 1, column 9: expected a comma or a closing brace"},
      {"[1 2]", "line 1, column 4: expected a comma or a closing bracket"},
      {"[1,", "line 1, column 4: expected a value"},
      {"[", "line 1, column 2: expected a value"},
      {"{\"a\":tru}", "line 1, column 6: expected a value"},
      {"{} {}", "line 1, column 4: expected nothing behind the first value"},
      {"1 x", "line 1, column 3: expected nothing behind the first value"},
      {"\"abc", "line 1, column 5: expected a closing quote before the end of the text"},
      {"\"a\\qb\"", "line 1, column 3: expected an escape of JSON behind the backslash"},
      {"\"a\nb\"", "line 1, column 3: expected no raw control character in a string"},
      {"\"\\u12g4\"", "line 1, column 2: expected four hexadecimal digits behind \\u"},
      {"\"\\ud800x\"", "line 1, column 2: expected a whole surrogate pair of \\u escapes"},
      {"[1, \"\\\"\\udc00\"]", "line 1, column 5: expected a whole surrogate pair of \\u escapes"},
      {"[\"\xC3\xA9\", \"\xFF\"]", "line 1, column 8: expected UTF-8"},
      {"\"\xED\xA0\x80\"", "line 1, column 2: expected UTF-8"},
      {"1.", "line 1, column 3: expected a digit behind the decimal point"},
      {"1e", "line 1, column 3: expected a digit in the exponent"},
      {"01", "line 1, column 2: expected nothing behind the first value"},
      {"+1", "line 1, column 1: expected a value"},
      {"NaN", "line 1, column 1: expected a value"},
      {"// x\n1", "line 1, column 1: expected a value"},
  }));
  CAPTURE(text);
  CHECK(round(text) == error);
}

TEST_CASE("json refuses a key that is there twice and names it", "[json]") {
  CHECK(round("{\"a\":1,\n \"b\":2, \"a\":3, \"b\": 4}") ==
        "line 2, column 9: expected each key once, but \"a\" was there before");
  CHECK(round(R"({"x\"\n":1,"x\u0022\u000a":2})") ==
        "line 1, column 12: expected each key once, but \"x\"\\x0A\" was there before");
  CHECK(round(R"([{"a":1},{"a":1},{"A":1,"a":{"a":1}}])") == R"([{"a":1},{"a":1},{"A":1,"a":{"a":1}}])");
}

TEST_CASE("json with a hundred thousand keys is no burden", "[json]") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += fmt::format("\"{}\":{},", i, i);
  CHECK(parse_json(text + "\"x\":0}"));
  CHECK_FALSE(parse_json(text + "\"77\":0}"));
}

TEST_CASE("json refuses what RapidJSON would let pass", "[json]") {
  using namespace std::string_view_literals;
  CHECK(round("1\0"sv) == "line 1, column 2: expected no NUL byte");
  CHECK(round("{\"a\":1}\0{"sv) == "line 1, column 8: expected no NUL byte");
  CHECK(round("\xEF\xBB{}") == "line 1, column 1: expected a value");
  CHECK(round("\xEF{}") == "line 1, column 1: expected a value");
  CHECK(round("\xEF\xBB\xBF") == "line 1, column 1: expected a value");
  CHECK(round("\xEF\xBB\xBF{}") == "{}");
  CHECK(round("\xEF\xBB\xBF\xEF\xBB\xBF{}") == "line 1, column 1: expected a value");
}

TEST_CASE("json depth is limited and costs no call stack", "[json]") {
  CHECK(parse_json(nested(32)));
  CHECK(round(nested(33)) == "line 1, column 33: expected no more than 32 levels of nesting");
  CHECK(round(nested(500'000)) == "line 1, column 33: expected no more than 32 levels of nesting");
  std::string objects;
  for (int i = 0; i < 500'000; ++i) objects += "{\"a\":";
  CHECK(round(objects) == "line 1, column 161: expected no more than 32 levels of nesting");
  CHECK(round("{\"a\":{}}", {.depth_max = 1}) == "line 1, column 6: expected no more than 1 levels of nesting");
}

TEST_CASE("json size is limited", "[json]") {
  CHECK(round("[1,2,3]", {.bytes_max = 7}) == "[1,2,3]");
  CHECK(round("[1,2,3] ", {.bytes_max = 7}) == "expected at most 7 B of JSON, got 8 B");
}

TEST_CASE("json comments are allowed when asked for", "[json]") {
  JsonLimits comments{.comments = true};
  CHECK(round("// first\n{ /* a\n \" */ \"a\": // one\n 1 }\n/**/ // end", comments) == R"({"a":1})");
  CHECK(round("{} /* no end", comments).ends_with("expected a whole comment"));
  CHECK(round("{} / x", comments).ends_with("expected a whole comment"));
  auto value = parse_json("/*\n\n*/ {\n// x\n\"a\": /*\n*/ 1}", comments);
  REQUIRE(value);
  CHECK(value->line == 3);
  CHECK(value->find("a")->line == 6);
}

TEST_CASE("json positions count characters, not bytes", "[json]") {
  CHECK(line_and_column("ab\ncd", 0) == std::pair(1, 1));
  CHECK(line_and_column("ab\ncd", 2) == std::pair(1, 3));
  CHECK(line_and_column("ab\ncd", 3) == std::pair(2, 1));
  CHECK(line_and_column("\xC3\xA9\xE2\x82\xACx", 5) == std::pair(1, 3));
  CHECK(line_and_column("ab", 9) == std::pair(1, 3));
}

TEST_CASE("json that was cut or damaged anywhere is an error or a value, never more", "[json]") {
  const std::string whole = R"({"a":[1,-2.5e3,"\u00e9\ud83d\ude00\n",{"b":null}],"c":true,"d":"é"} )";
  REQUIRE(parse_json(whole));
  for (std::size_t n = 0; n + 1 < whole.size(); ++n) CHECK_FALSE(parse_json(whole.substr(0, n)));
  auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (auto n = random() % 3 + 1; n > 0; --n) text[random() % text.size()] = static_cast<char>(random());
    auto value = parse_json(text);
    if (value) CHECK(parse_json(JsonWriter().value(*value).take()));
  }
}

}  // namespace outpost::test::json_test
