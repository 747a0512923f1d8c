#include "supervisor/config/push.h"

#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/supervisor/config/mobile_file.h"

namespace outpost::test::push_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

Config config_of(std::string_view sections) { return load_mobile(sections).config; }

PushTypes types(std::string_view enabled) {
  return push_types(config_of(fmt::format(R"("push": {{"pushEnabled": "{}"}})", enabled)));
}

}  // namespace

TEST_CASE("subscribers are told in the ways that are enabled, and of comet always", "[config][push]") {
  CHECK(push_types(config_of("")).enabled == std::set{PushType::comet});
  CHECK(push_types(config_of("")).disabled.empty());
  CHECK(types("httpcb, orscb").enabled == std::set{PushType::comet, PushType::httpcb, PushType::orscb});
  PushTypes native = types("ios,httpcb,gcm,android,comet");
  CHECK(native.enabled == std::set{PushType::comet, PushType::httpcb});
  CHECK(native.disabled == Lines{"push.pushEnabled: ios is disabled, for native push comes in a later version",
                                 "push.pushEnabled: gcm is disabled, for native push comes in a later version",
                                 "push.pushEnabled: android is disabled, for native push comes in a later version"});
}

TEST_CASE("a type that there is not is ignored with a remark", "[config][push]") {
  constexpr std::string_view kTypes = R"("push": {"pushEnabled": "httpcb,htpcb, fax,,"})";
  CHECK(push_types(config_of(kTypes)).enabled == std::set{PushType::comet, PushType::httpcb});
  CHECK(mobile_warnings(kTypes) ==
        Lines{"f.json:2: push.pushEnabled: htpcb is no type of subscription and is ignored; did you mean httpcb?",
              "f.json:2: push.pushEnabled: fax is no type of subscription and is ignored"});
}

TEST_CASE("subscriptions live for 30 seconds at the least", "[config][push]") {
  auto seconds = [](std::string_view given) {
    return config_of(fmt::format(R"("push": {{"defaultSubscriptionExpiration": {}}})", given))
        .push.default_subscription_expiration;
  };
  CHECK(config_of("").push.default_subscription_expiration == 30);
  CHECK(seconds("31") == 31);
  CHECK(seconds("\"600\"") == 600);
  CHECK(seconds("29") == 30);
  CHECK(seconds("-5") == 30);
  CHECK(mobile_warnings(R"("push": {"defaultSubscriptionExpiration": 29})") ==
        Lines{"f.json:2: push.defaultSubscriptionExpiration: 29 is less than the least and counts as 30"});
  CHECK(mobile_errors(R"("push": {"defaultSubscriptionExpiration": 31536001})").size() == 1);
}

TEST_CASE("the format of an event is taken option by option, the most specific first", "[config][push]") {
  Config config = config_of(R"(
    "push": {"apple.badge": 1, "apple.sound": "p", "android.collapseKey": "p", "apple.alertMessageBody": "p"},
    "push.provider.event": {"apple.sound": "e", "android.collapseKey": "e", "apple.alertMessageBody": "e"},
    "push.provider.event.ors": {"android.collapseKey": "g", "apple.alertMessageBody": "g"},
    "push.provider.event.ors.contact": {"apple.alertMessageBody": "longer"},
    "push.provider.P": {},
    "push.provider.P.event.ors": {"apple.alertMessageBody": "own"})");
  auto shown = [&](std::string_view provider, std::string_view tag) {
    PushFormatOptions format = push_format(config, provider, tag);
    return Lines{format.apple_badge, format.apple_sound, format.android_collapse_key, format.apple_body};
  };
  CHECK(shown("", "chat") == Lines{"1", "e", "e", "e"});
  CHECK(shown("", "ors") == Lines{"1", "e", "g", "g"});
  CHECK(shown("", "ors.x") == Lines{"1", "e", "g", "g"});
  CHECK(shown("", "orsx") == Lines{"1", "e", "e", "e"});
  CHECK(shown("", "ors.contact.5") == Lines{"1", "e", "g", "longer"});
  CHECK(shown("P", "ors.contact.5") == Lines{"1", "e", "g", "own"});
  CHECK(shown("Q", "ors.contact.5") == Lines{"1", "e", "g", "longer"});
  CHECK(push_format(config_of(""), "", "a").apple_body.empty());
}

TEST_CASE("a provider is a section that is no format", "[config][push]") {
  Config config =
      config_of(R"("push.provider.A-b_1": {}, "push.provider.event": {}, "push.provider.A-b_1.event.x": {})");
  CHECK(has_provider(config, "A-b_1"));
  for (const char* none : {"", "event", "A", "A-b_1.event.x"}) {
    CAPTURE(none);
    CHECK_FALSE(has_provider(config, none));
  }
}

TEST_CASE("names of sections that are neither provider nor format are refused", "[config][push]") {
  for (const char* name : {"a.b", "a.event", "a.event.", "event.", ".event.x", "a.eventual.x"}) {
    CAPTURE(name);
    CHECK(mobile_errors(fmt::format(R"("push.provider.{}": {{}})", name)) ==
          Lines{fmt::format("f.json:2: push.provider.{}: is no name of a provider or format; valid: "
                            "push.provider.PROVIDER, push.provider.event, push.provider.event.GROUP or "
                            "push.provider.PROVIDER.event.GROUP, and no dot in PROVIDER",
                            name)});
  }
  CHECK(
      mobile_warnings(R"("push.provider.p.event.x": {})") ==
      Lines{"f.json:2: push.provider.p.event.x: there is no section push.provider.p, so no subscription can name it"});
}

TEST_CASE("options of providers are checked, their twins of the debug channel too", "[config][push]") {
  CHECK(mobile_warnings(R"("push": {"apple.keystore": "/k", "debug.apple.isDebug": true, "android.gcm.retryNumber": 3,
    "debug.android.unavailability_retry_timeout": "120", "apple.endpoint": "https://127.0.0.1:1"},
    "push.provider.p": {"debug.apple.keystorePassword": ""})")
            .empty());
  CHECK(mobile_errors(R"("push": {"aple.keystore": "/k",
"debug.apple.keystor": "/k",
"debug.apple.badge": "1",
"fax": "1",
"apple.isDebug": "perhaps",
"android.gcm.retryNumber": -1,
"apple.keystore": "k.p12",
"apple.endpoint": "ftp://a"})")
            .size() == 8);
  auto error = [](std::string_view option) {
    return mobile_errors(fmt::format(R"("push.provider.p": {{{}}})", option)).at(0);
  };
  CHECK(error(R"("aple.keystore": "/k")") ==
        "f.json:2: push.provider.p.aple.keystore: there is no such option; did you mean apple.keystore?");
  CHECK(error(R"("debug.apple.keystor": "/k")") ==
        "f.json:2: push.provider.p.debug.apple.keystor: there is no such option; did you mean debug.apple.keystore?");
  CHECK(error(R"("debug.apple.badge": "1")") ==
        "f.json:2: push.provider.p.debug.apple.badge: formats have no debug channel of their own; valid: apple.badge");
  CHECK(error(R"("apple.isDebug": "perhaps")") ==
        "f.json:2: push.provider.p.apple.isDebug: \"perhaps\" is neither; valid: true or false");
  CHECK(error(R"("apple.keystore": "k.p12")") ==
        "f.json:2: push.provider.p.apple.keystore: \"k.p12\" is no absolute path; valid: an absolute path, "
        "$CREDENTIALS_DIRECTORY/NAME, or empty");
}

TEST_CASE("what has no effect where it stands is a remark", "[config][push]") {
  CHECK(mobile_warnings(R"("push.provider.p": {"apple.badge": "1", "pushEnabled": "ios"},
"push.provider.event": {"apple.keystore": "/k"})") ==
        Lines{"f.json:2: push.provider.p.pushEnabled: has no effect here; the one of the section push has",
              "f.json:2: push.provider.p.apple.badge: has no effect here, where options of a provider are; valid: in "
              "push, push.provider.event or push.provider.PROVIDER.event.GROUP",
              "f.json:3: push.provider.event.apple.keystore: has no effect here, where formats of events are; valid: "
              "in push or push.provider.PROVIDER"});
  CHECK(
      mobile_warnings(R"("push": {"debug.android.ssl_trust_all": "true"})") ==
      Lines{"f.json:2: push.debug.android.ssl_trust_all: whoever stands between can read and change what is sent, for "
            "no certificate is checked"});
}

TEST_CASE("secrets of providers are never shown", "[config][push]") {
  LoadedConfig loaded = load_mobile(R"("push": {"apple.keystorePassword": "topsecret",
    "debug.apple.keystorePassword": 4711, "android.gcm.apiKey": "topsecret", "android.senderPassword": "topsecret",
    "apple.topic": "shown"})");
  std::string printed = print_config(loaded);
  CHECK_THAT(printed, !ContainsSubstring("topsecret"));
  CHECK_THAT(printed, !ContainsSubstring("4711"));
  CHECK_THAT(printed, ContainsSubstring("push.debug.apple.keystorePassword = ***"));
  CHECK_THAT(printed, ContainsSubstring("push.apple.topic = \"shown\""));
}

TEST_CASE("push waits for a restart, its providers too", "[config][push]") {
  Config before = config_of(R"("push.provider.p": {"apple.topic": "a"}, "push.provider.gone": {})");
  Config after = config_of(R"("push": {"pushEnabled": "httpcb"}, "push.provider.p": {"apple.topic": "b"})");
  CHECK(config_changes(before, after, before) == Lines{"push.pushEnabled: \"\" -> \"httpcb\", after a restart",
                                                       "push.provider.gone: removed, after a restart",
                                                       "push.provider.p.apple.topic: \"a\" -> \"b\", after a restart"});
  Config in_force = config_in_force(before, after);
  CHECK(push_types(in_force).enabled == std::set{PushType::comet});
  CHECK(has_provider(in_force, "gone"));
  CHECK(in_force.push_providers.at("p").provider.at("apple.topic") == "a");
  CHECK(config_waiting(in_force, after, {}).size() == 3);
}

}  // namespace outpost::test::push_test
