#include "supervisor/engine/record_rules.h"

#include <string>

#include "tests/support/engine_fixture.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::record_rules_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::int32_t kNoType = 0;
constexpr std::int32_t kMobile = 4;
constexpr std::int32_t kEmail = 10;
constexpr std::int32_t kMessaging = 11;

const TimeZone kPst{106, "PST", "America/Los_Angeles"};

// kNoon on that zone's wall clock, as its neighbours below.
constexpr const char* kAtNoon = "07/02/2026 12:00";
constexpr const char* kTwoMinutesAgo = "07/02/2026 11:58";
constexpr const char* kThreeMinutesAgo = "07/02/2026 11:57";
constexpr const char* kUnderstood =
    "GSW_DATE_TIME must not be in the past: that is 2026-07-02 18:57:00 UTC, "
    "07/02/2026 11:57 in time zone PST";

Attributes callback(std::int64_t type, const char* due) {
  return {{"GSW_RECORD_TYPE", type}, {"GSW_AGENT_ID", "a7"}, {"GSW_DATE_TIME", due}};
}

}  // namespace

TEST_CASE("a contact that cannot be seen is refused, whatever its type", "[record_rules]") {
  for (std::int32_t type = 0; type <= kMessaging; ++type) {
    for (const char* blank : {"   ", "\xe2\x80\x8b", "\xc2\xa0\xe2\x80\xaa"}) {
      CHECK_THAT(contact_problem(type, blank), ContainsSubstring("must not be blank"));
    }
    CHECK_THAT(contact_problem(type, ""), ContainsSubstring("must not be empty"));
  }
}

TEST_CASE("a contact with control characters is refused, whatever its type", "[record_rules]") {
  for (std::int32_t type = 0; type <= kMessaging; ++type) {
    for (const char* bad : {"+1555\n0100", "+1555\t0100", "+15550100\r", "a@b\xe2\x80\xa8",
                            "\xc2\x85"
                            "1",
                            "1\x7f"}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("control characters"));
    }
  }
}

TEST_CASE("what a spreadsheet made of a phone number is refused with what it looks like", "[record_rules]") {
  for (std::int32_t type : {kNoType, 1, kMobile, 9}) {
    for (const char* bad : {"1.55502E+10", "1,55502e+10", "2E+10", "1.5E10", " +1.55502E+10 ",
                            "\xc2\xa0"
                            "1E-5"}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("shortened"));
    }
    for (const char* bad : {"15550213.0", "15550213.00", "15550213,0", "+15550213.0", "15550213.0 ", "15550213.000",
                            "15,550,213.00", "15.550.213,00", "15 550 213,00"}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("decimals"));
    }
    for (const char* bad : {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#BEZUG!",
                            "#NV", "#N/D", "#\xd0\x9d/\xd0\x94", "#GETTING_DATA", "#n/a", " #N/A", "Err:502"}) {
      INFO(bad);
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("error value"));
    }
    CHECK_THAT(contact_problem(type, "TRUE"), ContainsSubstring("truth value"));
    CHECK_THAT(contact_problem(type, "########"), ContainsSubstring("too narrow"));
    CHECK_THAT(contact_problem(type, "=\"+15550100\""), ContainsSubstring("formula"));
  }
}

TEST_CASE("a phone has a letter or a digit", "[record_rules]") {
  for (const char* bad : {"-", "()", "+", "?", "..."}) {
    CHECK_THAT(contact_problem(kMobile, bad), ContainsSubstring("only punctuation"));
    CHECK(contact_problem(kMessaging, bad).empty());
  }
}

TEST_CASE("phones that people write are taken", "[record_rules]") {
  for (const char* good :
       {"+15550100", "(555) 555-2006", "555.0213", "555.000", "01.23.45.67.89", "01.23.45.67.00", "+1 555 0100 ext. 12",
        "1800E5", "1-800-FLOWERS", "#31#15550100", "*67", "#LAW", "15,550,213", "\xe2\x80\xaa+1\xe2\x80\xac",
        "\xef\xbc\x8b\xef\xbc\x91", "ada@example.org", "a1", "0"}) {
    INFO(good);
    CHECK(contact_problem(kMobile, good).empty());
    CHECK(contact_problem(kNoType, good).empty());
  }
}

TEST_CASE("addresses are free text", "[record_rules]") {
  for (std::int32_t type : {kEmail, kMessaging}) {
    for (const char* good : {"1.5E+10", "15550213.0", "#N/A", "=x", "###", "ada@example.org", "live:ada"}) {
      CHECK(contact_problem(type, good).empty());
    }
  }
}

TEST_CASE("an identifier must show something", "[record_rules]") {
  CHECK(identifier_problem("C7").empty());
  CHECK(identifier_problem(" C7").empty());
  CHECK_THAT(identifier_problem("\xe2\x80\x8b"), ContainsSubstring("must not be blank"));
  CHECK_THAT(identifier_problem(""), ContainsSubstring("must not be empty"));
}

TEST_CASE("a new record has a window, nobody's handle, and an agent when it is personal", "[record_rules]") {
  Record record;
  record.daily_from = 10;
  record.daily_till = 11;
  CHECK(window_problem(record, "daily_till").empty());
  CHECK(status_problem(record).empty());
  CHECK(agent_problem(record).empty());
  record.daily_till = 10;
  CHECK(window_problem(record, "daily_till") == "must be less than daily_till; the record's window would be 10 to 10");
  record.record_status = static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
  CHECK_THAT(std::string(status_problem(record)), ContainsSubstring("must not be Retrieved"));
  record.record_type = static_cast<std::int32_t>(protocol::RecordType::personal_callback);
  CHECK_THAT(std::string(agent_problem(record)), ContainsSubstring("is needed"));
  record.agent_id = "a7";
  CHECK(agent_problem(record).empty());
}

TEST_CASE("a chain takes records up to its limit", "[record_rules]") {
  CHECK(full_chain_problem(protocol::kChainRecordsMax - 1).empty());
  CHECK(full_chain_problem(protocol::kChainRecordsMax) ==
        "must be a chain that is not full: one has at most 1000 records");
}

TEST_CASE("a due time may lie as far in the past as the tolerance, and 0 is now", "[rules][callback]") {
  DueRule rule{.now = kNoon};
  for (std::int64_t due : {std::int64_t{0}, kNoon - 120, kNoon, kNoon + 1}) CHECK(check_due(rule, due, &kPst));
  auto refused = check_due(rule, kNoon - 121, &kPst);
  REQUIRE(!refused);
  CHECK(refused.error().text ==
        "must not be in the past: that is 2026-07-02 18:57:59 UTC, 07/02/2026 11:57 in time "
        "zone PST");
}

TEST_CASE("a due time is never one that the next sweep takes for missed", "[rules][callback]") {
  DueRule rule{.now = kNoon, .missed_callback_timeout = std::chrono::seconds(5)};
  CHECK(check_due(rule, kNoon - 5, &kPst));
  CHECK(!check_due(rule, kNoon - 6, &kPst));
}

TEST_CASE("a due time of a zone that nobody knows is told in UTC alone", "[rules][callback]") {
  const TimeZone mars{900, "MARS", "Mars/Olympus"};
  for (const TimeZone* zone : {&mars, static_cast<const TimeZone*>(nullptr)}) {
    auto refused = check_due({.now = kNoon}, 1000, zone);
    REQUIRE(!refused);
    CHECK(refused.error().text == "must not be in the past: that is 1970-01-01 00:16:40 UTC");
  }
}

TEST_CASE_METHOD(EngineFixture, "a callback that is added for a time that is past is refused", "[engine][callback]") {
  for (std::int64_t type : {3, 4, 5, 6}) {
    CAPTURE(type);
    Event refused = add(callback(type, kThreeMinutesAgo));
    CHECK(error_of(refused) == 104);
    CHECK(text_of(refused) == kUnderstood);
    CHECK(records().size() == static_cast<std::size_t>(type - 3));
    CHECK(add(callback(type, kTwoMinutesAgo)).has("GSW_CHAIN_ID"));
  }
}

TEST_CASE_METHOD(EngineFixture, "a record that nobody waits for may have any due time", "[engine][callback]") {
  Attributes finished = callback(5, kThreeMinutesAgo);
  finished.push_back({"GSW_RECORD_STATUS", "Updated"});
  CHECK(add(finished).has("GSW_CHAIN_ID"));
  CHECK(add(callback(2, kThreeMinutesAgo)).has("GSW_CHAIN_ID"));
  CHECK(add({{"GSW_RECORD_TYPE", n(5)}, {"GSW_AGENT_ID", "a7"}}).has("GSW_CHAIN_ID"));
}

TEST_CASE_METHOD(EngineFixture, "a record is not rescheduled to a time that is past", "[engine][callback]") {
  add({{"GSW_RECORD_TYPE", n(5)}, {"GSW_AGENT_ID", "a7"}});
  std::int64_t handle = *preview(501, {{"GSW_AGENT_ID", "a7"}}).integer("GSW_RECORD_HANDLE");
  Record before = only();
  for (const char* request : {"RecordReschedule", "ScheduledRecordReschedule"}) {
    for (const char* kind : {"Personal", "Campaign"}) {
      CAPTURE(request, kind);
      Event refused = on_record(request, handle, {{"GSW_DATE_TIME", kThreeMinutesAgo}, {"GSW_CALLBACK_TYPE", kind}});
      CHECK(error_of(refused) == 104);
      CHECK(text_of(refused) == kUnderstood);
    }
  }
  CHECK(only() == before);
  CHECK(on_record("RecordReschedule", handle, {{"GSW_DATE_TIME", kAtNoon}}).has("GSW_RECORD_HANDLE"));
}

TEST_CASE_METHOD(EngineFixture, "what was acknowledged outlives the next sweep", "[engine][callback]") {
  engine_->set_timeouts(std::chrono::hours(1), std::chrono::seconds(30));
  CHECK(error_of(add(callback(5, "07/02/2026 11:59"))) == 104);
  add(callback(5, kAtNoon));
  sweep();
  CHECK(only().record_status == 1);
}

}  // namespace outpost::test::record_rules_test
