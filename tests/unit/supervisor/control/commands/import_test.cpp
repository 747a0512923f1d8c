#include "supervisor/control/commands/arguments.h"

#include <string>
#include <vector>

#include "tests/support/commands_fixture.h"

namespace outpost::test::commands_import_test {

using namespace outpost::supervisor;

TEST_CASE_METHOD(CommandsFixture, "an import inserts its rows with every column", "[import]") {
  auto opened = open(R"(["contact_info", "tz_name", "contact_info_type", "record_type", "record_status", "call_result",
                        "attempt", "dial_sched_time", "call_time", "daily_from", "daily_till", "campaign_id", "agent_id",
                        "group_id", "app_id", "treatments", "media_ref", "email_subject", "email_template_id",
                        "switch_id", "STATE", "client-id", "chain_id"])");
  REQUIRE(opened);
  JsonValue reply = sent(2, {{"+15550100",  "PST",     "Mobile", "6",   "Ready",        "Busy", "2",   "1700000000",
                              "1600000000", "60",      "120",    "401", "a7",           "501",  "134", "t",
                              "9",          "subject", "10",     "11",  "CA, \"west\"", "C1",   ""}});
  CHECK(number(reply, "imported") == 1);
  CHECK(items(reply, "rejected").empty());
  auto all = records();
  REQUIRE(all.size() == 1);
  Record expected;
  expected.record_id = expected.chain_id = all[0].record_id;
  expected.list_dbid = 301;
  expected.contact_info = "+15550100";
  expected.contact_info_type = 4;
  expected.record_type = 6;
  expected.call_result = 6;
  expected.attempt = 2;
  expected.dial_sched_time = 1700000000;
  expected.call_time = 1600000000;
  expected.daily_from = 60;
  expected.daily_till = 120;
  expected.tz_dbid = 106;
  expected.campaign_dbid = 401;
  expected.agent_id = "a7";
  expected.group_dbid = 501;
  expected.app_dbid = 134;
  expected.treatments = "t";
  expected.media_ref = 9;
  expected.email_subject = "subject";
  expected.email_template_id = 10;
  expected.switch_id = 11;
  expected.customer_id = "C1";
  expected.custom = R"({"STATE":"CA, \"west\"","client-id":"C1"})";
  CHECK(all[0] == expected);
}

TEST_CASE_METHOD(CommandsFixture, "empty values leave the defaults of the list", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_dbid", "record_type", "daily_from", "STATE"])", false, "Spring_2024"));
  sent(2, {{"1", "900", "", "", ""}});
  Record record = records().at(0);
  CHECK(record.tz_dbid == 900);
  CHECK(record.record_type == 2);
  CHECK(record.daily_from == 0);
  CHECK(record.daily_till == 86400);
  CHECK(record.custom.empty());
}

TEST_CASE_METHOD(CommandsFixture, "a row joins a chain of its list and the next one goes behind it", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "chain_id"])"));
  sent(2, {{"first", "PST", ""}});
  std::string chain = std::to_string(records().at(0).chain_id);
  sent(3, {{"second", "PST", chain}, {"third", "PST", chain}});
  CHECK(records().at(1).chain_n == 1);
  CHECK(records().at(2).chain_n == 2);
  CHECK(std::to_string(records().at(2).chain_id) == chain);
}

TEST_CASE_METHOD(CommandsFixture, "bad rows are told by line and reason and the rest is kept", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "contact_info_type", "record_type", "record_status", "agent_id",
                  "daily_from", "daily_till", "call_time", "chain_id", "STATE", "client-id"])"));
  const std::vector<std::string> good = {"+1", "PST", "4", "2", "1", "", "0", "100", "0", "", "CA", "c"};
  struct Case {
    std::size_t column;
    std::string value;
    const char* part;
    const char* named = nullptr;  // the column that is told, when it is another
  };
  const std::vector<std::string> columns = opened_.columns;
  const std::vector<Case> cases = {
      {0, "", "contact_info"},
      {0, std::string(129, '1'), "128"},
      {1, "Mars", "tz_name"},
      {1, "", "tz_name"},
      {2, "12", "contact_info_type"},
      {2, "Hat", "contact_info_type"},
      {3, "5", "agent_id", "agent_id"},
      {4, "Retrieved", "record_status"},
      {4, "9", "record_status"},
      {5, std::string(33, 'a'), "agent_id"},
      {6, "100", "daily_from"},
      {6, "x", "daily_from"},
      {7, "86401", "86400"},
      {8, "-1", "call_time"},
      {9, "999999", "chain_id"},
      {10, "\xff", "STATE"},
      {10, std::string(70000, 'x'), "65536", ""},
      {11, std::string(300, 'x'), "client-id"},
  };
  std::vector<std::vector<std::string>> rows = {good};
  for (const Case& c : cases) {
    rows.push_back(good);
    rows.back()[c.column] = c.value;
  }
  rows.push_back({"+1", "PST"});
  rows.push_back(good);
  JsonValue reply = sent(2, rows);
  CHECK(number(reply, "imported") == 2);
  const auto& rejected = items(reply, "rejected");
  REQUIRE(rejected.size() == cases.size() + 1);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string& reason = std::get<std::string>(rejected[i].find("reason")->value);
    INFO(cases[i].column << " " << reason);
    CHECK(number(rejected[i], "line") == static_cast<std::int64_t>(i + 3));
    CHECK(reason.find(cases[i].part) != std::string::npos);
    CHECK(reason.size() < 200);
    CHECK(text(rejected[i], "column") == (cases[i].named ? cases[i].named : columns[cases[i].column]));
  }
  CHECK(text(rejected.back(), "column").empty());
  CHECK(std::get<std::string>(rejected.back().find("reason")->value).find("12 columns") != std::string::npos);
  CHECK(records().size() == 2);
}

TEST_CASE_METHOD(CommandsFixture, "columns that cannot be imported are told all at once", "[import]") {
  auto opened = open(R"(["contact_inf", "STATES", "record_id", "chain_n", "handle", "STATE", "STATE", "qqqqqq"])");
  REQUIRE(!opened);
  CHECK(opened.error().code == Errc::invalid);
  for (const char* part :
       {"\"contact_inf\" is not known; is \"contact_info\" meant?", "is \"STATE\" meant?",
        "record_id cannot be imported", "chain_n cannot", "handle cannot", "\"STATE\" is there twice",
        "\"qqqqqq\" is neither", "contact_info is needed", "tz_name (or tz_dbid) is needed"}) {
    INFO(opened.error().text << "\n" << part);
    CHECK(opened.error().text.find(part) != std::string::npos);
  }
  auto twice = open(R"(["contact_info", "tz_name", "tz_dbid", "customer_id", "client-id"])");
  REQUIRE(!twice);
  CHECK(twice.error().text.find("tz_dbid say the same") != std::string::npos);
  CHECK(twice.error().text.find("client-id say the same") != std::string::npos);
  CHECK(open("[]").error().code == Errc::invalid);
  CHECK(open("[7]").error().code == Errc::invalid);
  auto list = open(R"(["contact_info", "tz_name"])", false, "Sprng_2024");
  REQUIRE(!list);
  CHECK(list.error().text.find("is \"Spring_2024\" meant?") != std::string::npos);
}

TEST_CASE_METHOD(CommandsFixture, "an import that was cut off goes on exactly behind what is durable", "[import]") {
  const std::string columns = R"(["contact_info", "tz_name"])";
  REQUIRE(open(columns));
  std::int64_t id = opened_.import_id;
  JsonValue fresh = json(opened_.reply);
  CHECK(number(fresh, "next_offset") == 0);
  CHECK(number(fresh, "next_line") == 1);
  sent(2, {{"a", "PST"}, {"b", "PST"}});
  // A piece that is rolled back leaves neither rows nor position.
  REQUIRE(store().begin());
  protocol::ImportRows lost;
  lost.import_id = id;
  lost.offset = 40;
  lost.next_offset = 1000;
  lost.next_line = 100;
  lost.rows.push_back({4, {"lost", "PST"}});
  REQUIRE(run_import_rows(store(), opened_, lost, due_));
  store().rollback();

  REQUIRE(open(columns));
  CHECK(opened_.import_id == id);
  JsonValue again = json(opened_.reply);
  CHECK(number(again, "next_offset") == 40);
  CHECK(number(again, "next_line") == 4);
  CHECK(number(again, "rows") == 2);
  CHECK(!std::get<bool>(again.find("finished")->value));
  sent(4, {{"c", "PST"}});
  CHECK(records().size() == 3);
  CHECK(number(json(*finish()), "rows") == 3);
}

TEST_CASE_METHOD(CommandsFixture, "rows that are durable already are checked again and stored no more", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name"])"));
  sent(2, {{"a", "PST"}, {"", "PST"}});
  JsonValue again = sent(2, {{"a", "PST"}, {"", "PST"}});
  CHECK(number(again, "imported") == 0);
  CHECK(items(again, "rejected").size() == 1);
  CHECK(records().size() == 1);
  // A piece that lies across the durable position could be neither, one behind a gap would hide the gap.
  for (std::uint64_t line : {std::uint64_t{3}, std::uint64_t{5}}) {
    auto misplaced = send(line, {{"b", "PST"}, {"c", "PST"}});
    REQUIRE(!misplaced);
    CHECK(misplaced.error().code == Errc::invalid);
  }
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(CommandsFixture, "a file that was imported is refused unless it is asked for once more", "[import]") {
  const std::string columns = R"(["contact_info", "tz_name"])";
  REQUIRE(open(columns));
  std::int64_t first = opened_.import_id;
  sent(2, {{"a", "PST"}});
  REQUIRE(finish());
  CHECK(!send(3, {{"late", "PST"}}));
  auto again = open(columns);
  REQUIRE(!again);
  CHECK(again.error().code == Errc::exists);
  CHECK(again.error().text.find("--restart") != std::string::npos);
  CHECK(open(columns, false, "Other"));

  REQUIRE(open(columns, true));
  CHECK(opened_.import_id != first);
  CHECK(number(json(opened_.reply), "next_offset") == 0);
  sent(2, {{"a", "PST"}});
  CHECK(records().size() == 2);
  // The restarted one is the one that goes on.
  REQUIRE(open(columns));
  CHECK(number(json(opened_.reply), "rows") == 1);
}

TEST_CASE_METHOD(CommandsFixture, "an import that is not known and a piece that is too large are refused", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name"])"));
  auto large = send(2, std::vector<std::vector<std::string>>(kImportRowsMax + 1, {"a", "PST"}));
  REQUIRE(!large);
  CHECK(large.error().code == Errc::limit);
  opened_.import_id += 1000;
  CHECK(send(2, {{"a", "PST"}}).error().code == Errc::not_found);
  CHECK(finish().error().code == Errc::not_found);
  CHECK(records().empty());
}

TEST_CASE_METHOD(CommandsFixture, "the reply to a piece of which all is bad fits into a frame", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "record_status"])"));
  auto reply = send(2, std::vector<std::vector<std::string>>(kImportRowsMax, {"a", "PST", "nonsense"}));
  REQUIRE(reply);
  CHECK(reply->size() <= kReplyBytesMax);
}

}  // namespace outpost::test::commands_import_test
