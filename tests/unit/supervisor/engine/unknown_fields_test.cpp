#include "supervisor/engine/unknown_fields.h"

#include "supervisor/engine/custom_fields.h"
#include "supervisor/log_messages.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::unknown_fields_test {

using namespace outpost::supervisor;

namespace {

class UnknownFixture : public EngineFixture {
 public:
  // Of the list Spring_2024, which then is as kCatalogue has it but for this.
  void set_list(const std::string& word) {
    REQUIRE(stores_.apply(R"({"calling-lists": [{"dbid": 301, "name": "Spring_2024", "tenant": "Resources",
      "custom-fields": ["STATE", "client-id", "SEQ"], "customer-id-field": "client-id",
      "unknown-fields": ")" +
                          word + "\"}]}"));
    engine_->forget_cache();
  }
  static std::string told(const Event& answer) {
    const std::string* text = answer.string("GSW_UNKNOWN_FIELDS");
    return text ? *text : std::string();
  }
};

constexpr const char* kMisspelt = "state (is STATE meant?), GSW_CUSTOMERID (is GSW_CUSTOMER_ID meant?)";

}  // namespace

TEST_CASE_METHOD(UnknownFixture, "what is not stored is named with what was meant, and not told back as if it were",
                 "[engine][unknown]") {
  Event answer = add({{"state", "CA"}, {"SEQ", n(7)}, {"GSW_CUSTOMERID", "C1"}});
  CHECK(told(answer) == kMisspelt);
  CHECK(!answer.has("state"));
  CHECK(!answer.has("GSW_CUSTOMERID"));
  CHECK(answer.integer("SEQ") == 7);
  CHECK(only().custom == R"({"SEQ":7})");
  CHECK(engine_->unknown_fields() == 2);
  CHECK(told(add()).empty());
}

TEST_CASE_METHOD(UnknownFixture, "the log names an unknown field once an hour, and never its value",
                 "[engine][unknown]") {
  for (int i = 0; i < 3; ++i) add({{"state", "value-not-for-logs"}});
  REQUIRE(log_.size() == 1);
  CHECK(log_[0].first.number == log_messages::kUnknownField.number);
  CHECK(log_[0].second ==
        "unknown field of calling list \"Spring_2024\" in AddRecord not stored: state (is STATE meant?); told once an "
        "hour");
  add({{"state", "x"}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
  CHECK(log_.size() == 2);
  clock_.advance(3600);
  add({{"state", "x"}});
  CHECK(log_.size() == 3);
  CHECK(engine_->unknown_fields() == 5);
}

TEST_CASE_METHOD(UnknownFixture, "a field that is refused is named, and nothing is written", "[engine][unknown]") {
  set_list("refuse");
  Event refused = add({{"state", "CA"}});
  CHECK(error_of(refused) == 104);
  CHECK(text_of(refused) == "there is no field state; is STATE meant?");
  CHECK(text_of(add({{"GSW_CUSTOMERID", "C1"}})) == "there is no field GSW_CUSTOMERID; is GSW_CUSTOMER_ID meant?");
  CHECK(text_of(add({{"nothing like it", "C1"}})) == "there is no field nothing like it");
  CHECK(records().empty());

  std::int64_t handle = held();
  Record before = only();
  for (const char* request :
       {"RecordProcessed", "UpdateCallCompletionStats", "RecordReschedule", "ScheduledRecordReschedule"}) {
    CAPTURE(request);
    Event answer =
        on_record(request, handle, {{"GSW_DATE_TIME", "07/03/2026 12:00"}, {"GSW_CALL_RESULT", n(6)}, {"state", "CA"}});
    CHECK(text_of(answer) == "there is no field state; is STATE meant?");
  }
  CHECK(only() == before);
}

TEST_CASE_METHOD(UnknownFixture, "a field that is carried is stored and handed out like a declared one",
                 "[engine][unknown]") {
  set_list("carry");
  Event answer = add({{"STATE", "CA"}, {"state", "carried"}, {"GSW_CUSTOMERID", n(5)}});
  CHECK(*answer.string("state") == "carried");
  CHECK(told(answer).empty());
  Event taken = preview();
  CHECK(*taken.string("state") == "carried");
  CHECK(taken.integer("GSW_CUSTOMERID") == 5);
  std::int64_t handle = *taken.integer("GSW_RECORD_HANDLE");
  CHECK(on_record("UpdateCallCompletionStats", handle, {{"state", "again"}}).has("state"));
  CHECK(only().custom == R"({"STATE":"CA","state":"again","GSW_CUSTOMERID":5})");
  CHECK(engine_->unknown_fields() == 0);
  CHECK(log_.empty());
}

TEST_CASE_METHOD(UnknownFixture, "a record carries a bounded number of fields", "[engine][unknown]") {
  set_list("carry");
  Attributes many;
  for (std::size_t i = 0; i < kCustomFieldsMax - 100; ++i) many.push_back({"f" + std::to_string(i), n(1)});
  std::int64_t handle = held(many);
  Record before = only();
  many.clear();
  for (int i = 0; i < 101; ++i) many.push_back({"g" + std::to_string(i), n(1)});
  CHECK(text_of(on_record("UpdateCallCompletionStats", handle, many)) ==
        "a record must have at most 512 custom fields");
  CHECK(only() == before);
  many.pop_back();
  CHECK(on_record("UpdateCallCompletionStats", handle, many).has("g99"));
}

TEST_CASE_METHOD(UnknownFixture, "the list's word counts before the application's", "[engine][unknown]") {
  engine_->set_unknown_fields(UnknownFields::refuse);
  CHECK(error_of(add({{"state", "CA"}})) == 104);
  set_list("report");
  CHECK(told(add({{"state", "CA"}})) == "state (is STATE meant?)");
  set_list("application");
  CHECK(error_of(add({{"state", "CA"}})) == 104);
}

TEST_CASE_METHOD(UnknownFixture, "every request judges GSW_ keys that are none, and tells of them in its answer",
                 "[engine][unknown]") {
  std::int64_t handle = held();
  const Attributes misspelt = {{"GSW_CUSTOMERID", "C1"}, {"NOTE", "carried through"}};
  auto with = [&](Attributes more) {
    more.insert(more.end(), misspelt.begin(), misspelt.end());
    return more;
  };
  auto judges = [&](const Event& answer) {
    CAPTURE(*answer.string("GSW_USER_EVENT"), text_of(answer));
    CHECK(told(answer) == "GSW_CUSTOMERID (is GSW_CUSTOMER_ID meant?)");
    CHECK(!answer.has("GSW_CUSTOMERID"));
  };
  judges(on_record("ChainedRecordRequest", handle, misspelt));
  judges(on_record("RecordReject", handle, misspelt));
  judges(preview(501, misspelt));
  judges(preview(501, misspelt));
  const Attributes group = with({{"GSW_CAMPAIGN_GROUP_DBID", n(501)}, {"GSW_AGENT_ID", "a7"}});
  judges(ask(request("campaigngroups", "CampaignStatusRequest", group)));
  judges(ask(request("campaigngroups", "LogOut", group)));
  const Attributes phone = with({{"GSW_PHONE", "+15550100"}, {"GSW_TENANT_NAME", "Resources"}});
  judges(ask(request("phones", "DoNotCall", phone)));
  Event cancelled = ask(request("phones", "RequestRecordCancel", phone));
  judges(cancelled);
  // This request stores no custom field whatever its name.
  CHECK(*cancelled.string("NOTE") == "carried through");
}

TEST_CASE_METHOD(UnknownFixture, "an update of nothing but unknown fields says which they are", "[engine][unknown]") {
  Event refused = on_record("UpdateCallCompletionStats", held(), {{"state", "CA"}});
  CHECK(error_of(refused) == 103);
  CHECK(text_of(refused) == "nothing to update: unknown are state (is STATE meant?)");
}

TEST_CASE_METHOD(UnknownFixture, "names of unknown fields are bounded and cannot forge a line", "[engine][unknown]") {
  Attributes many = {{"new\nline", "x"}, {std::string(255, 'k'), "x"}};
  for (int i = 0; i < 100; ++i) many.push_back({"field " + std::to_string(i), "x"});
  Event answer = add(many);
  CHECK(told(answer) == "new\\x0Aline, " + std::string(64, 'k') + "..., field 0, field 1, field 2 and 97 more");
  CHECK(log_.size() == 5);
  CHECK(engine_->unknown_fields() == 102);
}

TEST_CASE_METHOD(UnknownFixture, "what an answer said of unknown fields can be sent back", "[engine][unknown]") {
  Event answer = add({{"state", "CA"}});
  Event again = add({{"GSW_UNKNOWN_FIELDS", told(answer)}});
  CHECK(again.has("GSW_CHAIN_ID"));
  CHECK(!again.has("GSW_UNKNOWN_FIELDS"));
}

TEST_CASE_METHOD(UnknownFixture, "an answer that is kept tells of unknown fields as the first did",
                 "[engine][unknown]") {
  Event first = add({{"state", "CA"}}, "Spring_2024", "key-1");
  CHECK(add({{"state", "CA"}}, "Spring_2024", "key-1") == first);
  CHECK(told(first) == "state (is STATE meant?)");
}

TEST_CASE("a name is news again after an hour, and when the clock was set back", "[unknown]") {
  UnknownFieldWatch watch;
  CHECK(watch.is_news("a", 10'000));
  CHECK(!watch.is_news("a", 13'599));
  CHECK(watch.is_news("a", 13'600));
  CHECK(watch.is_news("a", 13'000));
}

TEST_CASE("a bounded number of names is remembered, and those of the last hour longest", "[unknown]") {
  UnknownFieldWatch watch;
  for (std::size_t i = 0; i < UnknownFieldWatch::kNamesMax; ++i) REQUIRE(watch.is_news(std::to_string(i), 10'000));
  CHECK(!watch.is_news("one more", 10'001));
  CHECK(!watch.is_news("0", 10'001));
  CHECK(watch.is_news("one more", 13'600));
}

}  // namespace outpost::test::unknown_fields_test
