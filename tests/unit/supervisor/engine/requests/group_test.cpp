#include <algorithm>
#include <string>

#include "tests/support/engine_fixture.h"

namespace outpost::test::requests_group_test {

using namespace outpost::supervisor;

namespace {

class GroupFixture : public EngineFixture {
 public:
  Event status(std::int64_t group) {
    return ask(request("campaigngroups", "CampaignStatusRequest", {{"GSW_CAMPAIGN_GROUP_DBID", group}}));
  }
  Event log_out(std::string agent, std::int64_t group = 501) {
    return ask(
        request("campaigngroups", "LogOut", {{"GSW_CAMPAIGN_GROUP_DBID", group}, {"GSW_AGENT_ID", std::move(agent)}}));
  }
  void set_state(std::int64_t group, protocol::GroupState state) {
    auto groups = store().catalogue()->groups;
    auto found = std::ranges::find(groups, group, &CampaignGroup::dbid);
    found->state = state;
    REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.put(*found); }));
    engine_->forget_cache();
  }
};

}  // namespace

TEST_CASE_METHOD(GroupFixture, "a group's state is told by an event of its own", "[engine][group]") {
  CHECK(status(501) == event({{"GSW_USER_EVENT", "CampaignStarted"},
                              {"GSW_APPLICATION_ID", n(134)},
                              {"GSW_CAMPAIGN_NAME", "Spring"},
                              {"GSW_CAMPAIGN_DESCRIPTION", ""},
                              {"GSW_CAMPAIGN_GROUP_NAME", "Spring@Agents"},
                              {"GSW_CAMPAIGN_GROUP_DESCRIPTION", ""},
                              {"GSW_CAMPAIGN_GROUP_DBID", n(501)},
                              {"GSW_CAMPAIGN_MODE", "Preview"}}));
  CHECK(*status(502).string("GSW_USER_EVENT") == "CampaignUnloaded");
  CHECK(!status(502).has("GSW_CAMPAIGN_MODE"));
  CHECK(*status(503).string("GSW_USER_EVENT") == "CampaignLoaded");
  CHECK(*status(504).string("GSW_CAMPAIGN_MODE") == "Predictive");
  set_state(503, protocol::GroupState::waiting_unload);
  CHECK(*status(503).string("GSW_USER_EVENT") == "CampaignStopped");
  CHECK(error_of(status(999)) == 112);
}

TEST_CASE_METHOD(GroupFixture, "an agent who logs out gives back what was not finished", "[engine][session]") {
  for (const char* phone : {"1", "2", "3"}) add({{"GSW_PHONE", phone}});
  Attributes me = {{"GSW_AGENT_ID", "a7"}};
  std::int64_t first = *preview(501, me).integer("GSW_RECORD_HANDLE");
  std::int64_t called = *preview(501, me).integer("GSW_RECORD_HANDLE");
  std::int64_t others = *preview(501, {{"GSW_AGENT_ID", "a8"}}).integer("GSW_RECORD_HANDLE");
  on_record("UpdateCallCompletionStats", called, {{"GSW_CALL_RESULT", n(6)}});
  CHECK(log_out("a7") == event({{"GSW_USER_EVENT", "LogOutAcknowledge"},
                                {"GSW_APPLICATION_ID", n(134)},
                                {"GSW_CAMPAIGN_NAME", "Spring"},
                                {"GSW_AGENT_ID", "a7"},
                                {"GSW_LOGOUT_TIME", kNoon},
                                {"GSW_MESSAGE", "2 records were given back"},
                                {"GSW_CAMPAIGN_GROUP_DBID", n(501)}}));
  CHECK(record_of("1").record_status == 1);
  CHECK(record_of("1").attempt == 0);
  CHECK(record_of("2").record_status == 4);
  CHECK(record_of("2").call_result == 6);
  CHECK(record_of("2").attempt == 1);
  CHECK(record_of("3").record_status == 2);
  Event late = on_record("RecordProcessed", first);
  CHECK(error_of(late) == 120);
  CHECK(text_of(late).find("LogOut") != std::string::npos);
  CHECK(!on_record("RecordProcessed", others).has("GSW_ERROR"));
  CHECK(*log_out("a7").string("GSW_MESSAGE") == "0 records were given back");
  CHECK(error_of(log_out("")) == 104);
  CHECK(error_of(ask(request("campaigngroups", "LogOut", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}}))) == 103);
}

TEST_CASE_METHOD(GroupFixture, "a record that nobody asks about is given back when its time is over",
                 "[engine][session]") {
  add();
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  clock_.advance(1799);
  sweep();
  CHECK(only().record_status == 2);
  clock_.advance(1);
  sweep();
  CHECK(only().record_status == 1);
  CHECK(only().handle == 0);
  CHECK(text_of(on_record("RecordProcessed", handle)).find("session timeout") != std::string::npos);
  CHECK(preview().has("GSW_PHONE"));
}

TEST_CASE_METHOD(GroupFixture, "a request on the record, or another one of its agent, keeps it", "[engine][session]") {
  add({{"GSW_PHONE", "mine"}});
  add({{"GSW_PHONE", "anybody"}});
  Attributes me = {{"GSW_AGENT_ID", "a7"}};
  std::int64_t mine = *preview(501, me).integer("GSW_RECORD_HANDLE");
  std::int64_t anybody = *preview().integer("GSW_RECORD_HANDLE");
  for (int i = 0; i < 3; ++i) {
    clock_.advance(1000);
    preview(501, me);
    on_record("UpdateCallCompletionStats", anybody, {{"GSW_PHONE_TYPE", n(4)}});
    sweep();
  }
  CHECK(record_of("mine").record_status == 2);
  CHECK(record_of("anybody").record_status == 2);
  clock_.advance(1800);
  sweep();
  CHECK(record_of("mine").record_status == 1);
  CHECK(record_of("anybody").record_status == 1);
  CHECK(error_of(on_record("RecordProcessed", mine)) == 120);
}

TEST_CASE_METHOD(GroupFixture, "what an earlier process handed out is given back as well", "[engine][session]") {
  add();
  preview(501, {{"GSW_AGENT_ID", "a7"}});
  EngineSettings settings;
  settings.application_dbid = 134;
  engine_.emplace(std::move(settings), clock_);
  clock_.advance(1800);
  sweep();
  CHECK(only().record_status == 1);
}

TEST_CASE_METHOD(GroupFixture, "many records whose time is over are given back in pieces", "[engine][session]") {
  for (int i = 0; i < 600; ++i) add();
  for (int i = 0; i < 600; ++i) REQUIRE(preview().has("GSW_PHONE"));
  clock_.advance(1800);
  auto first = stores_.in_transaction([&](RecordStore& s) { return engine_->sweep(s); });
  REQUIRE(first);
  CHECK(*first);
  sweep();
  for (const Record& record : records()) REQUIRE(record.record_status == 1);
}

TEST_CASE_METHOD(GroupFixture, "a personal callback that nobody took is missed after its time", "[engine][callback]") {
  Attributes callback = {{"GSW_RECORD_TYPE", n(5)}, {"GSW_AGENT_ID", "a7"}, {"GSW_DATE_TIME", "07/02/2026 12:00"}};
  add(callback);
  callback[2].value = "07/02/2026 12:01";
  callback.push_back({"GSW_PHONE", "later"});
  add(callback);
  add({{"GSW_PHONE", "any time"}, {"GSW_RECORD_TYPE", n(5)}, {"GSW_AGENT_ID", "a7"}});
  add({{"GSW_PHONE", "campaign"}, {"GSW_RECORD_TYPE", n(6)}, {"GSW_DATE_TIME", "07/02/2026 12:00"}});
  clock_.advance(24 * 3600);
  sweep();
  CHECK(records()[0].record_status == 1);
  clock_.advance(1);
  sweep();
  CHECK(records()[0].record_status == 8);
  CHECK(records()[0].call_result == 47);
  CHECK(records()[0].record_type == 5);
  for (const char* phone : {"later", "any time", "campaign"}) CHECK(record_of(phone).record_status == 1);
}

TEST_CASE_METHOD(GroupFixture, "a group that waits to be unloaded goes when its last record is finished",
                 "[engine][group]") {
  std::int64_t handle = held();
  set_state(501, protocol::GroupState::waiting_unload);
  sweep();
  CHECK(error_of(preview()) == 122);
  CHECK(*status(501).string("GSW_USER_EVENT") == "CampaignStopped");
  on_record("RecordProcessed", handle);
  sweep();
  CHECK(error_of(preview()) == 121);
}

TEST_CASE_METHOD(GroupFixture, "a forced unloading gives back what the group holds, and only that", "[engine][group]") {
  for (const char* phone : {"1", "2"}) add({{"GSW_PHONE", phone}});
  add({{"GSW_PHONE", "3"}, {"GSW_CAMPAIGN_NAME", "Autumn"}}, "Shared");
  std::int64_t mine = *preview(501).integer("GSW_RECORD_HANDLE");
  preview(501);
  std::int64_t autumn = *preview(506).integer("GSW_RECORD_HANDLE");
  auto given = stores_.in_transaction([&](RecordStore& s) { return engine_->give_back_group(s, 501); });
  REQUIRE(given);
  CHECK(*given == 2);
  CHECK(error_of(on_record("RecordProcessed", mine)) == 120);
  CHECK(!on_record("RecordProcessed", autumn).has("GSW_ERROR"));
}

TEST_CASE_METHOD(GroupFixture, "campaign callbacks are offered to their own campaign only", "[engine][preview]") {
  add({{"GSW_PHONE", "autumn's"}, {"GSW_CAMPAIGN_NAME", "Autumn"}, {"GSW_RECORD_TYPE", n(6)}}, "Shared");
  CHECK(!preview(501).has("GSW_PHONE"));
  CHECK(*preview(506).string("GSW_PHONE") == "autumn's");
}

TEST_CASE_METHOD(GroupFixture, "sessions are known by protocol and agent", "[engine][session]") {
  add();
  preview(501, {{"GSW_AGENT_ID", "a7"}});
  clock_.advance(5);
  ask(request("phones", "DoNotCall", {{"GSW_PHONE", "x"}, {"GSW_TENANT_NAME", "Resources"}}));
  auto sessions = engine_->sessions();
  REQUIRE(sessions.size() == 3);
  CHECK(sessions[0].protocol == protocol::OutboundProtocol::third_party);
  CHECK(sessions[1].agent_id == "a7");
  CHECK(sessions[1].requests == 1);
  CHECK(sessions[2].agent_id.empty());
  log_out("a7");
  CHECK(engine_->sessions().size() == 2);
}

}  // namespace outpost::test::requests_group_test
