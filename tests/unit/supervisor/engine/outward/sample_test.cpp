#include "supervisor/engine/outward/sample.h"

#include "common/json.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::sample_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

Catalogue catalogue() {
  Catalogue all;
  all.tenants = {{1, "Resources"}};
  CallingList list;
  list.dbid = 301;
  list.name = "Spring_2024";
  list.tenant_dbid = 1;
  all.lists = {list};
  Campaign campaign;
  campaign.dbid = 401;
  campaign.name = "Spring";
  campaign.tenant_dbid = 1;
  campaign.lists = {{301, 10}};
  all.campaigns = {campaign};
  CampaignGroup group;
  group.dbid = 501;
  group.name = "Spring@Agents";
  group.campaign_dbid = 401;
  group.state = protocol::GroupState::running;
  group.options = R"({"history-uri":"http://own.example/h"})";
  all.groups = {group};
  return all;
}

struct Bench {
  CatalogueIndex index{catalogue()};
  EngineSettings settings;

  Bench() {
    OutwardConfig application;
    application.validation_uri = "http://rules.example/v";
    application.pre_dial_validation = true;
    application.history_uri = "http://reports.example/h";
    application.history_http_client = "reports";
    application.campaigngroup_states_uri = "http://wall.example/";
    WebhookConfig hook;
    hook.name = "crm";
    hook.url = "https://crm.example/hook";
    settings.outward = Outward(application, {hook});
  }
  Result<Sample> make(std::string_view name, std::string_view group = "") {
    return make_sample(name, group, Scene{index, settings, 1'783'018'800}, {});
  }
  std::string body(std::string_view name, std::string_view group = "") {
    auto made = make(name, group);
    REQUIRE(made);
    REQUIRE(parse_json(made->body));
    return made->body;
  }
  std::string error(std::string_view name, std::string_view group = "") {
    auto made = make(name, group);
    return made ? std::string() : made.error().text;
  }
};

}  // namespace

TEST_CASE_METHOD(Bench, "a sample is about somebody who does not exist", "[outward]") {
  for (const char* name : {"validation", "history", "crm"}) {
    INFO(name);
    CHECK_THAT(body(name), ContainsSubstring(R"("GSW_PHONE":"+15550100")"));
    CHECK_THAT(body(name), ContainsSubstring(R"("GSW_CAMPAIGN_GROUP_NAME":"Sample@Sample")"));
  }
  CHECK_THAT(body("validation"), ContainsSubstring(R"("GSW_RECORD_HANDLE":0)"));
  CHECK_THAT(body("history"), ContainsSubstring(R"("GSW_HIST_SEQUENCE_NUM":1,"GSW_TENANT_NAME":"Sample")"));
  CHECK_THAT(body("crm"), ContainsSubstring(R"("type":"record.added")"));
  CHECK(body("webhook:crm") == body("crm"));
  CHECK_THAT(body("campaigngroup-states"), ContainsSubstring(R"("GSW_CAMPAIGN_NAME":"Sample")"));
}

TEST_CASE_METHOD(Bench, "a sample as for a campaign group has its names and its address", "[outward]") {
  for (const char* group : {"Spring@Agents", "501"}) {
    auto made = make("history", group);
    REQUIRE(made);
    CHECK(made->address.url == "http://own.example/h");
    CHECK(made->address.http_client == "reports");
    CHECK_FALSE(made->switched_on);
    CHECK_THAT(made->body, ContainsSubstring(R"("GSW_CALLING_LIST":"Spring_2024")"));
    CHECK_THAT(made->body, ContainsSubstring(R"("GSW_TENANT_NAME":"Resources")"));
  }
  CHECK_THAT(body("campaigngroup-states", "501"), ContainsSubstring(R"("GSW_CAMPAIGN_GROUP_STATE":"Running")"));
}

TEST_CASE_METHOD(Bench, "what cannot be sampled is said with what can", "[outward]") {
  CHECK(error("histry") ==
        "nothing that is sent is named \"histry\"; is history meant?; valid: validation, history, contact-processed, "
        "campaigngroup-states, webhook crm, or a URL with http:// or https://");
  CHECK(error("contact-processed") ==
        "there is no address for contact-processed: the application does not have the option "
        "contact-processed-notification-uri");
  CHECK_THAT(error("contact-processed", "501"), ContainsSubstring("nor campaign group \"Spring@Agents\" has"));
  CHECK_THAT(error("history", "Spring@Agent"), ContainsSubstring("is \"Spring@Agents\" meant?"));
  CHECK_THAT(error("crm", "501"), ContainsSubstring("takes no group"));
}

protocol::FetchReply answered(int status, std::string body = {}) {
  protocol::FetchReply reply;
  reply.status = static_cast<std::uint16_t>(status);
  reply.body = std::move(body);
  if (status == 0) reply.outcome = protocol::FetchOutcome::connect;
  return reply;
}

TEST_CASE_METHOD(Bench, "an answer to a sample is told as what it would mean", "[outward]") {
  auto validation = make("validation");
  REQUIRE(validation);
  CHECK(validation->switched_on);
  CHECK_THAT(meaning_of_answer(*validation, answered(200)), ContainsSubstring("would be handed out"));
  CHECK_THAT(meaning_of_answer(*validation, answered(409)), ContainsSubstring("handed to nobody"));
  CHECK_THAT(meaning_of_answer(*validation, answered(200, R"({"STATE":"NV","GSW_PHONE":"+15550199"})")),
             ContainsSubstring("GSW_PHONE"));
  CHECK_THAT(meaning_of_answer(*validation, answered(409, R"({"GSW_CALL_RESULT":51})")),
             ContainsSubstring("DoNotCall"));
  for (int status : {0, 201, 500})
    CHECK_THAT(meaning_of_answer(*validation, answered(status)), ContainsSubstring("due again in 300 s"));
  auto history = make("history");
  REQUIRE(history);
  CHECK(meaning_of_answer(*history, answered(204)) == "it would count as delivered");
  CHECK(meaning_of_answer(*history, answered(500)) == "it would be sent again, for up to 168 h");
  history->options.http_retry_max_attempts = 3;
  CHECK(meaning_of_answer(*history, answered(0)) == "it would be sent again, up to 3 times");
  history->options.http_retry_applies_to = "webhooks";
  CHECK_THAT(meaning_of_answer(*history, answered(0)), ContainsSubstring("given up"));
  auto states = make("campaigngroup-states");
  REQUIRE(states);
  CHECK_THAT(meaning_of_answer(*states, answered(503)), ContainsSubstring("never sent again"));
}

}  // namespace outpost::test::sample_test
