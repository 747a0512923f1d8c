#include "supervisor/config/outward.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "supervisor/config/config.h"
#include "supervisor/config/outward_texts.h"

namespace outpost::test::outward_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;

namespace {

LoadedConfig good(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

Lines errors(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  return loaded ? Lines{} : loaded.error();
}

// With an http-client "default" and these members of section application.
std::string with_client(std::string_view members) {
  return fmt::format(R"({{"http-client": [{{}}, {{"name": "slow"}}], "application": {{{}}}}})", members);
}

std::string webhook(std::string_view members) {
  return fmt::format(R"({{"http-client": [{{}}], "webhooks": [{{{}}}]}})", members);
}

const OutwardRules kRules{{}, {"default", "slow"}};

GroupOptions of_group(std::string_view text, const OutwardRules& rules = kRules) {
  auto given = parse_json(text);
  REQUIRE(given);
  return read_group_options(*given, rules);
}

std::string group_error(std::string_view text, const OutwardRules& rules = kRules) {
  GroupOptions read = of_group(text, rules);
  REQUIRE(read.errors.size() == 1);
  return read.errors.front().text;
}

}  // namespace

TEST_CASE("an address is http or https with a host, and holds no password", "[outward]") {
  for (const char* text : {"", "http://a", "https://rules.example:8443/check?x=1&y=%20", "http://[::1]:80/",
                           "http://127.0.0.1:1", "http://a_b-c.d/"}) {
    INFO(text);
    CHECK(http_url_fault(text) == "");
  }
  for (const char* text : {"rules.example",       "ftp://a/",    "http:/a",     "http://",          "https:///x",
                           "http://:80/",         "http://a:/",  "http://a:0/", "http://a:65536/",  "http://a:+1/",
                           "http://a:8x/",        "http://a b/", "http://a/\n", "http://\xc3\xa4/", "http://anna@a/",
                           "http://anna:pa55@a/", "http://a#b",  "http://a\\b", "http://[::1/",     "http://[1.2.3.4]/",
                           "http://[::1]x/",      "HTTP://a?",   "http://a,b/"}) {
    INFO(text);
    CHECK(http_url_fault(text) != "");
  }
}

TEST_CASE("what is secret in an address is not shown", "[outward]") {
  CHECK(shown_http_url("https://a/b") == "https://a/b");
  CHECK(shown_http_url("https://a/b?key=1") == "https://a/b?***");
  CHECK(shown_http_url("https://anna:pa55@a/b#c") == "https://***@a/b#***");
  CHECK(shown_http_url("anna:pa55@a") == "***@a");
  CHECK(shown_http_url("") == "");
  std::string shown = print_config(good(with_client(R"("history-uri": "http://a/x?token=topsecret")")));
  CHECK_THAT(shown, ContainsSubstring("http://a/x?***"));
  CHECK_THAT(shown, !ContainsSubstring("topsecret"));
  std::string error = errors(with_client(R"("history-uri": "http://anna:pa55word@a/")")).front();
  CHECK_THAT(error, ContainsSubstring("application.history-uri: \"http://***@a/\" holds a user or password"));
  CHECK_THAT(error, !ContainsSubstring("pa55word"));
}

TEST_CASE("a list of words is read with its blanks, and a wrong word is named", "[outward]") {
  OutwardConfig config;
  CHECK_FALSE(retries(config, OutwardKind::validation));
  for (auto kind : {OutwardKind::history, OutwardKind::contact_processed, OutwardKind::webhook}) {
    CHECK(retries(config, kind));
  }
  config.http_retry_applies_to = "validation ,history";
  CHECK(retries(config, OutwardKind::validation));
  CHECK(retries(config, OutwardKind::history));
  CHECK_FALSE(retries(config, OutwardKind::webhook));
  config.http_retry_applies_to = "campaigngroup-states";
  CHECK_FALSE(retries(config, OutwardKind::campaigngroup_states));
  WebhookConfig hook;
  CHECK_FALSE(wants(hook, WebhookEvent::record_added));
  hook.url = "http://a";
  CHECK(wants(hook, WebhookEvent::role_changed));
  hook.events = "record.called, dnc.added";
  CHECK(wants(hook, WebhookEvent::dnc_added));
  CHECK_FALSE(wants(hook, WebhookEvent::record_added));

  CHECK(errors(with_client(R"("http-retry-applies-to": "history, webhook")")) ==
        Lines{"f.json:1: application.http-retry-applies-to: \"history, webhook\" has the word webhook, where webhooks "
              "may be meant; valid: words with commas between them out of validation, history, contact-processed and "
              "webhooks, or empty"});
  for (const char* list : {"campaigngroup-states", "history,,webhooks", ",history", "history webhooks"}) {
    INFO(list);
    CHECK(errors(with_client(fmt::format(R"("http-retry-applies-to": "{}")", list))).size() == 1);
  }
  CHECK_THAT(errors(webhook(R"("url": "http://a", "events": "calls")")).at(0),
             ContainsSubstring("webhooks[0].events: \"calls\" has the word calls, which is none of them; valid: words "
                               "with commas between them out of record.added, record.changed, record.called, dnc.added "
                               "and role.changed, or empty"));
}

TEST_CASE("a switch needs an address and a client", "[outward]") {
  auto [on, address] = GENERATE(
      table<std::string, std::string>({{"pre-dial-validation", "validation-uri"},
                                       {"send-history", "history-uri"},
                                       {"contact-processed-notification", "contact-processed-notification-uri"},
                                       {"send-campaigngroup-states", "campaigngroup-states-uri"}}));
  CAPTURE(on);
  std::string both = fmt::format("\"{}\": true, \"{}\": \"http://a/\"", on, address);
  CHECK(errors(with_client(fmt::format("\"{}\": true", on))) ==
        Lines{fmt::format("f.json:1: application.{}: is true, and {} is empty; valid: false, or an address in it", on,
                          address)});
  CHECK(errors("{\n\"application\": {\n" + both + "}}") ==
        Lines{fmt::format("f.json:3: application.{}: needs an entry of http-client, which says how requests are made",
                          on)});
  CHECK(errors(with_client(both)) == Lines{});
  CHECK(errors(with_client(fmt::format("\"{}\": \"http://a/\"", address))) == Lines{});
}

TEST_CASE("a client that there is not is an error that names those there are", "[outward]") {
  CHECK(errors(with_client(R"("history-http-client": "slwo")")) ==
        Lines{"f.json:1: application.history-http-client: there is no http-client \"slwo\"; valid: \"default\", "
              "\"slow\", or empty for the first"});
  CHECK(errors(R"({"application": {"history-http-client": "a"}})") ==
        Lines{"f.json:1: application.history-http-client: there is no http-client \"a\" and no other; valid: empty"});
  CHECK(errors(webhook(R"("url": "http://a", "http-client": "b")")).at(0) ==
        "f.json:1: webhooks[0].http-client: there is no http-client \"b\"; valid: \"default\", or empty for the first");
  CHECK(good(with_client(R"("validation-http-client": "slow")")).config.application.outward.validation_http_client ==
        "slow");
}

TEST_CASE("what retries would not do is a warning", "[outward]") {
  CHECK(good(with_client(R"("http-retry-applies-to": "validation")")).warnings ==
        Lines{"f.json:1: application.http-retry-applies-to: a validation is sent once while http-retry-max-attempts is "
              "0"});
  CHECK(good(with_client(R"("http-retry-applies-to": "validation", "http-retry-max-attempts": 2)")).warnings.empty());
  CHECK(good(with_client(R"("history-wait-recovery-timeout": 5)")).warnings ==
        Lines{"f.json:1: application.history-wait-recovery-timeout: the option is accepted and has no effect"});
}

TEST_CASE("webhooks have names of their own, an address and a secret that is never shown", "[outward]") {
  CHECK(good(webhook("")).config.webhooks.size() == 1);
  CHECK(errors(webhook("\"name\": \"crm\"")) ==
        Lines{"f.json:1: webhooks[0].url: is needed; valid: as in https://host.example/path"});
  CHECK_THAT(errors(webhook(R"("name": "a b", "url": "http://a")")).at(0),
             ContainsSubstring("webhooks[0].name: \"a b\" holds a character that no name of a webhook has"));
  CHECK(errors(R"({"webhooks": [{"url": "http://a"}]})") ==
        Lines{"f.json:1: webhooks[0].url: needs an entry of http-client, which says how requests are made"});
  CHECK(errors(R"({"http-client": [{}], "webhooks": [{"url": "http://a"}, {"url": "http://b"}]})") ==
        Lines{"f.json:1: webhooks[1].name: webhooks[0] has this name too; valid: a name of its own"});
  std::string many;
  for (std::size_t i = 0; i <= kWebhooksMax; ++i) {
    many += fmt::format("{}{{\"name\": \"{}\", \"url\": \"http://a\"}}", i ? "," : "", i);
  }
  CHECK(errors(fmt::format(R"({{"http-client": [{{}}], "webhooks": [{}]}})", many)) ==
        Lines{"f.json:1: webhooks[16].name: there are too many; valid: up to 16"});

  Config before = good(webhook(R"("url": "http://a", "secret": "topsecret-of-sixteen")")).config;
  Config after = good(webhook(R"("url": "http://b?key=topsecret", "secret": "topsecret-of-others!")")).config;
  CHECK(config_changes(before, after, before) ==
        Lines{"webhooks[0].secret: *** -> ***, at once", "webhooks[0].url: \"http://a\" -> \"http://b?***\", at once"});
  std::string wrong = errors(webhook(R"("url": "http://a", "secret": "topsecret")")).at(0);
  CHECK(wrong ==
        "f.json:1: webhooks[0].secret: the value has only 9 bytes; valid: a text of 16 to 256 bytes, or whsec_ and 24 "
        "to 64 bytes in base64, or empty");
}

TEST_CASE("a secret is a key as it is, or in base64 behind whsec_", "[outward]") {
  CHECK(signing_key("").value() == "");
  CHECK(signing_key("sixteen bytes ok").value() == "sixteen bytes ok");
  CHECK(signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value() ==
        "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0");
  CHECK_FALSE(signing_key("fifteen bytes, "));
  CHECK_FALSE(signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"));   // not base64
  CHECK_FALSE(signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ="));  // 23 bytes
  CHECK(signing_key("whsec_" + std::string(84, 'A') + "AA==").value() == std::string(64, '\0'));
  CHECK_FALSE(signing_key("whsec_" + std::string(88, 'A')));
}

TEST_CASE("a group has its own options over those of the application", "[outward]") {
  OutwardConfig application;
  application.history_uri = "http://all/";
  application.send_history = true;
  CHECK(outward_of(application, "").value() == application);
  GroupOptions own = of_group(R"({"validation-uri": "http://own/", "send-history": false, "pre-dial-validation": true,
                                  "validation-timeout-call-result": 8})",
                              {application, {"default"}});
  CHECK(own.errors.empty());
  CHECK(own.text == R"({"pre-dial-validation":true,"send-history":false,"validation-timeout-call-result":8,)"
                    R"("validation-uri":"http://own/"})");
  OutwardConfig effective = outward_of(application, own.text).value();
  OutwardConfig expected = application;
  expected.validation_uri = "http://own/";
  expected.pre_dial_validation = true;
  expected.send_history = false;
  expected.validation_timeout_call_result = 8;
  CHECK(effective == expected);
  // What is given is kept though it be the default, for the application may say otherwise later.
  application.send_history = false;
  CHECK(of_group(R"({"send-history": false})").text == R"({"send-history":false})");
  CHECK(of_group("{}").text == "");
  // Text that somebody else has written.
  CHECK_FALSE(outward_of(application, "{"));
  CHECK_FALSE(outward_of(application, R"({"send-history": 1})"));
  CHECK_FALSE(outward_of(application, R"({"none-such": 1})"));
}

TEST_CASE("options of a group that cannot be meant are errors with what is valid", "[outward]") {
  CHECK(group_error("7") == "options: an integer is wrong here; valid: an object of options");
  CHECK(group_error(R"({"send-histroy": true})") ==
        "options.send-histroy: there is no such option; did you mean send-history?");
  CHECK(group_error(R"({"outbox-retention": 1})") ==
        "options.outbox-retention: is not for a campaign group; valid: in section application of the configuration");
  CHECK(group_error(R"({"dbid": 1})").starts_with("options.dbid: there is no such option; valid: "));
  CHECK(group_error(R"({"validation-timeout-call-result": 54})") ==
        "options.validation-timeout-call-result: 54 is out of range; valid: 0 to 53");
  CHECK(group_error(R"({"history-http-client": "x"})") ==
        "options.history-http-client: there is no http-client \"x\"; valid: \"default\", \"slow\", or empty for the "
        "first");
  CHECK(group_error(R"({"send-history": true})") ==
        "options.send-history: is true, and history-uri is empty; valid: false, or an address in it, here or in "
        "section application");
  OutwardRules rules = kRules;
  rules.application.history_uri = "http://all/";
  CHECK(of_group(R"({"send-history": true})", rules).errors.empty());
  rules.clients.clear();
  CHECK(group_error(R"({"send-history": true})", rules) ==
        "options.send-history: needs an entry of http-client, which says how requests are made");
  GroupOptions lines = of_group("{\n\"send-history\": true,\n\"history-uri\": 1,\n\"tenant-ccid\": \"x\"\n}");
  REQUIRE(lines.errors.size() == 2);
  CHECK(lines.errors[0].line == 4);
  CHECK(lines.errors[1].line == 3);
  CHECK(lines.text == "");
  GroupOptions ignored = of_group(R"({"history-wait-recovery-timeout": 5})");
  CHECK(ignored.errors.empty());
  REQUIRE(ignored.remarks.size() == 1);
  CHECK(ignored.remarks.front().text ==
        "options.history-wait-recovery-timeout: the option is accepted and has no effect");
}

TEST_CASE("what is switched on and has no address any more is off", "[outward]") {
  OutwardConfig config;
  for (auto kind : {OutwardKind::validation, OutwardKind::history, OutwardKind::contact_processed,
                    OutwardKind::campaigngroup_states, OutwardKind::webhook}) {
    CHECK_FALSE(switched_on(config, kind));
  }
  config.send_history = true;
  CHECK_FALSE(switched_on(config, OutwardKind::history));
  config.history_uri = "http://a/";
  CHECK(switched_on(config, OutwardKind::history));
  CHECK_FALSE(switched_on(config, OutwardKind::validation));
}

}  // namespace outpost::test::outward_test
