#include "supervisor/mobile/notification/rules.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/digest.h"
#include "common/json.h"
#include "protocol/mobile/limits.h"

namespace outpost::supervisor::mobile::notification_rules_test {

namespace {

using Catch::Matchers::ContainsSubstring;

SubscriptionRules rules() {
  SubscriptionRules made;
  made.has_provider = [](std::string_view name) { return name == "bank"; };
  made.enabled = {PushType::comet, PushType::httpcb, PushType::orscb};
  made.default_time = std::chrono::seconds(45);
  return made;
}

// A subscription with members beside the mandatory ones, or in their place.
std::string body(const std::string& more = {}, const std::string& type = "httpcb",
                 const std::string& device = "http://crm.example/hook", const std::string& details = {}) {
  return R"({"subscriberId":"ann","filter":"ors.*","notificationDetails":{"type":")" + type + R"(","deviceId":")" +
         device + "\"" + details + "}" + more + "}";
}

NewSubscription taken(const std::string& json, const SubscriptionRules& by = rules()) {
  auto made = read_subscription(json, by);
  if (!made) FAIL(made.error().text);
  return *std::move(made);
}

Refusal refused(const std::string& json, const SubscriptionRules& by = rules()) {
  auto made = read_subscription(json, by);
  REQUIRE_FALSE(made);
  return made.error();
}

Refusal refused_event(const std::string& json) {
  auto made = read_event(json);
  REQUIRE_FALSE(made);
  CHECK(made.error().status == 400);
  return made.error();
}

std::string message_of(const std::string& message) {
  auto made = read_event(R"({"tag":"t","message":)" + message + R"(,"more":[{"message":0}]})");
  if (!made) FAIL(made.error().text);
  return made->message;
}

}  // namespace

TEST_CASE("a subscription is read with what it needs alone", "[notification]") {
  NewSubscription made = taken(body());
  CHECK(made.time == std::chrono::seconds(45));
  CHECK(made.row.subscriber == "ann");
  CHECK(made.row.filter == "ors.*");
  CHECK(made.row.pattern);
  CHECK(made.row.prefix == "ors.");
  CHECK(made.row.type == "httpcb");
  CHECK(made.row.device == "http://crm.example/hook");
  CHECK(made.row.properties == "{}");
  CHECK(made.row.provider.empty());
  CHECK(made.row.authorization.empty());
}

TEST_CASE("a subscription is read with all that it may have", "[notification]") {
  std::string json = body(R"(,"expire":600,"providerName":"bank","authorization":"u:p","other":1)", "httpcb",
                          "HTTP://crm.example", R"(,"properties":{"language":"de","debug":true,"n":7})");
  NewSubscription made = taken(json);
  CHECK(made.time == std::chrono::seconds(600));
  CHECK(made.row.provider == "bank");
  CHECK(made.row.authorization == "Basic " + base64("u:p"));
  CHECK(made.row.properties == R"({"debug":"true","language":"de","n":"7"})");
  CHECK(taken(body(R"(,"authorization":"basic )" + base64("u:p") + "\"")).row.authorization == made.row.authorization);
}

TEST_CASE("a time that is none is the default, a long one is cut", "[notification]") {
  for (const char* none : {"0", "-1", "1.5", "\"x\"", "null", "[]"}) {
    CHECK(taken(body(",\"expire\":" + std::string(none))).time == std::chrono::seconds(45));
  }
  CHECK(taken(body(R"(,"expire":"60")")).time == std::chrono::seconds(60));
  CHECK(taken(body(R"(,"expire":999999999999)")).time == std::chrono::seconds(protocol::kTtlMax));
}

TEST_CASE("what is missing or wrong in a subscription is named", "[notification]") {
  auto [json, text] = GENERATE(table<std::string, std::string>({
      {"[]", "A subscription must be a JSON object, not an array."},
      {"{", "The body is no JSON"},
      {"{}", "subscriberId is missing; it must be a string of 1 to 255 bytes."},
      {R"({"subscriberId":7})", "subscriberId is an integer; it must be a string"},
      {R"({"subscriberId":""})", "subscriberId has 0 bytes"},
      {R"({"subscriberId":"a"})", "filter is missing; it must be a string of 1 to 1000 bytes."},
      {R"({"subscriberId":"a","filter":"*"})", "notificationDetails must be an object with type and deviceId."},
      {body("", "sms"), "notificationDetails.type is \"sms\"; valid: android, comet, gcm, httpcb, ios, orscb."},
      {body("", "ios"), "type ios are not delivered by this node; those of these types are: comet, httpcb, orscb."},
      {body("", "httpcb", ""), "notificationDetails.deviceId has 0 bytes"},
      {body("", "httpcb", "https://crm.example"), "over plain HTTP: it must begin with http://, not https://."},
      {body("", "httpcb", "ftp://crm.example"), "must be a URL that begins with http://"},
      {body("", "httpcb", "http:///x"), "must be a URL that begins with http://"},
      {body("", "httpcb", "http://:80/"), "must be a URL that begins with http:// and a host"},
      {body("", "httpcb", "http://x:99999/"), "a port of 1 to 65535"},
      {body("", "httpcb", "http://x:-5/"), "a port of 1 to 65535"},
      {body("", "httpcb", "http://x:0/"), "a port of 1 to 65535"},
      {body("", "httpcb", "http://[::1"), "must be a URL that begins with http:// and a host"},
      {body("", "httpcb", "http://u:p@x/"), "user and password are the member authorization"},
      {body("", "httpcb", "http://a b"), "must be a URL that begins with http://"},
      {body("", "httpcb", "http://a\\r\\nX: y"), "must be a URL that begins with http://"},
      {body("", "orscb", "../terminate"), "must be the id of an ORS session"},
      {body("", "orscb", "S1", R"(,"properties":{"event":"a/b"})"), "must be the name of an ORS event"},
      {body("", "comet", std::string(256, 'u')), "must be a gms_user of at most 255 bytes."},
      {body("", "httpcb", "http://a", R"(,"properties":{"a":[]})"), "A property must have a name"},
      {body("", "httpcb", "http://a", R"(,"properties":[])"), "properties must be an object of at most 32 strings."},
      {body(R"(,"providerName":"shop")"), "providerName is \"shop\", and there is no section push.provider.shop."},
      {body(R"(,"authorization":"secret")"), "authorization must be \"user:password\""},
      {body(R"(,"authorization":"u:p\n")"), "authorization must be \"user:password\""},
      {body(R"(,"authorization":{})"), "authorization is an object; it must be a string"},
  }));
  CAPTURE(json);
  Refusal refusal = refused(json);
  CHECK(refusal.status == 400);
  CHECK_THAT(refusal.text, ContainsSubstring(text));
  CHECK_THAT(refusal.text, !ContainsSubstring("secret"));
}

TEST_CASE("a subscription has limits", "[notification]") {
  auto with_filter = [](std::size_t bytes) {
    return R"({"subscriberId":"a","filter":")" + std::string(bytes, 'f') +
           R"(","notificationDetails":{"type":"comet","deviceId":"u"}})";
  };
  CHECK(taken(with_filter(1000)).row.prefix.size() == 1000);
  CHECK_THAT(refused(with_filter(1001)).text, ContainsSubstring("filter has 1001 bytes"));
  CHECK(taken(body("", "httpcb", "http://" + std::string(993, 'h'))).row.device.size() == 1000);
  CHECK_THAT(refused(body("", "httpcb", "http://" + std::string(994, 'h'))).text, ContainsSubstring("1001 bytes"));
  auto with_properties = [](std::size_t n, std::size_t name, std::size_t value) {
    JsonWriter out;
    out.begin_object();
    for (std::size_t i = 0; i < n; ++i)
      out.member(std::to_string(100 + i) + std::string(name - 3, 'n'), std::string(value, 'v'));
    return body("", "httpcb", "http://a", ",\"properties\":" + out.end_object().take());
  };
  CHECK(taken(with_properties(32, 255, 1000)).row.properties.size() > 32 * 1255);
  CHECK(refused(with_properties(33, 3, 1)).status == 400);
  CHECK(refused(with_properties(1, 256, 1)).status == 400);
  CHECK(refused(with_properties(1, 3, 1001)).status == 400);
}

TEST_CASE("through an external listener no subscription makes this node post", "[notification]") {
  SubscriptionRules outside = rules();
  outside.external = true;
  for (const char* type : {"httpcb", "orscb"}) {
    Refusal why = refused(body("", type, *type == 'h' ? "http://a" : "S1"), outside);
    CHECK(why.status == 403);
    CHECK(why.text == fmt::format("A subscription of type {} is not taken over this listener.", type));
  }
  CHECK(taken(body("", "comet", "ann"), outside).row.type == "comet");
}

TEST_CASE("through an external listener no subscription lives longer than a day", "[notification]") {
  SubscriptionRules outside = rules();
  outside.external = true;
  CHECK(taken(body(R"(,"expire":86401)", "comet", "ann")).time == std::chrono::seconds(86'401));
  CHECK(taken(body(R"(,"expire":86401)", "comet", "ann"), outside).time == kExternalTimeMax);
  CHECK(taken(body(R"(,"expire":60)", "comet", "ann"), outside).time == std::chrono::seconds(60));
  outside.default_time = std::chrono::hours(48);
  CHECK(taken(body("", "comet", "ann"), outside).time == kExternalTimeMax);
}

TEST_CASE("a subscription is shown as it was sent, without its credentials", "[notification]") {
  StateSubscription row =
      taken(body(R"(,"providerName":"bank","authorization":"u:p")", "orscb", "S1", R"(,"properties":{"event":"e"})"))
          .row;
  row.id = "0123456789abcdef0123456789abcdef";
  row.left_ms = 29'999;
  CHECK(subscription_json(row) ==
        R"({"id":"0123456789abcdef0123456789abcdef","subscriberId":"ann","filter":"ors.*","expire":29,)"
        R"("providerName":"bank","notificationDetails":{"type":"orscb","deviceId":"S1","properties":{"event":"e"}}})");
}

TEST_CASE("an event keeps its message byte by byte", "[notification]") {
  for (const char* message : {R"("hello")", "1.50", "12345678901234567890123", "true",
                              R"({"a":{"tag":"x"},"b":[1,"]}"]})", R"("\"}],\\")", "[]", "\"\""}) {
    CHECK(message_of(message) == message);
  }
  auto made = read_event(R"({"message":"m","tag":"a.b","mediaType":"localizestring"})");
  REQUIRE(made);
  CHECK(made->tag == "a.b");
  CHECK(made->media_type == MediaType::localizestring);
  CHECK(read_event(R"({"tag":"t","message":1})")->media_type == MediaType::string);
}

TEST_CASE("what is missing or wrong in an event is named", "[notification]") {
  CHECK_THAT(refused_event("[]").text, ContainsSubstring("An event must be a JSON object"));
  CHECK_THAT(refused_event(R"({"message":1})").text, ContainsSubstring("tag is missing"));
  CHECK_THAT(refused_event(R"({"tag":"a"})").text, ContainsSubstring("message is missing"));
  CHECK_THAT(refused_event(R"({"tag":"a","message":null})").text, ContainsSubstring("message is missing"));
  CHECK_THAT(refused_event(R"({"tag":")" + std::string(256, 't') + R"(","message":1})").text,
             ContainsSubstring("1 to 255 bytes"));
  CHECK_THAT(refused_event(R"({"tag":"a","message":1,"mediaType":"image"})").text,
             ContainsSubstring("mediaType is \"image\"; valid: string, localizestring."));
  CHECK_THAT(refused_event(R"({"tag":"a","message":{},"mediaType":"localizestring"})").text,
             ContainsSubstring("must be a string"));
  CHECK_THAT(refused_event(R"({"tag":"a","message":")" + std::string(kMessageBytesMax - 1, 'm') + "\"}").text,
             ContainsSubstring("at most 65536 are taken"));
}

TEST_CASE("an event that is made here has the same limits", "[notification]") {
  CHECK(make_event("t", "{}", "")->media_type == MediaType::string);
  CHECK_FALSE(make_event("", "{}", "string"));
  CHECK_FALSE(make_event("t", "{}", "localizestring"));
}

TEST_CASE("ids are 32 digits", "[notification]") {
  CHECK(is_notification_id("0123456789abcdef0123456789abcdef"));
  CHECK_FALSE(is_notification_id("0123456789ABCDEF0123456789abcdef"));
  CHECK_FALSE(is_notification_id("0123456789abcdef"));
  CHECK_FALSE(is_notification_id(""));
}

}  // namespace outpost::supervisor::mobile::notification_rules_test
