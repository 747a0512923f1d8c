#include "supervisor/engine/engine.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "supervisor/engine/custom_fields.h"
#include "tests/support/engine_fixture.h"

using namespace outpost;
using namespace outpost::supervisor;
using namespace outpost::test;

TEST_CASE_METHOD(EngineFixture, "AddRecord is acknowledged in the order of the contract, then with the rest",
                 "[engine][add]") {
  Event answer = add({{"GSW_PHONE_TYPE", "4"},
                      {"GSW_CAMPAIGN_NAME", "Spring"},
                      {"GSW_AGENT_ID", "a7"},
                      {"STATE", "CA"},
                      {"Unknown", n(5)},
                      {"GSW_NEW_KEY", "kept"},
                      {"GSW_REFERENCE_ID", n(99)}});
  std::int64_t id = only().record_id;
  CHECK(answer == event({{"GSW_USER_EVENT", "AddRecordAcknowledge"},
                         {"GSW_APPLICATION_ID", n(134)},
                         {"GSW_CAMPAIGN_NAME", "Spring"},
                         {"GSW_CALLING_LIST", "Spring_2024"},
                         {"GSW_PHONE", "+15550100"},
                         {"GSW_TZ_NAME", "PST"},
                         {"GSW_PHONE_TYPE", n(4)},
                         {"GSW_RECORD_TYPE", n(2)},
                         {"GSW_RECORD_STATUS", n(1)},
                         {"GSW_CHAIN_ID", id},
                         {"GSW_CHAIN_N", n(0)},
                         {"GSW_CALL_RESULT", n(28)},
                         {"GSW_ATTEMPTS", n(0)},
                         {"GSW_FROM", n(28800)},
                         {"GSW_UNTIL", n(64800)},
                         {"GSW_AGENT_ID", "a7"},
                         {"STATE", "CA"},
                         {"GSW_UNKNOWN_FIELDS", "Unknown, GSW_NEW_KEY"},
                         {"GSW_REFERENCE_ID", n(99)}}));
}

TEST_CASE_METHOD(EngineFixture, "AddRecord with nothing but the mandatory attributes stores the defaults",
                 "[engine][add]") {
  add();
  Record expected;
  expected.record_id = expected.chain_id = only().record_id;
  expected.list_dbid = 301;
  expected.contact_info = "+15550100";
  expected.tz_dbid = 106;
  expected.campaign_dbid = 401;
  CHECK(only() == expected);
}

TEST_CASE_METHOD(EngineFixture, "AddRecord takes numbers as strings and names in any case", "[engine][add]") {
  Event answer = add({{"GSW_PHONE_TYPE", "mobile"},
                      {"GSW_RECORD_TYPE", "personalcallback"},
                      {"GSW_RECORD_STATUS", "3"},
                      {"GSW_CALL_RESULT", "Busy"},
                      {"GSW_ATTEMPTS", "2"},
                      {"GSW_CALL_TIME", "1700000000"},
                      {"GSW_FROM", "3600"},
                      {"GSW_UNTIL", "7200"},
                      {"GSW_AGENT_ID", "a7"},
                      {"GSW_CUSTOMER_ID", "C-1"},
                      {"GSW_DATE_TIME", "07/04/2026 09:05"},
                      {"SEQ", n(7)},
                      {"STATE", "quote \" and \n line"}});
  CHECK(answer.integer("GSW_RECORD_TYPE") == 5);
  Record record = only();
  CHECK(record.contact_info_type == 4);
  CHECK(record.record_type == 5);
  CHECK(record.record_status == 3);
  CHECK(record.call_result == 6);
  CHECK(record.attempt == 2);
  CHECK(record.call_time == 1700000000);
  CHECK(record.daily_from == 3600);
  CHECK(record.daily_till == 7200);
  CHECK(record.agent_id == "a7");
  CHECK(record.customer_id == "C-1");
  CHECK(record.dial_sched_time == 1783181100);
  CHECK(record.custom == R"({"SEQ":7,"STATE":"quote \" and \n line"})");
}

TEST_CASE_METHOD(EngineFixture, "the list's customer-id field fills the customer id", "[engine][add]") {
  add({{"client-id", n(77)}});
  CHECK(only().customer_id == "77");
  CHECK(error_of(add({{"client-id", "A"}, {"GSW_CUSTOMER_ID", "B"}})) == 104);
  CHECK(error_of(add({{"client-id", std::string(300, 'x')}})) == 104);
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(EngineFixture, "AddRecord joins an existing chain and refuses an unknown one", "[engine][add]") {
  std::int64_t chain = *add().integer("GSW_CHAIN_ID");
  Event second = add({{"GSW_CHAIN_ID", std::to_string(chain)}, {"GSW_CHAIN_N", n(40)}});
  CHECK(second.integer("GSW_CHAIN_ID") == chain);
  CHECK(second.integer("GSW_CHAIN_N") == 1);
  CHECK(add({{"GSW_CHAIN_ID", chain}}).integer("GSW_CHAIN_N") == 2);
  CHECK(error_of(add({{"GSW_CHAIN_ID", chain + 1000}})) == 104);
  CHECK(error_of(add({{"GSW_CHAIN_ID", n(0)}})) == 104);
  // The chain of another list is not ours.
  CHECK(error_of(add({{"GSW_CHAIN_ID", chain}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared")) == 104);
}

TEST_CASE_METHOD(EngineFixture, "the campaign may be left out when the list serves exactly one that is loaded",
                 "[engine][add]") {
  CHECK(*add().string("GSW_CAMPAIGN_NAME") == "Spring");
  CHECK(error_of(add({}, "Shared")) == 103);
  CHECK(*add({{"GSW_CAMPAIGN_NAME", "Autumn"}}, "Shared").string("GSW_CAMPAIGN_NAME") == "Autumn");
  CHECK(error_of(add({}, "Idle")) == 103);
  CHECK(*add({{"GSW_CAMPAIGN_NAME", "Winter"}}, "Idle").string("GSW_CAMPAIGN_NAME") == "Winter");
}

TEST_CASE_METHOD(EngineFixture, "each mistake of an AddRecord has its number and leaves nothing behind",
                 "[engine][add]") {
  struct Case {
    const char* what;
    Attributes changes;
    std::int64_t number;
    const char* names;  // what the sentence must name
  };
  const std::vector<Case> cases = {
      {"empty phone", {{"GSW_PHONE", ""}}, 104, "GSW_PHONE"},
      {"long phone", {{"GSW_PHONE", std::string(129, '5')}}, 104, "128"},
      {"unknown zone", {{"GSW_TZ_NAME", "Mars"}}, 104, "GSW_TZ_NAME"},
      {"tz database name", {{"GSW_TZ_NAME", "America/Los_Angeles"}}, 104, "GSW_TZ_NAME"},
      {"call result too high", {{"GSW_CALL_RESULT", n(54)}}, 104, "GSW_CALL_RESULT"},
      {"record type that is none", {{"GSW_RECORD_TYPE", "Nonsense"}}, 104, "GSW_RECORD_TYPE"},
      {"retrieved by nobody", {{"GSW_RECORD_STATUS", n(2)}}, 104, "GSW_RECORD_STATUS"},
      {"text for an integer", {{"GSW_FROM", "early"}}, 104, "GSW_FROM"},
      {"window beyond the day", {{"GSW_UNTIL", n(86401)}}, 104, "86400"},
      {"window upside down", {{"GSW_FROM", n(50000)}, {"GSW_UNTIL", n(40000)}}, 104, "GSW_FROM"},
      {"empty window", {{"GSW_FROM", n(64800)}}, 104, "GSW_UNTIL"},
      {"date that does not exist", {{"GSW_DATE_TIME", "02/30/2026 10:00"}}, 104, "GSW_DATE_TIME"},
      {"local time that is skipped", {{"GSW_DATE_TIME", "03/08/2026 02:30"}}, 104, "GSW_DATE_TIME"},
      {"personal without agent", {{"GSW_RECORD_TYPE", n(4)}}, 103, "GSW_AGENT_ID"},
      {"personal with an empty agent", {{"GSW_RECORD_TYPE", n(5)}, {"GSW_AGENT_ID", ""}}, 103, "GSW_AGENT_ID"},
      {"another application", {{"GSW_APPLICATION_ID", n(7)}}, 124, "134"},
      {"unknown campaign", {{"GSW_CAMPAIGN_NAME", "Monsoon"}}, 114, "GSW_CAMPAIGN_NAME"},
      {"campaign without the list", {{"GSW_CAMPAIGN_NAME", "Autumn"}}, 104, "GSW_CAMPAIGN_NAME"},
      {"unknown list", {{"GSW_CALLING_LIST", "None"}}, 111, "list"},
      {"disabled list", {{"GSW_CALLING_LIST", "Closed"}}, 111, "disabled"},
      {"unknown tenant", {{"GSW_TENANT_NAME", "Nobody"}}, 113, "GSW_TENANT_NAME"},
      {"unknown tenant by number", {{"GSW_TENANT_DBID", n(9)}}, 113, "GSW_TENANT_DBID"},
      {"two tenants", {{"GSW_TENANT_DBID", n(1)}, {"GSW_TENANT_NAME", "Other"}}, 106, "GSW_TENANT_NAME"},
      {"list of another tenant", {{"GSW_TENANT_NAME", "Other"}}, 111, "tenant"},
      {"NUL in a value", {{"STATE", std::string("a\0b", 3)}}, 105, "NUL"},
      {"no UTF-8 in a value", {{"STATE", "\xff\xfe"}}, 105, "UTF-8"},
      {"no UTF-8 in a key", {{"ST\xc3", "x"}}, 105, "UTF-8"},
      {"custom fields too large", {{"STATE", std::string(kCustomBytesMax, 'x')}}, 104, "65536"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    Event answer = add(c.changes);
    CHECK(*answer.string("GSW_USER_EVENT") == "Error");
    CHECK(error_of(answer) == c.number);
    INFO(text_of(answer));
    CHECK(text_of(answer).find(c.names) != std::string::npos);
    for (const auto& attribute : c.changes) {
      const auto* given = std::get_if<std::string>(&attribute.value);
      if (given && given->size() > 3 && attribute.key != "GSW_APPLICATION_ID") {
        CHECK(text_of(answer).find(*given) == std::string::npos);
      }
    }
  }
  CHECK(records().empty());
  CHECK(add({{"GSW_TENANT_NAME", "Resources"}, {"GSW_TENANT_DBID", "1"}, {"GSW_APPLICATION_ID", "134"}})
            .has("GSW_CHAIN_ID"));
}

TEST_CASE_METHOD(EngineFixture, "a time zone that is not known is told of the nearest one of the catalogue",
                 "[engine][add]") {
  CHECK(text_of(add({{"GSW_TZ_NAME", "America/Los_Angeles"}})).ends_with("; is \"PST\" meant?"));
  CHECK(text_of(add({{"GSW_TZ_NAME", "pst"}})).ends_with("; is \"PST\" meant?"));
}

TEST_CASE_METHOD(EngineFixture, "a due time in another form is told which form is wanted", "[engine][add]") {
  std::string text = text_of(add({{"GSW_DATE_TIME", "2030-01-01T10:00"}}));
  CHECK(text.find("MM/DD/YYYY HH:MM, 24-hour, such as 12/31/2030 17:05") != std::string::npos);
}

TEST_CASE_METHOD(EngineFixture, "a window that is probably hours is kept and logged once an hour for each list",
                 "[engine][add]") {
  auto lines = [&] { return std::ranges::count_if(log_, [](const auto& line) { return line.first.number == 40065; }); };
  Attributes hours = {{"GSW_FROM", n(8)}, {"GSW_UNTIL", n(18)}};
  add({{"GSW_FROM", n(28800)}, {"GSW_UNTIL", n(64800)}});
  CHECK(lines() == 0);
  add(hours);
  CHECK(records().back().daily_till == 18);
  add({{"GSW_UNTIL", n(1080)}, {"GSW_FROM", n(480)}});
  CHECK(lines() == 1);
  CHECK(log_.back().second.find("\"Spring_2024\" are probably hours") != std::string::npos);
  hours.push_back({"GSW_CAMPAIGN_NAME", "Spring"});
  add(hours, "Shared");
  CHECK(lines() == 2);
  clock_.advance(3600);
  add(hours);
  CHECK(lines() == 3);
  add({{"GSW_FROM", n(8)}});
  CHECK(lines() == 3);
}

TEST_CASE_METHOD(EngineFixture, "a request without a mandatory attribute is told which one", "[engine]") {
  for (const char* missing : {"GSW_CALLING_LIST", "GSW_PHONE", "GSW_TZ_NAME"}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
    asked.event.remove(missing);
    asked.event.add("GSW_REFERENCE_ID", "mine");
    Event answer = ask(asked);
    CHECK(error_of(answer) == 103);
    CHECK(text_of(answer).find(missing) != std::string::npos);
    CHECK(*answer.string("GSW_REFERENCE_ID") == "mine");
  }
  CHECK(error_of(ask(request("records", "RecordProcessed", {}))) == 103);
  CHECK(error_of(ask(request("campaigngroups", "PreviewRecordRequest", {}))) == 103);
}

TEST_CASE_METHOD(EngineFixture, "requests that are not known or on the wrong resource are told apart", "[engine]") {
  for (const auto& row : protocol::requests()) {
    Request asked = request(std::string(protocol::to_string(row.resource)), std::string(row.request), {});
    INFO(row.request);
    CHECK(error_of(ask(asked)) == 103);
  }
  CHECK(error_of(ask(request("lists", "FlyToTheMoon", {}))) == 101);
  CHECK(error_of(ask(request("lists", "RecordProcessed", {}))) == 102);
  CHECK(error_of(ask(request("nowhere", "RecordProcessed", {}))) == 102);
  Request nameless = request("lists", "AddRecord", {});
  nameless.event.remove("GSW_AGENT_REQ_TYPE");
  CHECK(error_of(ask(nameless)) == 103);
  nameless.event.add("GSW_AGENT_REQ_TYPE", n(3));
  CHECK(error_of(ask(nameless)) == 103);
}

TEST_CASE_METHOD(EngineFixture, "what no honest proxy sends is refused", "[engine]") {
  Request twice = request("lists", "AddRecord",
                          {{"GSW_CALLING_LIST", "Spring_2024"},
                           {"GSW_PHONE", "1"},
                           {"GSW_TZ_NAME", "PST"},
                           {"STATE", "a"},
                           {"STATE", "b"}});
  CHECK(error_of(ask(twice)) == 105);
  Request many =
      request("lists", "AddRecord", {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
  for (int i = 0; i < 1000; ++i) many.event.add("k" + std::to_string(i), n(i));
  CHECK(error_of(ask(many)) == 105);
  Request large = many;
  large.event.attributes().resize(4);
  large.event.add("GSW_X", std::string(2 * 1024 * 1024, 'x'));
  CHECK(error_of(ask(large)) == 105);
  CHECK(records().empty());
}

// --- PreviewRecordRequest --------------------------------------------------------------------------------------------

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

// --- UpdateCallCompletionStats ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "an update changes what it names, keeps the record open and is acknowledged",
                 "[engine][update]") {
  std::int64_t handle = held({{"STATE", "CA"}, {"SEQ", n(1)}});
  Record before = only();
  Event answer = on_record("UpdateCallCompletionStats", handle,
                           {{"GSW_CALL_RESULT", "Busy"},
                            {"GSW_PHONE", "+15550199"},
                            {"GSW_PHONE_TYPE", "1"},
                            {"GSW_TZ_NAME", "CET"},
                            {"GSW_FROM", n(100)},
                            {"GSW_UNTIL", n(200)},
                            {"GSW_CAMPAIGN_NAME", "Spring"},
                            {"GSW_CALLING_LIST", "Spring_2024"},
                            {"STATE", "NY"},
                            {"client-id", "C2"},
                            {"Remarks", "no such field"}});
  CHECK(answer == event({{"GSW_USER_EVENT", "UpdateCallCompletionStatsAcknowledge"},
                         {"GSW_APPLICATION_ID", n(134)},
                         {"GSW_CAMPAIGN_NAME", "Spring"},
                         {"GSW_CALLING_LIST", "Spring_2024"},
                         {"GSW_RECORD_HANDLE", handle},
                         {"GSW_CALL_RESULT", n(6)},
                         {"GSW_PHONE", "+15550199"},
                         {"GSW_PHONE_TYPE", n(1)},
                         {"GSW_TZ_NAME", "CET"},
                         {"GSW_FROM", n(100)},
                         {"GSW_UNTIL", n(200)},
                         {"STATE", "NY"},
                         {"client-id", "C2"},
                         {"GSW_UNKNOWN_FIELDS", "Remarks"}}));
  Record expected = before;
  expected.call_result = 6;
  expected.contact_info = "+15550199";
  expected.contact_info_type = 1;
  expected.tz_dbid = 115;
  expected.daily_from = 100;
  expected.daily_till = 200;
  expected.customer_id = "C2";
  expected.custom = R"({"STATE":"NY","SEQ":1,"client-id":"C2"})";
  CHECK(only() == expected);
  CHECK((*store().handle(handle))->closed_by.empty());
  CHECK(on_record("UpdateCallCompletionStats", handle, {{"GSW_CALL_RESULT", n(7)}}).has("GSW_RECORD_HANDLE"));
}

TEST_CASE_METHOD(EngineFixture, "each mistake of a request on a handle has its number and changes nothing",
                 "[engine][update][processed]") {
  std::int64_t handle = held({{"STATE", "CA"}});
  Record before = only();
  struct Case {
    Attributes more;
    std::int64_t number;
    bool update_only = false;
  };
  const std::vector<Case> cases = {
      {{}, 103, true},
      {{{"GSW_TREATMENT", "Personal"}, {"Remarks", "undeclared"}}, 103, true},
      {{{"GSW_CALL_RESULT", n(54)}}, 104},
      {{{"GSW_PHONE", ""}}, 104, true},
      {{{"GSW_TZ_NAME", "Mars"}}, 104, true},
      {{{"GSW_FROM", n(70000)}}, 104, true},
      {{{"STATE", std::string(kCustomBytesMax, 'x')}}, 104},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_CALLING_LIST", "Shared"}}, 106},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_CALLING_LIST", "None"}}, 111},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_CAMPAIGN_NAME", "Autumn"}}, 106},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_CAMPAIGN_NAME", "Monsoon"}}, 114},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_TENANT_NAME", "Nobody"}}, 113},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_TENANT_NAME", "Other"}}, 110},
      {{{"GSW_CALL_RESULT", n(1)}, {"GSW_APPLICATION_ID", n(7)}}, 124},
  };
  for (const char* name : {"UpdateCallCompletionStats", "RecordProcessed"}) {
    for (const Case& c : cases) {
      if (c.update_only && std::string_view(name) == "RecordProcessed") continue;
      INFO(name << " " << c.number);
      CHECK(error_of(on_record(name, handle, c.more)) == c.number);
    }
    CHECK(error_of(on_record(name, handle + 1000, {{"GSW_CALL_RESULT", n(1)}})) == 110);
    CHECK(error_of(on_record(name, 0, {{"GSW_CALL_RESULT", n(1)}})) == 110);
  }
  CHECK(only() == before);
}

// --- RecordProcessed -------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "a processed record is finished, counted and its handle closed",
                 "[engine][processed]") {
  std::int64_t handle = held({{"STATE", "CA"}, {"GSW_ATTEMPTS", n(2)}});
  Record expected = only();
  clock_.advance(60);
  Event answer =
      on_record("RecordProcessed", handle, {{"GSW_TREATMENT", "personal"}, {"STATE", "NY"}, {"Disposition", "sold"}});
  CHECK(answer == event({{"GSW_USER_EVENT", "RecordProcessedAcknowledge"},
                         {"GSW_APPLICATION_ID", n(134)},
                         {"GSW_CAMPAIGN_NAME", "Spring"},
                         {"GSW_CALLING_LIST", "Spring_2024"},
                         {"GSW_RECORD_HANDLE", handle},
                         {"GSW_TREATMENT", "Personal"},
                         {"STATE", "NY"},
                         {"GSW_UNKNOWN_FIELDS", "Disposition"}}));
  expected.record_status = 3;
  expected.call_result = 33;
  expected.attempt = 3;
  expected.call_time = kNoon + 60;
  expected.handle = 0;
  expected.custom = R"({"STATE":"NY"})";
  CHECK(only() == expected);
  auto closed = *store().handle(handle);
  CHECK(closed->closed_by == "RecordProcessed");
  CHECK(closed->closed_at == kNoon + 60);
}

TEST_CASE_METHOD(EngineFixture, "the result of a processed record is the one given, else 33 when none was known",
                 "[engine][processed]") {
  CHECK(on_record("RecordProcessed", held(), {{"GSW_CALL_RESULT", "WrongNumber"}}).has("GSW_RECORD_HANDLE"));
  CHECK(records()[0].call_result == 53);
  std::int64_t handle = held();
  on_record("UpdateCallCompletionStats", handle, {{"GSW_CALL_RESULT", n(9)}});
  on_record("RecordProcessed", handle);
  CHECK(records()[1].call_result == 9);
  on_record("RecordProcessed", held());
  CHECK(records()[2].call_result == 33);
}

TEST_CASE_METHOD(EngineFixture, "the second request on a processed record is told what ended it and changes nothing",
                 "[engine][processed]") {
  std::int64_t handle = held();
  on_record("RecordProcessed", handle, {{"GSW_CALL_RESULT", n(6)}});
  Record after = only();
  for (const char* name : {"RecordProcessed", "UpdateCallCompletionStats"}) {
    Event answer = on_record(name, handle, {{"GSW_CALL_RESULT", n(1)}});
    CHECK(error_of(answer) == 120);
    CHECK(text_of(answer).find("RecordProcessed at 2026-07-02 19:00:00 UTC") != std::string::npos);
  }
  CHECK(only() == after);
}

TEST_CASE_METHOD(EngineFixture, "a record that was finished in another way is finished for its handle too",
                 "[engine][processed]") {
  for (std::int32_t status : {3, 4, 5, 6}) {
    std::int64_t handle = held();
    Record record = records().back();
    Record stored = record;
    record.record_status = status;
    REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.update_record(stored, record); }));
    CHECK(error_of(on_record("RecordProcessed", handle)) == 120);
    CHECK(records().back() == record);
  }
}

TEST_CASE_METHOD(EngineFixture, "processing a record updates what is left of its chain", "[engine][processed]") {
  std::int64_t chain = *add({{"GSW_PHONE", "first"}}).integer("GSW_CHAIN_ID");
  for (auto [phone, status] : {std::pair{"ready", 1}, {"updated", 3}, {"cancelled", 5}, {"missed", 8}}) {
    add({{"GSW_PHONE", phone}, {"GSW_CHAIN_ID", chain}, {"GSW_RECORD_STATUS", n(status)}});
  }
  add({{"GSW_PHONE", "stranger"}, {"GSW_FROM", n(28801)}});
  Event taken = preview();
  REQUIRE(*taken.string("GSW_PHONE") == "first");
  on_record("RecordProcessed", *taken.integer("GSW_RECORD_HANDLE"));
  std::map<std::string, int> status;
  for (const Record& record : records()) status[record.contact_info] = record.record_status;
  CHECK(status == std::map<std::string, int>{
                      {"first", 3}, {"ready", 7}, {"updated", 3}, {"cancelled", 5}, {"missed", 7}, {"stranger", 1}});
}

// --- Idempotency -----------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "the same request under the same key has the same answer and one effect",
                 "[engine][idempotency]") {
  Event first = add({{"STATE", "CA"}}, "Spring_2024", "key-1");
  Event again = add({{"STATE", "CA"}}, "Spring_2024", "key-1");
  CHECK(first == again);
  CHECK(records().size() == 1);
  CHECK(!(add({{"STATE", "CA"}}, "Spring_2024", "key-2") == first));
  CHECK(records().size() == 2);
}

TEST_CASE_METHOD(EngineFixture,
                 "a repeated request is recognised by what the client sent, not by the proxy's reference",
                 "[engine][idempotency]") {
  Event first = add({{"GSW_REFERENCE_ID", n(1)}}, "Spring_2024", "key-1");
  Event again = add({{"GSW_REFERENCE_ID", n(2)}}, "Spring_2024", "key-1");
  CHECK(records().size() == 1);
  CHECK(again.integer("GSW_REFERENCE_ID") == 2);
  first.set("GSW_REFERENCE_ID", n(2));
  CHECK(first == again);
}

TEST_CASE_METHOD(EngineFixture, "another request under a used key is refused", "[engine][idempotency]") {
  add({}, "Spring_2024", "key-1");
  Event answer = add({{"GSW_PHONE", "+15550199"}}, "Spring_2024", "key-1");
  CHECK(error_of(answer) == 104);
  CHECK(text_of(answer).find("Idempotency-Key") != std::string::npos);
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(EngineFixture, "errors and empty previews are not kept: the next attempt may do better",
                 "[engine][idempotency]") {
  CHECK(error_of(add({{"GSW_TZ_NAME", "Mars"}}, "Spring_2024", "key-1")) == 104);
  CHECK(add({}, "Spring_2024", "key-1").has("GSW_CHAIN_ID"));
  on_record("RecordProcessed", *preview().integer("GSW_RECORD_HANDLE"));
  Request empty = request("campaigngroups", "PreviewRecordRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}}, "key-2");
  CHECK(!ask(empty).has("GSW_PHONE"));
  add();
  Event found = ask(empty);
  CHECK(found.has("GSW_PHONE"));
  CHECK(ask(empty) == found);
}

TEST_CASE_METHOD(EngineFixture, "a final request that is repeated under its key is acknowledged again",
                 "[engine][idempotency]") {
  std::int64_t handle = held();
  Request processed = request("records", "RecordProcessed", {{"GSW_RECORD_HANDLE", handle}}, "key-1");
  Event first = ask(processed);
  CHECK(*first.string("GSW_USER_EVENT") == "RecordProcessedAcknowledge");
  CHECK(ask(processed) == first);
  CHECK(only().attempt == 1);
}

TEST_CASE_METHOD(EngineFixture, "a key that is no key is refused", "[engine][idempotency]") {
  CHECK(error_of(add({}, "Spring_2024", std::string(256, 'k'))) == 104);
  CHECK(error_of(add({}, "Spring_2024", "a\nb")) == 104);
  CHECK(error_of(add({}, "Spring_2024", "caf\xc3\xa9")) == 104);
  CHECK(records().empty());
}

TEST_CASE_METHOD(EngineFixture, "a rollback takes record and kept answer away together", "[engine][idempotency]") {
  REQUIRE(store().begin());
  Request asked = request("lists", "AddRecord",
                          {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}}, "key-1");
  REQUIRE(engine_->handle(store(), asked));
  store().rollback();
  engine_->forget_cache();
  CHECK(records().empty());
  CHECK(ask(asked).has("GSW_CHAIN_ID"));
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(EngineFixture, "a request that is done once more after a rollback is answered as it was at first",
                 "[engine]") {
  const std::string longer(protocol::kAgentBytesMax, 'x');
  for (const std::string key : {"", "key-1"}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", "Spring_2024"},
                             {"GSW_PHONE", "+15550100"},
                             {"GSW_TZ_NAME", "PST"},
                             {"GSW_PHONE_TYPE", "4"},
                             {"GSW_AGENT_ID", longer},
                             {"STATE", longer},
                             {"Unknown", longer},
                             {"GSW_UNKNOWN_FIELDS", longer},
                             {"GSW_REFERENCE_ID", longer}},
                            key);
    const Request as_it_came = asked;
    REQUIRE(store().begin());
    auto first = engine_->handle(store(), asked);
    store().rollback();
    engine_->forget_cache();
    REQUIRE(first);
    CHECK(asked.event == as_it_came.event);
    CHECK(*first->event.string("GSW_UNKNOWN_FIELDS") == "Unknown");
    CHECK(*first->event.string("GSW_AGENT_ID") == longer);
    CHECK(*first->event.string("STATE") == longer);
    Event again = ask(asked);
    again.set("GSW_CHAIN_ID", *first->event.find("GSW_CHAIN_ID"));  // numbers are not given out twice
    CHECK(again == first->event);
  }
}

TEST_CASE_METHOD(EngineFixture, "old answers are forgotten after the retention, new ones are not",
                 "[engine][idempotency]") {
  for (int i = 0; i < 100; ++i) add({}, "Spring_2024", "old-" + std::to_string(i));
  clock_.advance(24 * 3600 + 1);
  for (int i = 0; i < 64; ++i) add({}, "Spring_2024", "new-" + std::to_string(i));
  CHECK(!store().kept_answer("old-0")->has_value());
  CHECK(!store().kept_answer("old-99")->has_value());
  CHECK(store().kept_answer("new-0")->has_value());
}

// --- Store and catalogue ---------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "a store that fails is no answer but an error that passes up", "[engine]") {
  // Outside a transaction the store takes no writes.
  Request asked =
      request("lists", "AddRecord", {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
  auto answer = engine_->handle(store(), asked);
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::store);
}

TEST_CASE_METHOD(EngineFixture, "the catalogue is read again when the cache is forgotten", "[engine]") {
  add();
  REQUIRE(stores_.apply(R"({"calling-lists": [{"dbid": 301, "name": "Renamed", "tenant": "Resources"}]})"));
  CHECK(add().has("GSW_CHAIN_ID"));
  engine_->forget_cache();
  CHECK(error_of(add()) == 111);
  CHECK(add({}, "Renamed").has("GSW_CHAIN_ID"));
}

TEST_CASE_METHOD(EngineFixture, "attributes are converted from the channel's encoding and back", "[engine]") {
  REQUIRE(engine_->set_encoding("ISO-8859-1"));
  Event answer = add({{"STATE", "caf\xe9"}, {"GSW_REFERENCE_ID", "\xe9"}});
  CHECK(*answer.string("STATE") == "caf\xe9");
  CHECK(*answer.string("GSW_REFERENCE_ID") == "\xe9");
  CHECK(only().custom == "{\"STATE\":\"caf\xc3\xa9\"}");
  CHECK(*preview().string("STATE") == "caf\xe9");
  REQUIRE(!engine_->set_encoding("no-such-set"));
  CHECK(add({{"STATE", "caf\xc3\xa9"}}).has("GSW_CHAIN_ID"));
  REQUIRE(engine_->set_encoding("UTF-8"));
  CHECK(error_of(add({{"STATE", "caf\xe9"}})) == 105);
}

TEST_CASE_METHOD(EngineFixture, "the largest chain that is answered fits a frame in the widest encoding too",
                 "[engine]") {
  auto wide = [](std::string_view text) {
    std::string out;
    for (char c : text) out.append(1, c).append(3, '\0');
    return out;
  };
  std::int64_t handle = held();
  std::int64_t chain = only().chain_id;
  for (int i = 0; i < 17; ++i) add({{"GSW_CHAIN_ID", chain}, {"STATE", std::string(60'000, 's')}});
  REQUIRE(on_record("ChainedRecordRequest", handle).has("GSW_RECORD_HANDLE"));
  REQUIRE(chained_.size() == 17);

  REQUIRE(engine_->set_encoding("UTF-32LE"));
  Request asked = request("records", "ChainedRecordRequest", {{"GSW_RECORD_HANDLE", handle}});
  for (auto& attribute : asked.event.attributes()) {
    attribute.key = wide(attribute.key);
    if (auto* text = std::get_if<std::string>(&attribute.value)) *text = wide(*text);
  }
  auto answer = stores_.in_transaction([&](RecordStore& store) { return engine_->handle(store, asked); });
  REQUIRE(answer);
  REQUIRE(answer->event.string(wide("GSW_USER_EVENT")));
  CHECK(*answer->event.string(wide("GSW_USER_EVENT")) == wide("ChainedRecordsDataEnd"));
  CHECK(answer->records.size() == 17);

  REQUIRE(engine_->set_encoding(""));
  add({{"GSW_CHAIN_ID", chain}, {"STATE", std::string(60'000, 's')}});
  CHECK(error_of(on_record("ChainedRecordRequest", handle)) == 131);
  CHECK(chained_.empty());
}

TEST_CASE("a request that names no tenant means the configured one", "[engine]") {
  EngineFixture other("Other");
  CHECK(other.add({}, "Spring_2024").integer("GSW_ERROR_NUMBER") == 111);
  CHECK(other.add({}, "Foreign").integer("GSW_ERROR_NUMBER") == 103);  // no campaign has it
  CHECK(other.add({{"GSW_TENANT_NAME", "Resources"}}, "Spring_2024").has("GSW_CHAIN_ID"));
  EngineFixture nobody("Nobody");
  CHECK(nobody.add({}, "Spring_2024").integer("GSW_ERROR_NUMBER") == 113);
}
