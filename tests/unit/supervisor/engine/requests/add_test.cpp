#include <algorithm>
#include <string>
#include <vector>

#include "supervisor/engine/custom_fields.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::add_test {

using namespace outpost::supervisor;

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

}  // namespace outpost::test::add_test
