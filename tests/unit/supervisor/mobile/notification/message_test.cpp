#include "supervisor/mobile/notification/message.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::mobile::message_test {

TEST_CASE("a string comes as text, anything else as JSON", "[notification]") {
  MessageText text = message_text({"t", R"("a\"b\u00e9")", MediaType::string}, "", {});
  CHECK(text.text == "a\"b\xC3\xA9");
  CHECK(text.content_type() == "text/plain;charset=UTF-8");
  MessageText json = message_text({"t", R"({"a":1.50})", MediaType::string}, "de", {});
  CHECK(json.text == R"({"a":1.50})");
  CHECK(json.content_type() == "application/json");
}

TEST_CASE("a key comes as its text in the subscriber's language", "[notification]") {
  auto texts = Localization::parse(R"(<messages default="en"><message key="k"><text lang="en">hello</text>)"
                                   R"(<text lang="de">hallo</text></message></messages>)");
  REQUIRE(texts);
  NotificationEvent event{"t", "\"k\"", MediaType::localizestring};
  CHECK(message_text(event, "de-DE", *texts).text == "hallo");
  CHECK(message_text(event, "", *texts).text == "hello");
  CHECK(message_text(event, "de", {}).text == "k");
  event.media_type = MediaType::string;
  CHECK(message_text(event, "de", *texts).text == "k");
}

}  // namespace outpost::supervisor::mobile::message_test
