#include "supervisor/mobile/notification/formatting.h"

#include <catch2/catch_test_macros.hpp>

#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor::mobile::formatting_test {

TEST_CASE("what APNs gets has the formatting that was set and the message beside it", "[notification]") {
  CHECK(apns_body({}, "hi").json == R"({"aps":{},"message":"hi"})");
  PushFormatOptions format;
  format.apple_body = "Call";
  format.apple_loc_key = "K";
  format.apple_loc_arg_names = "name, city";
  format.apple_badge = "3";
  format.apple_sound = "ding";
  CHECK(apns_body(format, "hi").json ==
        R"({"aps":{"alert":{"body":"Call","loc-key":"K","loc-args":["name","city"]},"badge":3,"sound":"ding"},)"
        R"("message":"hi"})");
}

TEST_CASE("what FCM gets is data, and how soon it is to come", "[notification]") {
  CHECK(fcm_body({}, "tok", "hi").json ==
        R"({"message":{"token":"tok","data":{"message":"hi"},"android":{"priority":"high"}}})");
  PushFormatOptions format;
  format.android_collapse_key = "news";
  format.android_delay_while_idle = "true";
  CHECK(fcm_body(format, "tok", "hi").json ==
        R"({"message":{"token":"tok","data":{"message":"hi"},"android":{"collapse_key":"news","priority":"normal"}}})");
}

TEST_CASE("a message that is too long is cut between two characters", "[notification]") {
  for (const std::string& letter : {std::string("x"), std::string("\xC3\xA9"), std::string("\n"), std::string("\"")}) {
    std::string text;
    while (text.size() < kPushBytesMax) text += letter;
    for (const PushBody& body : {apns_body({}, text), fcm_body({}, "t", text)}) {
      CHECK(body.is_cut);
      CHECK(is_utf8(body.json));
      auto parsed = parse_json(body.json);
      REQUIRE(parsed);
    }
    std::size_t bytes = apns_body({}, text).json.size();
    CHECK(bytes <= kPushBytesMax);
    CHECK(bytes > kPushBytesMax - 8);
  }
  PushFormatOptions format;
  format.apple_body = std::string(2 * kPushBytesMax, 'b');
  CHECK(apns_body(format, "hi").json.ends_with(R"("message":""})"));
}

}  // namespace outpost::supervisor::mobile::formatting_test
