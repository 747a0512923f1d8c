#include <map>
#include <string>

#include "protocol/outbound/vocabulary.h"
#include "supervisor/engine/custom_fields.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::handle_test {

using namespace outpost::supervisor;

namespace {

constexpr const char* kTomorrow = "07/03/2026 09:30";
constexpr std::int64_t kTomorrowEpoch = 1783096200;  // in Los Angeles

// What a record that is no longer held looks like.
Record freed(Record record) {
  record.handle = 0;
  return record;
}

}  // namespace

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

// --- RecordReschedule ------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "a rescheduled record is a campaign callback, counted and offered when it is due",
                 "[engine][reschedule]") {
  std::int64_t handle = held({{"STATE", "CA"}, {"GSW_ATTEMPTS", n(1)}});
  Record expected = freed(only());
  clock_.advance(60);
  Event answer = on_record("RecordReschedule", handle, {{"GSW_DATE_TIME", kTomorrow}, {"STATE", "NY"}});
  CHECK(answer == event({{"GSW_USER_EVENT", "RecordRescheduleAcknowledge"},
                         {"GSW_APPLICATION_ID", n(134)},
                         {"GSW_CAMPAIGN_NAME", "Spring"},
                         {"GSW_CALLING_LIST", "Spring_2024"},
                         {"GSW_RECORD_HANDLE", handle},
                         {"GSW_DATE_TIME", kTomorrow},
                         {"GSW_CALLBACK_TYPE", "Campaign"},
                         {"STATE", "NY"}}));
  expected.record_type = 6;
  expected.record_status = 1;
  expected.attempt = 2;
  expected.call_time = kNoon + 60;
  expected.dial_sched_time = kTomorrowEpoch;
  expected.custom = R"({"STATE":"NY"})";
  CHECK(only() == expected);
  CHECK(error_of(on_record("RecordProcessed", handle)) == 120);
  CHECK(!preview().has("GSW_PHONE"));
  clock_.advance(kTomorrowEpoch - clock_.now());
  CHECK(*preview().string("GSW_CALLBACK_TYPE") == "Campaign");
}

TEST_CASE_METHOD(EngineFixture, "a personal callback belongs to the agent who is named, else to who held the record",
                 "[engine][reschedule]") {
  add();
  std::int64_t handle = *preview(501, {{"GSW_AGENT_ID", "a7"}}).integer("GSW_RECORD_HANDLE");
  Attributes personal = {{"GSW_DATE_TIME", kTomorrow}, {"GSW_CALLBACK_TYPE", "personal"}, {"GSW_CALL_RESULT", n(6)}};
  CHECK(*on_record("RecordReschedule", handle, personal).string("GSW_CALLBACK_TYPE") == "Personal");
  Record record = only();
  CHECK(record.agent_id == "a7");
  CHECK(record.record_type == 5);
  CHECK(record.call_result == 6);

  clock_.advance(kTomorrowEpoch - clock_.now());
  CHECK(!preview(501, {{"GSW_AGENT_ID", "a8"}}).has("GSW_PHONE"));
  handle = *preview(501, {{"GSW_AGENT_ID", "a7"}}).integer("GSW_RECORD_HANDLE");
  personal.push_back({"GSW_AGENT_ID", "a9"});
  on_record("RecordReschedule", handle, personal);
  CHECK(only().agent_id == "a9");
}

TEST_CASE_METHOD(EngineFixture, "a callback may get another phone, and each mistake of it changes nothing",
                 "[engine][reschedule]") {
  std::int64_t handle = held();
  Record before = only();
  struct Case {
    Attributes more;
    std::int64_t number;
  };
  for (const char* name : {"RecordReschedule", "ScheduledRecordReschedule"}) {
    for (const Case& c : std::vector<Case>{
             {{}, 103},
             {{{"GSW_DATE_TIME", "2026-07-03"}}, 104},
             {{{"GSW_DATE_TIME", kTomorrow}, {"GSW_CALLBACK_TYPE", "Private"}}, 104},
             {{{"GSW_DATE_TIME", kTomorrow}, {"GSW_PHONE", ""}}, 104},
             {{{"GSW_DATE_TIME", kTomorrow}, {"GSW_CALLING_LIST", "Shared"}}, 106},
         }) {
      CHECK(error_of(on_record(name, handle, c.more)) == c.number);
    }
  }
  Attributes nobody = {{"GSW_DATE_TIME", kTomorrow}, {"GSW_CALLBACK_TYPE", "Personal"}};
  CHECK(error_of(on_record("RecordReschedule", handle, nobody)) == 103);
  CHECK(only() == before);
  on_record("RecordReschedule", handle, {{"GSW_DATE_TIME", kTomorrow}, {"GSW_PHONE", "+1777"}});
  CHECK(only().contact_info == "+1777");
}

TEST_CASE_METHOD(EngineFixture,
                 "only a callback can be moved, and it stays of its kind unless the request says otherwise",
                 "[engine][reschedule]") {
  std::int64_t general = held();
  Event refused = on_record("ScheduledRecordReschedule", general, {{"GSW_DATE_TIME", kTomorrow}});
  CHECK(error_of(refused) == 104);
  CHECK(text_of(refused).find("General") != std::string::npos);
  on_record("RecordProcessed", general);

  struct Case {
    std::int64_t type;
    const char* kind;
    std::int32_t expected;
  };
  for (const Case& c : {Case{6, nullptr, 3},
                        {5, nullptr, 4},
                        {3, nullptr, 3},
                        {4, nullptr, 4},
                        {6, "Personal", 4},
                        {5, "Campaign", 3}}) {
    CAPTURE(c.type, c.expected);
    add({{"GSW_PHONE", "moved"}, {"GSW_RECORD_TYPE", c.type}, {"GSW_AGENT_ID", "a7"}, {"GSW_ATTEMPTS", n(2)}});
    std::int64_t handle = *preview(501, {{"GSW_AGENT_ID", "a7"}}).integer("GSW_RECORD_HANDLE");
    Attributes more = {{"GSW_DATE_TIME", kTomorrow}};
    if (c.kind) more.push_back({"GSW_CALLBACK_TYPE", c.kind});
    Event answer = on_record("ScheduledRecordReschedule", handle, more);
    CHECK(*answer.string("GSW_USER_EVENT") == "ScheduledRecordRescheduleAcknowledge");
    Record record = records().back();
    CHECK(record.record_type == c.expected);
    CHECK(record.record_status == 1);
    CHECK(record.attempt == 2);
    CHECK(record.call_result == 28);
    CHECK(record.agent_id == "a7");
    CHECK(record.dial_sched_time == kTomorrowEpoch);
  }
}

// --- RecordReject ----------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "a rejected record is Ready again and was not attempted", "[engine][reject]") {
  std::int64_t handle = held({{"GSW_ATTEMPTS", n(4)}});
  Record expected = freed(only());
  expected.record_status = 1;
  CHECK(on_record("RecordReject", handle) == event({{"GSW_USER_EVENT", "RecordRejectAcknowledge"},
                                                    {"GSW_APPLICATION_ID", n(134)},
                                                    {"GSW_CAMPAIGN_NAME", "Spring"},
                                                    {"GSW_CALLING_LIST", "Spring_2024"},
                                                    {"GSW_RECORD_HANDLE", handle}}));
  CHECK(only() == expected);
  CHECK(error_of(on_record("RecordReject", handle)) == 120);
  CHECK(*preview().integer("GSW_RECORD_HANDLE") != handle);
}

TEST_CASE_METHOD(EngineFixture, "a phone or customer that contradicts the handle's record is refused",
                 "[engine][target]") {
  std::int64_t handle = held({{"client-id", "C1"}});
  Record before = only();
  for (const char* name :
       {"RecordProcessed", "RecordReject", "RequestRecordCancel", "DoNotCall", "ChainedRecordRequest"}) {
    CAPTURE(name);
    CHECK(error_of(on_record(name, handle, {{"GSW_PHONE", "+1"}})) == 106);
    CHECK(error_of(on_record(name, handle, {{"GSW_CUSTOMER_ID", "C2"}})) == 106);
  }
  CHECK(only() == before);
  CHECK(!on_record("RecordReject", handle, {{"GSW_PHONE", "+15550100"}, {"GSW_CUSTOMER_ID", "C1"}}).has("GSW_ERROR"));
}

// --- Chains ----------------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "while one record of a chain is held nobody gets another of it", "[engine][chain]") {
  std::int64_t chain = *add({{"GSW_PHONE", "first"}}).integer("GSW_CHAIN_ID");
  add({{"GSW_PHONE", "second"}, {"GSW_CHAIN_ID", chain}});
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  CHECK(record_of("second").record_status == 1);
  CHECK(record_of("second").handle == handle);
  add({{"GSW_PHONE", "late"}, {"GSW_CHAIN_ID", chain}});
  CHECK(!preview().has("GSW_PHONE"));
  on_record("RecordReject", handle);
  for (const Record& record : records()) CHECK(record.handle == 0);
  CHECK(*preview().string("GSW_PHONE") == "first");
}

TEST_CASE_METHOD(EngineFixture, "the other records of a chain are read without being changed", "[engine][chain]") {
  std::int64_t chain = *add({{"GSW_PHONE", "first"}}).integer("GSW_CHAIN_ID");
  add({{"GSW_PHONE", "second"}, {"GSW_CHAIN_ID", chain}, {"STATE", "CA"}, {"GSW_PHONE_TYPE", n(4)}});
  add({{"GSW_PHONE", "third"}, {"GSW_CHAIN_ID", chain}, {"GSW_RECORD_STATUS", n(5)}});
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  auto before = records();
  CHECK(on_record("ChainedRecordRequest", handle) == event({{"GSW_USER_EVENT", "ChainedRecordsDataEnd"},
                                                            {"GSW_APPLICATION_ID", n(134)},
                                                            {"GSW_CAMPAIGN_NAME", "Spring"},
                                                            {"GSW_CALLING_LIST", "Spring_2024"},
                                                            {"GSW_RECORD_HANDLE", handle},
                                                            {"GSW_CHAIN_ID", chain}}));
  REQUIRE(chained_.size() == 2);
  CHECK(chained_[0] == event({{"GSW_USER_EVENT", "ChainedRecord"},
                              {"GSW_APPLICATION_ID", n(134)},
                              {"GSW_CAMPAIGN_NAME", "Spring"},
                              {"GSW_CALLING_LIST", "Spring_2024"},
                              {"GSW_PHONE", "second"},
                              {"GSW_CALL_RESULT", n(28)},
                              {"GSW_CHAIN_ID", chain},
                              {"GSW_TZ_OFFSET", n(-25200)},
                              {"GSW_CHAIN_N", n(1)},
                              {"GSW_PHONE_TYPE", n(4)},
                              {"GSW_TZ_NAME", "PST"},
                              {"GSW_FROM", n(28800)},
                              {"GSW_UNTIL", n(64800)},
                              {"GSW_RECORD_TYPE", n(2)},
                              {"GSW_RECORD_STATUS", n(1)},
                              {"GSW_ATTEMPTS", n(0)},
                              {"STATE", "CA"}}));
  CHECK(*chained_[1].string("GSW_PHONE") == "third");
  CHECK(records() == before);
}

TEST_CASE_METHOD(EngineFixture, "a chain has a largest size, and its records must fit into one answer",
                 "[engine][chain]") {
  std::int64_t chain = *add().integer("GSW_CHAIN_ID");
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  std::string heavy(60 * 1024, 'x');
  for (int i = 1; i < protocol::kChainRecordsMax; ++i) {
    REQUIRE(add({{"GSW_CHAIN_ID", chain}, {"STATE", i <= 80 ? heavy : "CA"}}).has("GSW_CHAIN_N"));
  }
  CHECK(error_of(add({{"GSW_CHAIN_ID", chain}})) == 104);
  CHECK(error_of(on_record("ChainedRecordRequest", handle)) == 131);
  CHECK(chained_.empty());
}

}  // namespace outpost::test::handle_test
