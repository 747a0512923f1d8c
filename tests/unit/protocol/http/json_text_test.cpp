#include "protocol/http/json_text.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::protocol::json_text_test {

namespace {

using Catch::Matchers::ContainsSubstring;

std::string compact(std::string_view body) {
  auto made = compact_json(body);
  if (!made) FAIL(made.error().text);
  return *made;
}

FormError refused(std::string_view body, const JsonTextLimits& limits = {}) {
  auto made = compact_json(body, limits);
  REQUIRE_FALSE(made);
  return made.error();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("JSON loses its blanks and nothing else", "[json_text]") {
  CHECK(compact(" {\n\t\"a\" : [ 1 , true,null, \"x y\" ] , \"b\":{ } }\r\n") == R"({"a":[1,true,null,"x y"],"b":{}})");
  CHECK(compact("\"text\"") == "\"text\"");
  CHECK(compact("\xEF\xBB\xBF[]") == "[]");
  CHECK(compact(R"("\u00e9\n")") == "\"\xC3\xA9\\n\"");
}

TEST_CASE("a number keeps every digit", "[json_text]") {
  CHECK(compact("[12345678901234567890123, 1.10, 1E-20]") == "[12345678901234567890123,1.10,1E-20]");
}

TEST_CASE("what is compact stays as it is", "[json_text]") {
  std::string once = compact(R"({"a":[{"b":"\u0001\"\\"}],"c":-0.5})");
  CHECK(compact(once) == once);
}

TEST_CASE("what is no JSON is refused with its place", "[json_text]") {
  auto body = GENERATE("{", "[1,]", "{\"a\":1}x", "nul", "'a'", "[01]", "\"\\ud800\"", "\"\xFF\"", "a=1");
  CAPTURE(body);
  FormError error = refused(body);
  CHECK(error.status == 400);
  CHECK_THAT(error.text, ContainsSubstring("line 1, column "));
}

TEST_CASE("a body that is empty, or blank, says so", "[json_text]") {
  CHECK(refused("").text == "the body must be JSON, and there is none");
  CHECK(refused(" \r\n").status == 400);
}

TEST_CASE("NUL is refused in either form", "[json_text]") {
  CHECK_THAT(refused(std::string_view("[\0]", 3)).text, ContainsSubstring("NUL"));
  CHECK_THAT(refused(R"(["\u0000"])").text, ContainsSubstring("NUL"));
  CHECK_THAT(refused(R"({"\u0000":1})").text, ContainsSubstring("NUL"));
}

TEST_CASE("an object has each name once, at any depth", "[json_text]") {
  CHECK_THAT(refused(R"({"a":1,"b":2,"a":3})").text, ContainsSubstring("each name once"));
  CHECK_THAT(refused(R"([{"a":{"b":1,"\u0062":2}}])").text, ContainsSubstring("each name once"));
  CHECK(compact(R"({"a":{"a":1},"b":{"a":1}})") == R"({"a":{"a":1},"b":{"a":1}})");
}

TEST_CASE("depth and length have limits", "[json_text]") {
  CHECK(compact(nested(32)) == nested(32));
  CHECK_THAT(refused(nested(33)).text, ContainsSubstring("at most 32 levels"));
  CHECK(refused(std::string(500'000, '[')).status == 400);
  CHECK(compact_json("[1]", {3, 1}));
  CHECK(refused("[12]", {3, 1}).status == 413);
}

}  // namespace outpost::protocol::json_text_test
