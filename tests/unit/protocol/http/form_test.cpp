#include "protocol/http/form.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::protocol::form_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Fields = std::vector<FormField>;

Fields of_form(std::string_view text) {
  Fields fields;
  if (auto error = read_urlencoded(text, FormOrigin::body, {}, fields)) FAIL(error->text);
  return fields;
}

Fields of_json(std::string_view text) {
  Fields fields;
  if (auto error = read_json_object(text, {}, fields)) FAIL(error->text);
  return fields;
}

FormError refused_json(std::string_view text, const FormLimits& limits = {}) {
  Fields fields;
  auto error = read_json_object(text, limits, fields);
  REQUIRE(error);
  return *error;
}

}  // namespace

TEST_CASE("a form is names and values in order", "[form]") {
  CHECK(of_form("") == Fields{});
  CHECK(of_form("a=1&b=&c&a=2") == Fields{{"a", "1"}, {"b", ""}, {"c", ""}, {"a", "2"}});
  CHECK(of_form("&&a=1&") == Fields{{"a", "1"}});
  CHECK(of_form("a=b=c") == Fields{{"a", "b=c"}});
  CHECK(of_form("full+name=Ann+%26+%42ob%21&%C3%A9=%0A") == Fields{{"full name", "Ann & Bob!"}, {"\xC3\xA9", "\n"}});
}

TEST_CASE("a form that was typed may have blanks and line ends in it", "[form]") {
  CHECK(of_form("name=Ann Smith\n") == Fields{{"name", "Ann Smith\n"}});
  CHECK(of_form("name=Ann\xC3\xA9") == Fields{{"name", "Ann\xC3\xA9"}});
}

TEST_CASE("a malformed form is refused", "[form]") {
  auto text = GENERATE("a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=\xFF", "a=%FF", "\xC3=1");
  CAPTURE(text);
  Fields fields;
  auto error = read_urlencoded(text, FormOrigin::body, {}, fields);
  REQUIRE(error);
  CHECK(error->status == 400);
  CHECK_THAT(error->text, ContainsSubstring("percent-encoded UTF-8"));
}

TEST_CASE("a NUL that is not encoded is no text", "[form]") {
  Fields fields;
  CHECK(read_urlencoded(std::string_view("a=\0", 3), FormOrigin::body, {}, fields));
}

TEST_CASE("a parameter without a name is refused", "[form]") {
  Fields fields;
  auto error = read_urlencoded("=1", FormOrigin::query, {}, fields);
  REQUIRE(error);
  CHECK(error->status == 400);
  CHECK(error->text == "a parameter must have a name");
}

TEST_CASE("the limits of a form are named", "[form]") {
  FormLimits limits{.fields_max = 2, .name_bytes_max = 3};
  Fields fields;
  CHECK_FALSE(read_urlencoded("abc=1&b=2", FormOrigin::body, limits, fields));
  auto error = read_urlencoded("c=3", FormOrigin::body, limits, fields);
  REQUIRE(error);
  CHECK(error->status == 400);
  CHECK(error->text == "there must be at most 2 parameters");
  fields.clear();
  error = read_urlencoded("abcd=1", FormOrigin::body, limits, fields);
  REQUIRE(error);
  CHECK(error->status == 400);
  CHECK(error->text == "the name of a parameter must have at most 3 bytes");
}

TEST_CASE("a JSON object is a form: scalars as text, null as nothing, what is nested compact", "[form]") {
  CHECK(of_json("{}") == Fields{});
  CHECK(of_json(R"({"a":"x","b":1,"c":-1.50,"d":true,"e":false,"f":null})") ==
        Fields{{"a", "x"}, {"b", "1"}, {"c", "-1.50"}, {"d", "true"}, {"e", "false"}});
  CHECK(of_json(R"({ "a" : { "b" : [ 1 , "x\ny" , null, {} ], "c": 1e2 } , "d" : [ ] })") ==
        Fields{{"a", R"({"b":[1,"x\ny",null,{}],"c":1e2})"}, {"d", "[]"}});
  CHECK(of_json("\xEF\xBB\xBF{\"a\":\"\\u00e9\"}") == Fields{{"a", "\xC3\xA9"}});
}

TEST_CASE("numbers keep all their digits", "[form]") {
  CHECK(of_json(R"({"a":123456789012345678901234567890,"b":[1.0,9007199254740993]})") ==
        Fields{{"a", "123456789012345678901234567890"}, {"b", "[1.0,9007199254740993]"}});
}

TEST_CASE("JSON that is no object is refused", "[form]") {
  auto text = GENERATE("[]", "1", "\"a\"", "null", "true");
  CAPTURE(text);
  CHECK(refused_json(text).status == 400);
  CHECK_THAT(refused_json(text).text, ContainsSubstring("must be one JSON object"));
}

TEST_CASE("malformed JSON is refused with its place", "[form]") {
  CHECK_THAT(refused_json("{\n\"a\":}").text, ContainsSubstring("line 2, column"));
  auto text = GENERATE(as<std::string>{}, "", "{", "{\"a\"}", "{\"a\":1}x", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}",
                       "{\"a\":\"\\udc00\"}", "{\"a\":[\"\\u0000\"]}", "{\"a\":\"\\u0000\"}", "{\"\":1}",
                       "{\"a\":1,\"a\":2}", std::string("{\"a\":1}\0", 8));
  CAPTURE(text);
  CHECK(refused_json(text).status == 400);
}

TEST_CASE("JSON has the limits of a form, and of depth", "[form]") {
  CHECK(refused_json(R"({"a":1,"b":2})", {.fields_max = 1}).status == 400);
  CHECK(refused_json(R"({"abcd":1})", {.name_bytes_max = 3}).status == 400);
  auto nested = [](std::size_t n) { return "{\"a\":" + std::string(n, '[') + std::string(n, ']') + "}"; };
  CHECK(of_json(nested(31)).size() == 1);
  CHECK_THAT(refused_json(nested(32)).text, ContainsSubstring("at most 32 levels"));
}

TEST_CASE("what another source said stays in front, and may be said again", "[form]") {
  Fields fields;
  CHECK_FALSE(read_urlencoded("a=1", FormOrigin::query, {}, fields));
  CHECK_FALSE(read_json_object(R"({"a":2})", {}, fields));
  CHECK(fields == Fields{{"a", "1"}, {"a", "2"}});
}

}  // namespace outpost::protocol::form_test
