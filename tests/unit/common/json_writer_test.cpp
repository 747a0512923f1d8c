#include "common/json.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

namespace outpost::test::json_writer_test {

TEST_CASE("the json writer escapes, repairs and starts again", "[json]") {
  JsonWriter out;
  out.begin_object()
      .member("int", -1)
      .member("big", std::uint64_t{18446744073709551615U})
      .member("unsigned", 7U)
      .member("text", "a\"\\\n\x01")
      .member("flag", true)
      .member("real", 0.5)
      .member("no number", std::numeric_limits<double>::infinity())
      .member("empty", std::string_view());
  out.key("none").null().key("raw").raw("[1]").key("list").begin_array().value(1).value("x").end_array().end_object();
  CHECK(out.take() == R"({"int":-1,"big":18446744073709551615,"unsigned":7,"text":"a\"\\\n\u0001","flag":true,)"
                      R"("real":0.5,"no number":null,"empty":"","none":null,"raw":[1],"list":[1,"x"]})");
  CHECK(out.value("a\xFFz\xC3\xA9\xE2\x82").take() == "\"a\xEF\xBF\xBDz\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(out.begin_object().key("\xC0").value(1).end_object().take() == "{\"\xEF\xBF\xBD\":1}");
}

TEST_CASE("the json writer escapes a byte wherever it stands, and no other", "[json]") {
  for (int byte = 0; byte < 0x80; ++byte) {
    std::string expected(1, static_cast<char>(byte));
    if (byte == '"' || byte == '\\') expected = "\\" + expected;
    if (byte < ' ') expected = fmt::format("\\u{:04X}", byte);
    constexpr std::pair<char, const char*> kShort[] = {
        {'\b', "\\b"}, {'\f', "\\f"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}};
    for (const auto& [c, escape] : kShort) {
      if (byte == c) expected = escape;
    }
    for (std::size_t size : {1U, 7U, 8U, 9U, 16U, 20U}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        std::string whole = '"' + std::string(place, 'a') + expected + std::string(size - place - 1, 'a') + '"';
        if (JsonWriter out; out.value(text).take() != whole) FAIL(byte << " at " << place << " of " << size);
      }
    }
  }
}

TEST_CASE("the json writer puts commas between values and members at every depth", "[json]") {
  JsonWriter out;
  out.begin_array().begin_array().end_array().begin_object().end_object().value(true);
  out.begin_object().key("a").begin_array().value(1).null().end_array().member("b", 2.25).member("c", "").end_object();
  CHECK(out.end_array().take() == R"([[],{},true,{"a":[1,null],"b":2.25,"c":""}])");
  CHECK(out.begin_array().raw("[1]").raw("{}").end_array().take() == "[[1],{}]");
}

}  // namespace outpost::test::json_writer_test
