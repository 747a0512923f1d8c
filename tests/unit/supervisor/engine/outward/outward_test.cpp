#include "supervisor/engine/outward/outward.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::engine_outward_test {

using namespace outpost::supervisor;

namespace {

CampaignGroup group_with(std::string options) {
  CampaignGroup group;
  group.dbid = 201;
  group.options = std::move(options);
  return group;
}

OutwardConfig application() {
  OutwardConfig config;
  config.send_history = true;
  config.history_uri = "http://one.example/history";
  return config;
}

}  // namespace

TEST_CASE("a group's options hold over those of the application") {
  Outward outward(application(), {});
  CHECK(outward.of(nullptr) == application());
  CampaignGroup plain = group_with("");
  CHECK(outward.of(&plain) == application());
  CampaignGroup own = group_with(R"({"history-uri":"http://two.example/"})");
  CHECK(outward.of(&own).history_uri == "http://two.example/");
  CHECK(outward.of(&own).send_history);
}

TEST_CASE("a destination leads to its address for as long as there is one") {
  WebhookConfig crm;
  crm.name = "crm";
  crm.url = "https://crm.example/hook";
  crm.secret = "0123456789abcdef0123456789abcdef";
  crm.http_client = "outside";
  Outward outward(application(), {crm});
  std::vector<CampaignGroup> groups{group_with(R"({"history-uri":"http://two.example/"})")};

  CHECK(destination_of(OutwardKind::history, outward, nullptr) == "history");
  CHECK(destination_of(OutwardKind::history, outward, &groups[0]) == "history@201");
  CHECK(destination_of(crm) == "webhook:crm");

  CHECK(address_of("history", outward, groups)->url == "http://one.example/history");
  CHECK(address_of("history@201", outward, groups)->url == "http://two.example/");
  CHECK_FALSE(address_of("history@202", outward, groups));
  CHECK_FALSE(address_of("history@", outward, groups));
  CHECK_FALSE(address_of("contact-processed", outward, groups));
  CHECK_FALSE(address_of("validation", outward, groups));
  CHECK_FALSE(address_of("webhook:gone", outward, groups));
  auto address = address_of("webhook:crm", outward, groups);
  REQUIRE(address);
  CHECK(address->kind == OutwardKind::webhook);
  CHECK(address->secret == crm.secret);
  CHECK(address->http_client == "outside");
}

}  // namespace outpost::test::engine_outward_test
