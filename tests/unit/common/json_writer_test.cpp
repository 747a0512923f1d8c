#include "common/json.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace outpost;

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
