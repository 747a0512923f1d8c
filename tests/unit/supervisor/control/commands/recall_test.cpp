#include "tests/support/commands_fixture.h"

namespace outpost::test::recall_test {

namespace {

constexpr std::int64_t kNow = 1'783'018'800;

class RecallFixture : public CommandsFixture {
 public:
  RecallFixture() {
    due_.now = kNow;
    REQUIRE(open(R"(["contact_info", "tz_name", "record_type", "record_status", "call_result", "agent_id",
                     "dial_sched_time", "client-id"])"));
    sent(2, {{"a", "PST", "5", "MissedCallBack", "47", "a1", "1000", "C1"},
             {"b", "PST", "4", "MissedCallBack", "Busy", "a2", "2000", "C2"},
             {"c", "PST", "5", "Updated", "", "a1", "1000", "C1"},
             {"d", "PST", "2", "MissedCallBack", "47", "", "1000", ""}});
  }
  Result<std::string> recall(const std::string& more = "") {
    JsonValue arguments = json(R"({"list": "Spring_2024")" + more + "}");
    return stores_.in_transaction([&](RecordStore& s) { return run_recall(s, arguments, due_); });
  }
  std::string told(const std::string& more = "") {
    auto reply = recall(more);
    return reply ? *reply : reply.error().text;
  }
  Record record_of(std::string_view contact) {
    for (const Record& record : records()) {
      if (record.contact_info == contact) return record;
    }
    FAIL("no record of " << contact);
    return {};
  }
};

}  // namespace

TEST_CASE_METHOD(RecallFixture, "missed callbacks are due again, and nothing else is touched", "[recall]") {
  auto before = records();
  CHECK(told() == R"({"list":"Spring_2024","records":2,"due":1783018800,"next":null})");
  Record expected = before[0];
  expected.record_status = 1;
  expected.call_result = 28;
  expected.dial_sched_time = kNow;
  CHECK(record_of("a") == expected);
  CHECK(record_of("b").call_result == 6);
  CHECK(record_of("b").record_type == 4);
  CHECK(record_of("c") == before[2]);
  CHECK(record_of("d") == before[3]);
  CHECK(told() == R"({"list":"Spring_2024","records":0,"due":1783018800,"next":null})");
}

TEST_CASE_METHOD(RecallFixture, "missed callbacks are chosen by agent, customer and record", "[recall]") {
  auto records_of = [&](const std::string& more) {
    auto reply = recall(R"(, "dry_run": true)" + more);
    INFO((reply ? "" : reply.error().text));
    REQUIRE(reply);
    return number(json(*reply), "records");
  };
  CHECK(records_of("") == 2);
  CHECK(records_of(R"(, "agent": "a2")") == 1);
  CHECK(records_of(R"(, "customer_id": "C1")") == 1);
  CHECK(records_of(R"(, "customer_id": "C1", "agent": "a2")") == 0);
  CHECK(records_of(R"(, "record_id": )" + std::to_string(record_of("b").record_id)) == 1);
  CHECK(record_of("a").record_status == 8);
  REQUIRE(recall(R"(, "agent": "a2")"));
  CHECK(record_of("a").record_status == 8);
  CHECK(record_of("b").record_status == 1);
}

TEST_CASE_METHOD(RecallFixture, "a recall goes piece by piece, each behind the one before", "[recall]") {
  JsonValue first = json(told(R"(, "limit": 1, "due": 1783022400)"));
  CHECK(number(first, "records") == 1);
  CHECK(record_of("a").dial_sched_time == 1783022400);
  CHECK(record_of("b").record_status == 8);
  // A time that was good when the command began stays good.
  due_.now += 24 * 3600;
  JsonValue second = json(told(R"(, "due": 1783022400, "after": )" + std::to_string(number(first, "next"))));
  CHECK(number(second, "records") == 1);
  CHECK(record_of("b").dial_sched_time == 1783022400);
}

TEST_CASE_METHOD(RecallFixture, "what cannot be set due again is refused with what is wrong", "[recall]") {
  CHECK(told(R"(, "due": 1000)") == "due must not be in the past: that is 1970-01-01 00:16:40 UTC");
  CHECK(told(R"(, "due": 0)") == "due must be a time from 1970 to 9999");
  for (const char* nobody : {R"(, "customer_id": " ")", R"(, "customer_id": "\u200B")", R"(, "agent": "")"}) {
    CAPTURE(nobody);
    CHECK(told(nobody).find(" must not be ") != std::string::npos);
  }
  CHECK(record_of("a").record_status == 8);
  std::string finished = std::to_string(record_of("c").record_id);
  CHECK(told(R"(, "record_id": )" + finished) ==
        "record " + finished + " is no missed callback: it is PersonalCallBack, Updated");
  CHECK(told(R"(, "record_id": 99999)") == "calling list \"Spring_2024\" has no record 99999");
  auto other = run_recall(store(), json(R"({"list": "Sprng_2024"})"), due_);
  REQUIRE(!other);
  CHECK(other.error().text.find("is \"Spring_2024\" meant?") != std::string::npos);
}

TEST_CASE_METHOD(RecallFixture, "a callback whose chain somebody calls is due again when the chain is free",
                 "[recall]") {
  Record missed = record_of("a");
  REQUIRE(stores_.in_transaction([&](RecordStore& s) -> Result<> {
    Record called = missed;
    called.record_id = *s.take_ids(IdKind::record, 1);
    called.chain_n = 1;
    called.record_status = 2;
    called.handle = 77;
    return s.insert_record(called);
  }));
  REQUIRE(recall());
  CHECK(record_of("a").handle == 77);
  CHECK(record_of("b").handle == 0);
}

// --- What an import may bring ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(CommandsFixture, "a row with a callback whose time is past is rejected", "[import][callback]") {
  due_.now = kNow;
  REQUIRE(open(R"(["contact_info", "tz_name", "record_type", "record_status", "agent_id", "dial_sched_time"])"));
  JsonValue reply = sent(2, {{"past", "PST", "5", "", "a7", "1783018679"},
                             {"campaign", "LHR", "6", "", "", "1783018679"},
                             {"just past", "PST", "5", "", "a7", "1783018680"},
                             {"now", "PST", "4", "", "a7", ""},
                             {"finished", "PST", "5", "Updated", "a7", "1000"},
                             {"general", "PST", "2", "", "", "1000"}});
  CHECK(number(reply, "imported") == 4);
  const auto& rejected = items(reply, "rejected");
  REQUIRE(rejected.size() == 2);
  CHECK(text(rejected[0], "column") == "dial_sched_time");
  CHECK(text(rejected[0], "reason") ==
        "dial_sched_time must not be in the past: that is 2026-07-02 18:57:59 UTC, "
        "07/02/2026 11:57 in time zone PST");
  CHECK(text(rejected[1], "reason") ==
        "dial_sched_time must not be in the past: that is 2026-07-02 18:57:59 UTC, "
        "07/02/2026 19:57 in time zone LHR");
}

TEST_CASE_METHOD(CommandsFixture, "a row that was taken in time is not rejected when the import goes on too late",
                 "[import][callback]") {
  due_.now = kNow;
  const std::string columns = R"(["contact_info", "tz_name", "record_type", "agent_id", "dial_sched_time"])";
  REQUIRE(open(columns));
  const std::vector<std::vector<std::string>> rows = {{"taken", "PST", "5", "a7", std::to_string(kNow)},
                                                      {"never", "PST", "5", "a7", std::to_string(kNow - 500)}};
  CHECK(number(sent(2, rows), "imported") == 1);
  due_.now += 3600;
  REQUIRE(open(columns));
  JsonValue again = sent(2, rows);
  CHECK(number(again, "imported") == 0);
  REQUIRE(items(again, "rejected").size() == 1);
  CHECK(number(items(again, "rejected")[0], "line") == 3);
}

}  // namespace outpost::test::recall_test
