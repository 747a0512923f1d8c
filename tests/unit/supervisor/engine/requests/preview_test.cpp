#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace outpost::test::preview_test {

using namespace outpost::supervisor;

TEST_CASE_METHOD(EngineFixture, "a preview retrieves the record and tells all about it", "[engine][preview]") {
  add({{"GSW_PHONE_TYPE", n(4)}, {"STATE", "CA"}, {"SEQ", n(7)}, {"client-id", "C1"}});
  Event answer = preview(501, {{"GSW_AGENT_ID", "a7"}, {"GSW_REFERENCE_ID", "r"}});
  Record record = only();
  REQUIRE(answer.string("GSW_CALL_ATTEMPT_GUID"));
  std::string guid = *answer.string("GSW_CALL_ATTEMPT_GUID");
  CHECK(guid.size() == 32);
  CHECK(guid.find_first_not_of("0123456789ABCDEF") == std::string::npos);
  std::string uri = "http://ocs1:8080/records/" + std::to_string(record.handle);
  CHECK(answer == event({{"GSW_USER_EVENT", "PreviewRecord"},
                         {"GSW_APPLICATION_ID", n(134)},
                         {"GSW_CAMPAIGN_NAME", "Spring"},
                         {"GSW_CALLING_LIST", "Spring_2024"},
                         {"GSW_RECORD_HANDLE", record.handle},
                         {"GSW_PHONE", "+15550100"},
                         {"GSW_CHAIN_ID", record.chain_id},
                         {"GSW_TZ_OFFSET", n(-25200)},
                         {"GSW_CALL_RESULT", n(28)},
                         {"GSW_ATTEMPTS", n(0)},
                         {"GSW_CALL_ATTEMPT_GUID", guid},
                         {"GSW_RECORD_URI", uri},
                         {"GSW_CAMPAIGN_GROUP_NAME", "Spring@Agents"},
                         {"GSW_CAMPAIGN_GROUP_DBID", n(501)},
                         {"GSW_CALLING_LIST_DBID", n(301)},
                         {"GSW_PHONE_TYPE", n(4)},
                         {"GSW_TZ_NAME", "PST"},
                         {"GSW_FROM", n(28800)},
                         {"GSW_UNTIL", n(64800)},
                         {"GSW_RECORD_TYPE", n(2)},
                         {"GSW_RECORD_STATUS", n(2)},
                         {"GSW_CHAIN_N", n(0)},
                         {"GSW_CUSTOMER_ID", "C1"},
                         {"STATE", "CA"},
                         {"SEQ", n(7)},
                         {"client-id", "C1"},
                         {"GSW_REFERENCE_ID", "r"}}));
  CHECK(record.record_status == 2);
  CHECK(record.handle > 0);
  CHECK(record.campaign_dbid == 401);
  CHECK(record.group_dbid == 501);
  CHECK(record.app_dbid == 134);
  auto handle = *store().handle(record.handle);
  REQUIRE(handle);
  CHECK(handle->record_id == record.record_id);
  CHECK(handle->list_dbid == 301);
  CHECK(handle->campaign_dbid == 401);
  CHECK(handle->group_dbid == 501);
  CHECK(handle->agent_id == "a7");
  CHECK(handle->call_attempt_guid == guid);
  CHECK(handle->opened_at == kNoon);
  CHECK(handle->closed_by.empty());
}

TEST_CASE_METHOD(EngineFixture, "an empty preview is a success that changes nothing", "[engine][preview]") {
  CHECK(preview() == event({{"GSW_USER_EVENT", "PreviewRecordEmpty"},
                            {"GSW_APPLICATION_ID", n(134)},
                            {"GSW_CAMPAIGN_NAME", "Spring"}}));
}

TEST_CASE_METHOD(EngineFixture, "no record is previewed twice and every record has a handle of its own",
                 "[engine][preview]") {
  std::set<std::int64_t> handles;
  for (int i = 0; i < 20; ++i) add();
  for (int i = 0; i < 20; ++i) handles.insert(preview().integer("GSW_RECORD_HANDLE").value_or(0));
  CHECK(handles.size() == 20);
  CHECK(!handles.contains(0));
  CHECK(*preview().string("GSW_USER_EVENT") == "PreviewRecordEmpty");
}

TEST_CASE_METHOD(EngineFixture, "without an open port there is no record URI", "[engine][preview]") {
  uri_base_.clear();
  add();
  CHECK(!preview().has("GSW_RECORD_URI"));
}

TEST_CASE_METHOD(EngineFixture, "a preview needs a group that is known, loaded, running and in a preview mode",
                 "[engine][preview]") {
  add();
  struct Case {
    std::int64_t group;
    Attributes more;
    std::int64_t number;
  };
  const std::vector<Case> cases = {{999, {}, 112},
                                   {502, {}, 121},
                                   {503, {}, 122},
                                   {504, {}, 123},
                                   {501, {{"GSW_CAMPAIGN_NAME", "Autumn"}}, 106},
                                   {501, {{"GSW_CAMPAIGN_NAME", "Monsoon"}}, 114},
                                   {501, {{"GSW_TENANT_NAME", "Other"}}, 112},
                                   {501, {{"GSW_TENANT_NAME", "Nobody"}}, 113},
                                   {501, {{"GSW_APPLICATION_ID", n(1)}}, 124},
                                   {501, {{"GSW_AGENT_ID", std::string(33, 'a')}}, 104}};
  for (const Case& c : cases) {
    INFO(c.group << " " << c.number);
    CHECK(error_of(preview(c.group, c.more)) == c.number);
  }
  CHECK(only().record_status == 1);
  CHECK(*preview(505, {{"GSW_CAMPAIGN_NAME", "Spring"}, {"GSW_TENANT_NAME", "Resources"}}).string("GSW_USER_EVENT") ==
        "PreviewRecord");
}

TEST_CASE_METHOD(EngineFixture, "only records whose window is open in their own zone are offered",
                 "[engine][preview]") {
  auto offered = [&](std::int64_t now) {
    clock_.set(now);
    return *preview().string("GSW_USER_EVENT") == "PreviewRecord";
  };
  add();                              // 08:00 to 18:00 in Los Angeles, 15:00 to 01:00 UTC in summer
  CHECK(!offered(kNoon - 5 * 3600));  // 07:00
  CHECK(!offered(kNoon - 4 * 3600 - 1));
  CHECK(!offered(kNoon + 6 * 3600));  // 18:00 sharp is too late
  CHECK(offered(kNoon + 6 * 3600 - 1));
  // 2026-01-15 15:30 UTC is 07:30 there; in summer the same hour would be 08:30.
  add();
  CHECK(!offered(1768491000));
  CHECK(offered(1768491000 + 1800));
  // The same instant is night in Tokyo.
  add({{"GSW_TZ_NAME", "JST"}});
  CHECK(!offered(kNoon));
  CHECK(offered(kNoon + 5 * 3600));
}

TEST_CASE_METHOD(EngineFixture, "callbacks come when they are due, the agent's own first", "[engine][preview]") {
  Attributes all_day = {{"GSW_FROM", n(0)}, {"GSW_UNTIL", n(86400)}};
  auto with = [&](Attributes more) {
    more.insert(more.end(), all_day.begin(), all_day.end());
    return more;
  };
  add(with({{"GSW_PHONE", "general"}}));
  add(with({{"GSW_PHONE", "campaign"}, {"GSW_RECORD_TYPE", n(6)}, {"GSW_DATE_TIME", "07/02/2026 12:10"}}));
  add(with({{"GSW_PHONE", "personal"},
            {"GSW_RECORD_TYPE", n(5)},
            {"GSW_AGENT_ID", "a7"},
            {"GSW_DATE_TIME", "07/02/2026 12:20"}}));
  add(with({{"GSW_PHONE", "later"},
            {"GSW_RECORD_TYPE", n(5)},
            {"GSW_AGENT_ID", "a7"},
            {"GSW_DATE_TIME", "07/02/2026 12:50"}}));
  clock_.advance(1200);
  Event own = preview(501, {{"GSW_AGENT_ID", "a7"}});
  CHECK(*own.string("GSW_PHONE") == "personal");
  CHECK(*own.string("GSW_DATE_TIME") == "07/02/2026 12:20");
  CHECK(*own.string("GSW_AGENT_ID") == "a7");
  CHECK(*preview(501, {{"GSW_AGENT_ID", "a7"}}).string("GSW_PHONE") == "campaign");
  CHECK(*preview(501, {{"GSW_AGENT_ID", "a7"}}).string("GSW_PHONE") == "general");
  CHECK(!preview(501, {{"GSW_AGENT_ID", "a7"}}).has("GSW_PHONE"));
  clock_.advance(1800);
  CHECK(!preview(501, {{"GSW_AGENT_ID", "a8"}}).has("GSW_PHONE"));
  CHECK(!preview(501).has("GSW_PHONE"));
  CHECK(*preview(501, {{"GSW_AGENT_ID", "a7"}}).string("GSW_PHONE") == "later");
}

TEST_CASE_METHOD(EngineFixture, "the lists of a campaign take turns by weight and none hides another",
                 "[engine][preview]") {
  for (int i = 0; i < 40; ++i) {
    add();
    add({{"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
  }
  std::map<std::string, int> taken;
  std::string order;
  for (int i = 0; i < 40; ++i) {
    std::string list = *preview().string("GSW_CALLING_LIST");
    ++taken[list];
    order += list[1];
  }
  INFO(order);
  CHECK(taken["Spring_2024"] == 30);
  CHECK(taken["Shared"] == 10);
  CHECK(order.find("ppppp") == std::string::npos);
  for (int i = 0; i < 40; ++i) CHECK(preview().has("GSW_PHONE"));
  CHECK(!preview().has("GSW_PHONE"));
}

TEST_CASE_METHOD(EngineFixture, "of the windows that are open the one that closes first goes first",
                 "[engine][preview]") {
  add({{"GSW_PHONE", "evening"}, {"GSW_UNTIL", n(64800)}});
  add({{"GSW_PHONE", "soon"}, {"GSW_UNTIL", n(46800)}});
  add({{"GSW_PHONE", "over"}, {"GSW_UNTIL", n(36000)}});
  CHECK(*preview().string("GSW_PHONE") == "soon");
  CHECK(*preview().string("GSW_PHONE") == "evening");
  CHECK(!preview().has("GSW_PHONE"));
}

TEST_CASE_METHOD(EngineFixture, "more open windows than one request looks into are all reached in turn",
                 "[engine][preview]") {
  // None is due but one, whose window is far behind the others.
  for (int i = 0; i < 1500; ++i) {
    add({{"GSW_FROM", n(i)}, {"GSW_UNTIL", n(50000)}, {"GSW_DATE_TIME", "07/02/2027 11:00"}});
  }
  add({{"GSW_PHONE", "due"}, {"GSW_FROM", n(0)}, {"GSW_UNTIL", n(50001)}});
  bool found = false;
  for (int i = 0; i < 4 && !found; ++i) found = preview().has("GSW_PHONE");
  CHECK(found);
}

}  // namespace outpost::test::preview_test
