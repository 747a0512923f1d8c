#include "protocol/outbound/event_charset.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::event_charset_test {

using namespace outpost::protocol;

TEST_CASE("UTF-8 and no encoding need no conversion, an unknown name is an error", "[event]") {
  for (const char* name : {"", "utf-8", "UTF8"}) {
    auto charset = EventCharset::make(name);
    REQUIRE(charset);
    CHECK_FALSE(*charset);
  }
  CHECK_FALSE(EventCharset::make("no-such-charset"));
}

TEST_CASE("an event is converted with its keys, and not at all when one has a character too many", "[event]") {
  auto charset = EventCharset::make("ISO-8859-1");
  REQUIRE(charset);
  Event event;
  event.add(
      "Stra\xC3\x9F"
      "e",
      "M\xC3\xBChle");
  event.add("N", std::int64_t{5});
  auto latin = convert(event, (*charset)->from_utf8);
  REQUIRE(latin);
  CHECK(*latin->string("Stra\xDF"
                       "e") == "M\xFChle");
  CHECK(latin->integer("N") == 5);
  CHECK(convert(*latin, (*charset)->to_utf8).value() == event);
  event.add("EURO", "\xE2\x82\xAC");
  CHECK_FALSE(convert(event, (*charset)->from_utf8));
  convert_lossy(event, (*charset)->from_utf8);
  CHECK(event.size() == 3);
  CHECK(event.integer("N") == 5);
}

}  // namespace outpost::test::event_charset_test
