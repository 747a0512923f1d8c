#include "supervisor/engine/outward/group_status.h"

#include "common/json.h"
#include "tests/support/store_fixture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::group_status_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;
using protocol::DialMode;
using protocol::GroupState;

namespace {

using Changes = std::vector<GroupChange>;
constexpr GroupStanding kUnloaded{GroupState::not_loaded, DialMode::preview};
constexpr GroupStanding kLoaded{GroupState::active, DialMode::preview};
constexpr GroupStanding kRunning{GroupState::running, DialMode::preview};
constexpr GroupStanding kWaiting{GroupState::waiting_unload, DialMode::preview};

GroupStatus status() {
  GroupStatus made;
  made.tenant = "Resources";
  made.campaign = "Spring";
  made.name = "Spring@Agents";
  return made;
}

std::string body(const GroupStatus& of, GroupEvent event = GroupEvent::periodic) {
  return group_status_body(of, {event, kRunning});
}

Statistic result(std::int64_t group, std::int32_t value, std::int64_t records) {
  return {StatisticScope::group, group, StatisticKind::result, value, records};
}

}  // namespace

TEST_CASE("a change of a campaign group is what must have happened in between", "[outward]") {
  using enum GroupEvent;
  CHECK(changes_between(kUnloaded, kLoaded) == Changes{{loaded, kLoaded}});
  CHECK(changes_between(kLoaded, kRunning) == Changes{{started, kRunning}});
  CHECK(changes_between(kRunning, kLoaded) == Changes{{stopped, kLoaded}});
  CHECK(changes_between(kLoaded, kUnloaded) == Changes{{unloaded, kUnloaded}});
  CHECK(changes_between(kWaiting, kUnloaded) == Changes{{unloaded, kUnloaded}});
  CHECK(changes_between(kUnloaded, kRunning) == Changes{{loaded, kLoaded}, {started, kRunning}});
  CHECK(changes_between(kRunning, kUnloaded) == Changes{{stopped, kLoaded}, {unloaded, kUnloaded}});
  CHECK(changes_between(kRunning, kRunning).empty());
  CHECK(changes_between(kLoaded, kWaiting).empty());
  CHECK(changes_between(kUnloaded, {GroupState::inactive, DialMode::preview}).empty());
}

TEST_CASE("the dialing mode of a group is news while it is loaded", "[outward]") {
  using enum GroupEvent;
  GroupStanding power{GroupState::running, DialMode::power};
  CHECK(changes_between(kRunning, power) == Changes{{mode_changed, power}});
  CHECK(changes_between(kLoaded, power) == Changes{{started, power}});
  CHECK(changes_between(kUnloaded, {GroupState::not_loaded, DialMode::power}).empty());
}

TEST_CASE("the body of a group's status has every key, null for what is not known", "[outward]") {
  CHECK(body(status(), GroupEvent::started) ==
        R"({"GSW_TENANT_NAME":"Resources","GSW_TENANT_CCID":null,"GSW_CAMPAIGN_GROUP_NAME":"Spring@Agents",)"
        R"("GSW_CAMPAIGN_GROUP_GUID":null,"GSW_GROUP_NAME":"Agents","GSW_CAMPAIGN_NAME":"Spring",)"
        R"("GSW_CAMPAIGN_TEMPLATE_NAME":null,"GSW_DIAL_MODE":"Preview","GSW_OPTIMIZE_BY":null,)"
        R"("GSW_OPTIMIZE_GOAL":null,"GSW_STAT_BUSY_FACTOR":null,"GSW_STAT_HIT_RATIO":null,)"
        R"("GSW_STAT_OVERDIAL_RATE":null,"GSW_STAT_TIME_TO_COMPLETE":null,"GSW_CAMPAIGN_GROUP_EVENT":"Started",)"
        R"("GSW_CAMPAIGN_GROUP_STATE":"Running"})");
  GroupStatus other = status();
  other.tenant.clear();
  other.tenant_ccid = "cc-7";
  other.name = "Evening shift";
  CHECK_THAT(body(other), ContainsSubstring(R"("GSW_TENANT_NAME":"undefined","GSW_TENANT_CCID":"cc-7")"));
  CHECK_THAT(body(other), ContainsSubstring(R"("GSW_GROUP_NAME":null)"));
}

TEST_CASE("the hit ratio counts what was called, and for this group alone", "[outward]") {
  CampaignGroup group;
  group.dbid = 501;
  group.name = "G";
  const std::vector<Statistic> statistics = {result(501, protocol::call_result::kAnswer, 3),
                                             result(501, 6, 1),
                                             result(501, protocol::call_result::kUnknown, 90),
                                             result(501, protocol::call_result::kDoNotCall, 5),
                                             result(502, 6, 1'000),
                                             {StatisticScope::list, 501, StatisticKind::result, 6, 1'000},
                                             {StatisticScope::group, 501, StatisticKind::status, 6, 1'000}};
  GroupStatus counted = group_status(group, {}, statistics, {});
  CHECK(counted.answered == 3);
  CHECK(counted.called == 4);
  auto json = parse_json(body(counted));
  REQUIRE(json);
  CHECK_THAT(body(counted), ContainsSubstring(R"("GSW_STAT_HIT_RATIO":0.75,)"));
}

TEST_CASE("only groups whose options say so are told of, each with its own address", "[outward]") {
  StoreFixture fixture;
  auto put = [&](std::int64_t dbid, const char* options) {
    CampaignGroup group;
    group.dbid = dbid;
    group.name = "G" + std::to_string(dbid);
    group.options = options;
    return fixture.in_transaction([&](RecordStore& store) { return store.put(group); });
  };
  REQUIRE(put(501, ""));
  REQUIRE(put(502, R"({"campaigngroup-states-uri":"http://own.example/"})"));
  REQUIRE(put(503, R"({"send-campaigngroup-states":false})"));
  OutwardConfig application;
  application.send_campaigngroup_states = true;
  application.campaigngroup_states_uri = "http://all.example/";
  auto seen = see_groups(fixture.store(), Outward(application, {}));
  REQUIRE(seen);
  REQUIRE(seen->size() == 3);
  CHECK((*seen)[0].status->url == "http://all.example/");
  CHECK((*seen)[1].status->url == "http://own.example/");
  CHECK_FALSE((*seen)[2].status);
  CHECK((*seen)[2].standing == kUnloaded);
}

}  // namespace outpost::test::group_status_test
