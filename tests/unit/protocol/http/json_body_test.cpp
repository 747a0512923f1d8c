#include "protocol/http/json_body.h"

#include <fmt/core.h>

#include <catch2/catch_test_macros.hpp>

#include "common/integers.h"

namespace outpost::test::json_body_test {

using namespace outpost::protocol;

namespace {

Event good(std::string_view body, const BodyLimits& limits = {}) {
  CAPTURE(body);
  auto event = parse_body(body, limits);
  if (!event) FAIL(event.error().text);
  return *event;
}

struct Bad {
  std::string body;
  ErrorNumber number;
  std::string text;  // begins so
};

}  // namespace

TEST_CASE("a body becomes an event in the order it was written", "[json_body]") {
  Event event = good(R"({"GSW_PHONE":"+15550100","n":-7,"max":9007199254740991,"min":-9007199254740991,"zero":-0,)"
                     R"("e":"\u00e9\ud83d\ude00"})");
  Event expected;
  expected.add("GSW_PHONE", "+15550100");
  expected.add("n", std::int64_t{-7});
  expected.add("max", std::int64_t{9007199254740991});
  expected.add("min", std::int64_t{-9007199254740991});
  expected.add("zero", std::int64_t{0});
  expected.add("e", "\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(event == expected);
}

TEST_CASE("the body of the production client is taken: all strings, nulls, many lines", "[json_body]") {
  Event event = good(
      "{\r\n\t\"GSW_PHONE\" : \"+15550100\",\r\n\t\"GSW_PHONE_TYPE\" : \"2\",\r\n\t\"GSW_AGENT_ID\" : null,\r\n"
      "\t\"client-id\" : \"7\",\r\n\t\"VAR_005\" : null\r\n}\r\n");
  Event expected;
  expected.add("GSW_PHONE", "+15550100");
  expected.add("GSW_PHONE_TYPE", "2");
  expected.add("client-id", "7");
  CHECK(event == expected);
}

TEST_CASE("a body without content is an empty object", "[json_body]") {
  CHECK(good("").empty());
  CHECK(good(" \r\n\t").empty());
  CHECK(good("{}").empty());
  CHECK(good(" { } ").empty());
  CHECK(good("\xEF\xBB\xBF").empty());
  CHECK(good("\xEF\xBB\xBF{\"a\":1}").size() == 1);
  CHECK(good(R"({"a":null})").empty());
}

TEST_CASE("a body that is wrong is refused with line and column, and none of its bytes", "[json_body]") {
  using namespace std::string_literals;
  constexpr auto malformed = ErrorNumber::malformed_body;
  constexpr auto invalid = ErrorNumber::invalid_attribute;
  const Bad table[] = {
      {"[]", malformed, "Line 1, column 1: the body must be one JSON object, not an array."},
      {" \n 5", malformed, "Line 2, column 2: the body must be one JSON object, not a number."},
      {"\"a\"", malformed, "Line 1, column 1: the body must be one JSON object, not a string."},
      {"null", malformed, "Line 1, column 1: the body must be one JSON object, not null."},
      {"true", malformed, "Line 1, column 1: the body must be one JSON object, not true or false."},
      {"hello", malformed, "Line 1, column 1: "},
      {"{", malformed, "Line 1, column 2: "},
      {"{\"a\"", malformed, "Line 1, column 5: "},
      {"{\"a\":", malformed, "Line 1, column 6: "},
      {"{\"a\":1", malformed, "Line 1, column 7: "},
      {"{\"a\":1,}", malformed, "Line 1, column 8: "},
      {"{a:1}", malformed, "Line 1, column 2: "},
      {"{'a':1}", malformed, "Line 1, column 2: "},
      {"{\"a\":01}", malformed, "Line 1, column 7: "},
      {"{\"a\":+1}", malformed, "Line 1, column 6: "},
      {"{\"a\":NaN}", malformed, "Line 1, column 6: "},
      {"{\"a\":1}{}", malformed, "Line 1, column 8: "},
      {"{\"a\":1}x", malformed, "Line 1, column 8: "},
      {"{\"a\":1} // x", malformed, "Line 1, column 9: "},
      {"{\"a\":1\0}"s, malformed, "Line 1, column 7: a NUL is not allowed."},
      {"{\"a\":1}\0"s, malformed, "Line 1, column 8: a NUL is not allowed."},
      {"\0"s, malformed, "Line 1, column 1: a NUL is not allowed."},
      {"{\"a\":\"x\ny\"}", malformed, "Line 1, column 8: "},
      {"{\"a\":\"\xff\"}", malformed, "Line 1, column 6: a string must be UTF-8."},
      {"{\"a\":\"\xc0\x80\"}", malformed, "Line 1, column 6: a string must be UTF-8."},
      {"{\"a\":\"\xed\xa0\x80\"}", malformed, "Line 1, column 6: a string must be UTF-8."},
      {"{\"\xff\":1}", malformed, "Line 1, column 2: a key must be UTF-8"},
      {"{\"a\":\"\\ud800\"}", malformed, "Line 1, column "},
      {"{\"a\":\"\\udc00\"}", malformed, "Line 1, column 6: a string must be UTF-8."},
      {"\xEF\xBB", malformed, "Line 1, column 1: "},
      {"\xEF\xBB{}", malformed, "Line 1, column 1: "},
      {"\xEF", malformed, "Line 1, column 1: "},
      {"\xFE\xFF\x20{\x20}", malformed, "Line 1, column 1: "},
      {"{\"\\u0000\":1}", malformed, "Line 1, column 2: a key must be UTF-8 without NUL."},
      {"{\"a\":1,\n \"b\":2,\n  \"a\":3}", malformed, "Line 3, column 3: a key is given twice."},
      {"{\"a\":null,\"a\":3}", malformed, "Line 1, column 11: a key is given twice."},
      {"{\"GSW_PHONE\":1,\"GSW_PHON\\u0045\":2}", malformed, "Line 1, column 16: GSW_PHONE is given twice."},
      {"{\"a\":\n true}", invalid,
       "Line 2, column 2: a value must be a string, an integer from -(2^53-1) to 2^53-1 or null, not true or"},
      {"{\"GSW_PHONE\":[1]}", invalid,
       "Line 1, column 14: GSW_PHONE must be a string, an integer from -(2^53-1) to 2^53-1 or null, not an array."},
      {"{\"b\":{}}", invalid, "Line 1, column 6: a value must be"},
      {"{\"a\":1,\"b\": 1.5}", invalid, "Line 1, column 13: a value must be"},
      {"{\"a\":1.0}", invalid, "Line 1, column 6: "},
      {"{\"a\":1e2}", invalid, "Line 1, column 6: "},
      {"{\"a\":9007199254740992}", invalid, "Line 1, column 6: "},
      {"{\"a\":-9007199254740992}", invalid, "Line 1, column 6: "},
      {"{\"a\":9223372036854775807}", invalid, "Line 1, column 6: "},
      {"{\"GSW_CAMPAIGN_GROUP_DESCRIPTION\":1e2}", invalid,
       "Line 1, column 35: GSW_CAMPAIGN_GROUP_DESCRIPTION must be a string, an integer from -(2^53-1) to 2^53-1 or "
       "null, "
       "not a number beyond that or with a fraction or exponent."},
      {"{\"a\":18446744073709551616}", invalid, "Line 1, column 6: "},
      {"{\"a\":\"\\u0000\"}", invalid, "Line 1, column 6: a value must be a string"},
      {"{\"\xc3\xa9\":false}", invalid, "Line 1, column 6: "},
  };
  for (const Bad& bad : table) {
    CAPTURE(bad.body);
    auto event = parse_body(bad.body);
    REQUIRE_FALSE(event.has_value());
    CHECK(event.error().number == bad.number);
    CHECK(event.error().text.size() <= kErrorTextBytesMax);
    CHECK(event.error().text.substr(0, bad.text.size()) == bad.text);
  }
}

TEST_CASE("a body that is a form or XML is told so, and none of its bytes", "[json_body]") {
  struct Case {
    std::string_view body;
    std::string_view text;
  };
  constexpr std::string_view kForm =
      "Line 1, column 1: this looks like a form (name=value); the body must be one JSON object in UTF-8.";
  // Its n might have been the beginning of null.
  constexpr std::string_view kFormBehindLetter =
      "Line 1, column 2: this looks like a form (name=value); the body must be one JSON object in UTF-8.";
  for (const Case& c :
       {Case{"GSW_PHONE=%2B15550100&GSW_TZ_NAME=PST", kForm}, Case{"a=", kForm}, Case{"a%20b+c[]=1", kForm},
        Case{"GSW PHONE=1", kForm},
        Case{"stra\xC3\x9F"
             "e=1",
             kForm},
        Case{"n\xC3\xA4me=1", kFormBehindLetter}, Case{"n\xE4me=1", kFormBehindLetter},
        Case{"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n",
             "Line 1, column 2: this looks like a form (multipart/form-data); the body must be one"},
        Case{"\n<?xml version=\"1.0\"?><a/>", "Line 2, column 1: this looks like XML or HTML; the body must"}}) {
    CAPTURE(c.body);
    auto event = parse_body(c.body);
    REQUIRE_FALSE(event);
    CHECK(event.error().number == ErrorNumber::malformed_body);
    CHECK(event.error().text.substr(0, c.text.size()) == c.text);
  }
  for (std::string_view other : {"hello", "=", "{\"a\"=1}", "a b", "n\xC3\xA4me", "a:b=1"}) {
    CAPTURE(other);
    CHECK(parse_body(other).error().text.find("looks like") == std::string::npos);
  }
}

TEST_CASE("a body in another encoding is told so", "[json_body]") {
  using namespace std::string_literals;
  struct Case {
    std::string bytes;
    std::string text;
  };
  const std::string wide = "this looks like UTF-16 or UTF-32; the body must be one JSON object in UTF-8.";
  for (const Case& c :
       {Case{"\xFF\xFE{\0}\0"s, "Line 1, column 4: " + wide}, Case{"\xFE\xFF\0{\0}"s, "Line 1, column 3: " + wide},
        Case{"\xFF\xFE\0\0{\0\0\0"s, "Line 1, column 3: " + wide},
        Case{"\0\0\xFE\xFF\0\0\0{"s, "Line 1, column 1: " + wide}, Case{"{\0\"\0"s, "Line 1, column 2: " + wide},
        Case{"\0{\0\""s, "Line 1, column 1: " + wide},
        Case{"\x1F\x8B\x08\0\0"s, "Line 1, column 3: this looks like gzip; the body must be one JSON object in UTF-8."},
        Case{"\x1F\x8B\x08"s, "Line 1, column 1: this looks like gzip; the body must be one JSON object in UTF-8."}}) {
    CAPTURE(c.bytes);
    auto event = parse_body(c.bytes);
    REQUIRE_FALSE(event);
    CHECK(event.error().number == ErrorNumber::malformed_body);
    CHECK(event.error().text == c.text);
  }
}

TEST_CASE("every integer that an answer holds is taken back as it is", "[json_body]") {
  for (std::int64_t value : {-outpost::kIntegerMax, std::int64_t{-1}, std::int64_t{0}, std::int64_t{2147483648},
                             outpost::kEpochMax, outpost::kIntegerMax}) {
    Event event;
    event.add("a", value);
    CHECK(good(event_to_json(event)) == event);
  }
}

TEST_CASE("a lone half of a surrogate pair is refused", "[json_body]") {
  CHECK_FALSE(parse_body(R"({"a":"\ud800"})"));
  CHECK_FALSE(parse_body(R"({"a":"\udc00"})"));
  CHECK_FALSE(parse_body(R"({"a":"\ud800\ud800"})"));
}

TEST_CASE("half a million nested arrays are an error, not a crash", "[json_body]") {
  auto event = parse_body(std::string(500'000, '['));
  REQUIRE_FALSE(event.has_value());
  CHECK(event.error().number == ErrorNumber::malformed_body);
  CHECK_FALSE(parse_body("{\"a\":" + std::string(500'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_FALSE(parse_body(objects));
}

TEST_CASE("a number with an exponent at the end of int does no harm", "[json_body]") {
  for (std::string_view number : {"0.00000000001e-2147483639", "0e2147483647", "1e-99999999999999999999"}) {
    CHECK_FALSE(parse_body(fmt::format("{{\"a\":{}}}", number)));
  }
}

TEST_CASE("keys are limited in number and length", "[json_body]") {
  BodyLimits limits{.keys_max = 3, .key_bytes_max = 4};
  CHECK(good(R"({"a":1,"b":null,"cccc":3})", limits).size() == 2);
  auto many = parse_body(R"({"a":1,"b":null,"c":3,"d":4})", limits);
  REQUIRE_FALSE(many.has_value());
  CHECK(many.error().text == "Line 1, column 23: there must be at most 3 keys.");
  auto lengthy = parse_body(R"({"aaaaa":1})", limits);
  REQUIRE_FALSE(lengthy.has_value());
  CHECK(lengthy.error().text == "Line 1, column 2: a key must have at most 4 bytes.");
}

TEST_CASE("an event becomes one flat object in its order", "[json_body]") {
  Event event;
  event.add("GSW_USER_EVENT", "Error");
  event.add("GSW_ERROR_NUMBER", std::int64_t{103});
  event.add("big", std::int64_t{9'000'000'000});
  event.add("quote\"", "line\n\x01\\ \xc3\xa9");
  CHECK(event_to_json(event) ==
        "{\"GSW_USER_EVENT\":\"Error\",\"GSW_ERROR_NUMBER\":103,\"big\":9000000000,"
        "\"quote\\\"\":\"line\\n\\u0001\\\\ \xc3\xa9\"}");
  CHECK(event_to_json(Event()) == "{}");
}

TEST_CASE("bytes of an event that are not UTF-8 become U+FFFD", "[json_body]") {
  Event event;
  event.add("a", "x\xffy");
  event.add("k\xff", "");
  CHECK(event_to_json(event) == "{\"a\":\"x\xef\xbf\xbdy\",\"k\xef\xbf\xbd\":\"\"}");
}

TEST_CASE("chained records follow as an array, which is there even when it is empty", "[json_body]") {
  Event end;
  end.add("GSW_USER_EVENT", "ChainedRecordsDataEnd");
  CHECK(event_to_json(end) == R"({"GSW_USER_EVENT":"ChainedRecordsDataEnd","records":[]})");
  std::vector<Event> records(2);
  records[0].add("GSW_CHAIN_N", std::int64_t{0});
  CHECK(event_to_json(end, records) ==
        R"({"GSW_USER_EVENT":"ChainedRecordsDataEnd","records":[{"GSW_CHAIN_N":0},{}]})");
}

TEST_CASE("what is written as a body is read back as it was", "[json_body]") {
  Event event = good(R"({"GSW_PHONE":"+15550100","n":5,"e":"\u00e9\n\"\\"})");
  CHECK(good(event_to_json(event)) == event);
}

TEST_CASE("a body means the same with and without escapes, which are read another way", "[json_body]") {
  auto both = [](const std::string& members) {
    CAPTURE(members);
    auto plain = parse_body("{" + members + "}");
    auto escaped = parse_body(R"({"\u0067":null,)" + members + "}");
    REQUIRE(plain.has_value() == escaped.has_value());
    if (plain) CHECK(*plain == *escaped);
    if (!plain) CHECK(plain.error().number == escaped.error().number);
    return plain.has_value();
  };
  for (std::string value : {"\"\"", "\"x~ !\"", "0", "7", "9007199254740991", "null", "\t17\r\n", "  \"a,b:c}\" "}) {
    CHECK(both("\"k\":" + value));
    CHECK(both("\"GSW_PHONE\" : " + value + " ,\n\"a\":1"));
  }
  for (std::string value : {"-0", "-7", "\"\\n\"", "\"\xC3\xA9\"", "\"\x7F\""}) CHECK(both("\"k\":" + value));
  for (std::string value : {"",
                            "01",
                            "1.5",
                            "1e3",
                            "-",
                            "9007199254740992",
                            "99999999999999999999",
                            "nul",
                            "nullx",
                            "null1",
                            "1 2",
                            "\"",
                            "\"\nnull",
                            "\"\x01\"",
                            "\"\xFF\"",
                            "true",
                            "[]",
                            "{}",
                            "1,",
                            ",",
                            "\"a\"\"b\"",
                            "'a'",
                            "1}"}) {
    CHECK_FALSE(both("\"k\":" + value));
  }
  for (std::string members : {"\"a\"", "\"a\":1,\"a\":2", "\"a\":null,\"a\":1", "\"GSW_FROM\":1,\"GSW_FROM\":null",
                              "a:1", "\"a\" 1", "\"a\":1 \"b\":2"}) {
    CHECK_FALSE(both(members));
  }
}

TEST_CASE("a body of any number of keys within the limit is taken, and a key that is null counts", "[json_body]") {
  for (std::size_t keys : {1U, 15U, 16U, 17U, 40U}) {
    std::string members;
    for (std::size_t i = 0; i < keys; ++i)
      members += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i % 3 == 0 ? "null" : "1");
    CHECK(good("{" + members + "}", {.keys_max = keys}).size() == keys - (keys + 2) / 3);
    CHECK_FALSE(parse_body("{" + members + "}", {.keys_max = keys - 1}));
  }
}

}  // namespace outpost::test::json_body_test
