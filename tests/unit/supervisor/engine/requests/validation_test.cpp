// What becomes of a preview whose record is validated first.
#include <algorithm>
#include <string>
#include <vector>

#include "common/json.h"
#include "supervisor/engine/outward/verdict.h"
#include "supervisor/log_messages.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::validation_test {

using Kind = Verdict::Kind;
using protocol::ErrorNumber;

namespace {

constexpr std::int64_t kDelay = 300;

struct ValidationFixture : EngineFixture {
  ValidationFixture() {
    outward.pre_dial_validation = true;
    outward.validation_uri = "http://127.0.0.1/rules";
    outward.validation_http_client = "rules";
    outward.validation_timeout_call_result = 40;
    outward.validation_race_condition_call_result = 41;
    use();
  }
  void use() { engine_->set_outward(Outward(outward, {})); }

  // A preview on its way: what is to be asked is in `asked`.
  Event begin(Attributes more = {}, std::string key = {}) {
    more.insert(more.begin(), {"GSW_CAMPAIGN_GROUP_DBID", n(501)});
    request_ = request("campaigngroups", "PreviewRecordRequest", std::move(more), std::move(key));
    auto reply = stores_.in_transaction([&](RecordStore& store) { return engine_->handle(store, request_); });
    return note(reply);
  }
  Event end(Verdict verdict, std::uint32_t refused = 0, bool has_time = true) {
    REQUIRE(asked);
    Validated validated{asked->handle, std::move(verdict), refused, has_time};
    auto reply =
        stores_.in_transaction([&](RecordStore& store) { return engine_->end_validation(store, request_, validated); });
    return note(reply);
  }
  Event note(Result<Engine::Reply>& reply) {
    REQUIRE(reply);
    asked = std::move(reply->validation);
    if (asked) CHECK(reply->event.empty());
    if (const std::string* text = reply->event.string("GSW_ERROR")) {
      INFO(*text);
      CHECK(text->size() <= protocol::kErrorTextBytesMax);
    }
    return std::move(reply->event);
  }
  Event dial(Attributes update = {}) { return end({.kind = Kind::dial, .update = test::event(std::move(update))}); }
  Verdict refusal(std::optional<std::int32_t> result = {}) {
    return {.kind = Kind::refuse, .call_result = result, .reason = "no"};
  }
  std::uint64_t counted(ValidationEnd end) { return engine_->validations().of(end); }
  void on_phone(std::string name, std::string phone) {
    CHECK(error_of(ask(request("phones", std::move(name),
                               {{"GSW_PHONE", std::move(phone)}, {"GSW_TENANT_NAME", "Resources"}}))) == 0);
  }
  bool is_free(std::string_view phone) {
    Record record = record_of(phone);
    return record.record_status == 1 && record.handle == 0;
  }
  std::string closed_by(std::int64_t handle) { return (*store().handle(handle))->closed_by; }
  std::size_t messages() { return store().outbox("history", 0, 100)->size(); }

  OutwardConfig outward;
  std::optional<Validation> asked;
  Request request_;
};

}  // namespace

TEST_CASE_METHOD(ValidationFixture, "a record is nobody's while it is validated", "[engine][validation]") {
  add({{"STATE", "ME"}});
  CHECK(begin({{"GSW_AGENT_ID", "agent7"}}).empty());
  REQUIRE(asked);
  CHECK(asked->url == "http://127.0.0.1/rules");
  CHECK(asked->http_client == "rules");
  CHECK(asked->tries == 1);
  auto body = parse_json(asked->body);
  REQUIRE(body);
  CHECK(std::get<std::int64_t>(body->find("GSW_RECORD_HANDLE")->value) == asked->handle);
  CHECK(std::get<std::string>(body->find("GSW_PHONE")->value) == "+15550100");
  CHECK(std::get<std::string>(body->find("STATE")->value) == "ME");

  // Neither another preview nor a request that guesses the handle gets at it.
  auto first = asked;
  CHECK(*begin().string("GSW_USER_EVENT") == "PreviewRecordEmpty");
  CHECK(error_of(on_record("RecordProcessed", first->handle)) == 110);
  CHECK(only().record_status == 2);
}

TEST_CASE_METHOD(ValidationFixture, "what the validator agrees to is handed out, with what it changes",
                 "[engine][validation]") {
  add({{"STATE", "ME"}});
  begin({{"GSW_AGENT_ID", "agent7"}});
  std::int64_t handle = asked->handle;
  Event answer = dial({{"GSW_PHONE", "+15550199"}, {"STATE", "VT"}, {"GSW_FROM", n(3600)}, {"NOWHERE", "x"}});
  CHECK(*answer.string("GSW_USER_EVENT") == "PreviewRecord");
  CHECK(answer.integer("GSW_RECORD_HANDLE") == handle);
  CHECK(*answer.string("GSW_PHONE") == "+15550199");
  CHECK(*answer.string("STATE") == "VT");
  CHECK(only().contact_info == "+15550199");
  CHECK(only().daily_from == 3600);
  CHECK(only().attempt == 0);
  CHECK(counted(ValidationEnd::accepted) == 1);
  // From now on it is a record as any.
  CHECK(!(*store().handle(handle))->validating);
  CHECK(error_of(on_record("RecordProcessed", handle)) == 0);
}

TEST_CASE_METHOD(ValidationFixture, "the attempt begins when the record is handed out, and not before",
                 "[engine][validation]") {
  outward.send_history = true;
  outward.history_uri = "http://127.0.0.1/history";
  use();
  add();
  begin();
  CHECK(messages() == 0);
  dial();
  CHECK(messages() == 1);

  add({{"GSW_PHONE", "+15550101"}});
  begin();
  end(refusal());
  CHECK(messages() == 1);
}

TEST_CASE_METHOD(ValidationFixture, "what it refuses is finished with its result, and the next one is tried",
                 "[engine][validation]") {
  add();
  add({{"GSW_PHONE", "+15550101"}});
  add({{"GSW_PHONE", "+15550102"}});
  begin();
  std::int64_t first = asked->handle;
  CHECK(end(refusal(35)).empty());
  CHECK(record_of("+15550100").record_status == 3);
  CHECK(record_of("+15550100").call_result == 35);
  CHECK(record_of("+15550100").attempt == 0);
  CHECK(closed_by(first) == "pre-dial validation");
  CHECK(log_.back().first.number == log_messages::kValidationRefused.number);

  REQUIRE(asked);
  CHECK(asked->handle != first);
  CHECK(end(refusal(), 1).empty());
  CHECK(record_of("+15550101").call_result == 40);
  CHECK(*dial().string("GSW_PHONE") == "+15550102");
  CHECK(counted(ValidationEnd::refused) == 2);
}

TEST_CASE_METHOD(ValidationFixture, "what happens while a record is validated counts when it ends",
                 "[engine][validation]") {
  add();
  begin();
  SECTION("its contact was listed") {
    REQUIRE(stores_.in_transaction([&](RecordStore& store) {
      return store.add_do_not_call({1, ContactKind::phone, "+15550100", kNoon});
    }));
    CHECK(*dial().string("GSW_USER_EVENT") == "PreviewRecordEmpty");
    CHECK(only().call_result == protocol::call_result::kDoNotCall);
  }
  SECTION("its group was stopped") {
    REQUIRE(stores_.in_transaction([&](RecordStore& store) {
      CampaignGroup group = *std::ranges::find(store.catalogue()->groups, 501, &CampaignGroup::dbid);
      group.state = protocol::GroupState::active;
      return store.put(group);
    }));
    engine_->forget_cache();
    CHECK(error_of(dial()) == 122);
    CHECK(is_free("+15550100"));
  }
}

TEST_CASE_METHOD(ValidationFixture, "the result of a validation that failed is not that of the call which follows",
                 "[engine][validation]") {
  add();
  begin();
  end(failed_verdict("its server did not answer"));
  CHECK(only().call_result == 40);
  clock_.advance(kDelay + 1);
  begin();
  std::int64_t handle = *dial().integer("GSW_RECORD_HANDLE");
  CHECK(error_of(on_record("RecordProcessed", handle)) == 0);
  CHECK(only().call_result == protocol::call_result::kAnswer);
}

TEST_CASE_METHOD(ValidationFixture, "refusals end in time: with none left, after so many, or when time is short",
                 "[engine][validation]") {
  add();
  begin();
  CHECK(*end(refusal()).string("GSW_USER_EVENT") == "PreviewRecordEmpty");
  for (auto [refused, has_time] : {std::pair{kRefusedMax - 1, true}, std::pair{2U, false}}) {
    add();
    add();
    begin();
    Event answer = end(refusal(), refused, has_time);
    CHECK(error_of(answer) == 132);
    CHECK(text_of(answer).find(std::to_string(refused + 1) + " records") != std::string::npos);
    CHECK(begin().empty());  // the next is there
    end(refusal(), kRefusedMax);
  }
}

TEST_CASE_METHOD(ValidationFixture, "the rows of its chain are free again when a record is refused",
                 "[engine][validation]") {
  auto chain = add().integer("GSW_CHAIN_ID");
  add({{"GSW_PHONE", "+15550101"}, {"GSW_CHAIN_ID", *chain}});
  begin();
  CHECK(record_of("+15550101").handle == asked->handle);
  CHECK(end(refusal()).empty());
  REQUIRE(asked);
  CHECK(record_of("+15550101").handle == asked->handle);
  CHECK(*dial().string("GSW_PHONE") == "+15550101");
}

TEST_CASE_METHOD(ValidationFixture, "what could not be validated is due again later, and no other is tried",
                 "[engine][validation]") {
  add();
  add({{"GSW_PHONE", "+15550101"}});
  begin();
  std::int64_t handle = asked->handle;
  Event answer = end(failed_verdict("its server sleeps", ErrorNumber::timeout));
  CHECK(!asked);
  CHECK(error_of(answer) == 132);
  CHECK(text_of(answer) == "pre-dial validation failed: its server sleeps; its record is due again in 300 s");
  CHECK(is_free("+15550100"));
  CHECK(record_of("+15550100").call_result == 40);
  CHECK(record_of("+15550100").attempt == 0);
  CHECK(record_of("+15550100").dial_sched_time == kNoon + kDelay);
  CHECK(!closed_by(handle).empty());
  CHECK(counted(ValidationEnd::failed) == 1);

  begin();
  CHECK(*dial().string("GSW_PHONE") == "+15550101");
  CHECK(*begin().string("GSW_USER_EVENT") == "PreviewRecordEmpty");
  clock_.set(kNoon + kDelay);
  begin();
  CHECK(*dial().string("GSW_PHONE") == "+15550100");
}

TEST_CASE_METHOD(ValidationFixture, "an update that is invalid is no validation", "[engine][validation]") {
  for (Attributes update : std::vector<Attributes>{{{"GSW_TZ_NAME", "Nowhere"}},
                                                   {{"GSW_PHONE", "1.5555E+10"}},
                                                   {{"GSW_FROM", n(7200)}, {"GSW_UNTIL", n(3600)}},
                                                   {{"GSW_RECORD_HANDLE", n(1)}},
                                                   {{"GSW_CALLING_LIST", "Shared"}},
                                                   {{"GSW_CUSTOMER_ID", "other"}}}) {
    INFO(std::string(update[0].key.text()));
    add({{"client-id", "C1"}, {"GSW_DATE_TIME", "01/01/2026 00:00"}});
    begin();
    REQUIRE(asked);
    std::int64_t handle = asked->handle;
    Event answer = dial(update);
    CHECK(error_of(answer) == 131);
    CHECK(text_of(answer).find("its update is invalid: ") != std::string::npos);
    CHECK(closed_by(handle) == "pre-dial validation");
  }
  for (const Record& record : records()) {
    CHECK(record.contact_info == "+15550100");
    CHECK(record.record_status == 1);
  }
}

TEST_CASE_METHOD(ValidationFixture, "a list that refuses unknown fields refuses those of a validator",
                 "[engine][validation]") {
  engine_->set_unknown_fields(UnknownFields::refuse);
  add();
  begin();
  CHECK(error_of(dial({{"NOWHERE", "x"}})) == 131);
  CHECK(is_free("+15550100"));
}

TEST_CASE_METHOD(ValidationFixture, "nobody is handed out whom the validator makes one that may not be called",
                 "[engine][validation]") {
  on_phone("DoNotCall", "+15550666");
  add();
  begin();
  Event answer = dial({{"GSW_PHONE", "+15550666"}});
  CHECK(*answer.string("GSW_USER_EVENT") == "PreviewRecordEmpty");
  CHECK(only().record_status == 3);
  CHECK(only().record_type == 7);
}

TEST_CASE_METHOD(ValidationFixture, "what nobody waits for is as if it had never been chosen", "[engine][validation]") {
  add();
  Record before = only();
  begin();
  std::int64_t handle = asked->handle;
  Event answer = end(giving_back("its client has left", ErrorNumber::timeout));
  CHECK(error_of(answer) == 132);
  CHECK(is_free("+15550100"));
  CHECK(only().call_result == before.call_result);
  CHECK(only().dial_sched_time == before.dial_sched_time);
  CHECK(!closed_by(handle).empty());
  CHECK(counted(ValidationEnd::given_back) == 1);
}

TEST_CASE_METHOD(ValidationFixture, "a record that was cancelled meanwhile is not handed out", "[engine][validation]") {
  for (Kind kind : {Kind::dial, Kind::refuse}) {
    add({{"GSW_PHONE", "+15550101"}});
    add({{"GSW_PHONE", "+15550102"}});
    begin();
    on_phone("RequestRecordCancel", "+15550101");
    CHECK(end({.kind = kind, .reason = "no"}).empty());
    REQUIRE(asked);
    CHECK(*dial().string("GSW_PHONE") == "+15550102");
  }
  CHECK(counted(ValidationEnd::refused) == 0);
  // Nor is another tried for who only wants his own back.
  add({{"GSW_PHONE", "+15550103"}});
  begin();
  on_phone("RequestRecordCancel", "+15550103");
  CHECK(error_of(end(giving_back("gone", ErrorNumber::timeout))) == 132);
  CHECK(!asked);
}

TEST_CASE_METHOD(ValidationFixture, "a record whose last call is not reported yet is left for later",
                 "[engine][validation]") {
  outward.send_history = true;
  outward.history_uri = "http://127.0.0.1/history";
  use();
  add();
  begin();
  std::int64_t handle = *dial().integer("GSW_RECORD_HANDLE");
  on_record("RecordReject", handle);
  REQUIRE(messages() == 2);
  add({{"GSW_PHONE", "+15550101"}});
  begin();
  CHECK(*dial().string("GSW_PHONE") == "+15550101");
  CHECK(is_free("+15550100"));
  CHECK(record_of("+15550100").call_result == 41);
  CHECK(record_of("+15550100").dial_sched_time == kNoon + kDelay);
  CHECK(counted(ValidationEnd::race) == 1);
}

TEST_CASE_METHOD(ValidationFixture, "a key that waits for its validation takes no second record",
                 "[engine][validation][idempotency]") {
  add();
  add({{"GSW_PHONE", "+15550101"}});
  begin({}, "key1");
  auto first = asked;
  CHECK(error_of(begin({}, "key1")) == 134);
  CHECK(is_free("+15550101"));
  // The first goes on, and its answer is kept.
  asked = first;
  Event answer = dial();
  CHECK(answer.integer("GSW_RECORD_HANDLE") == first->handle);
  CHECK(begin({}, "key1") == answer);
  CHECK(!asked);
  // One that came to nothing may be tried again under its key.
  begin({}, "key2");
  CHECK(error_of(end(giving_back("gone", ErrorNumber::timeout))) == 132);
  CHECK(begin({}, "key2").empty());
  CHECK(asked);
}

TEST_CASE_METHOD(ValidationFixture, "a key whose first try was rolled back is free",
                 "[engine][validation][idempotency]") {
  add();
  request_ = request("campaigngroups", "PreviewRecordRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}}, "key1");
  REQUIRE(store().begin());
  REQUIRE(engine_->handle(store(), request_));
  store().rollback();
  engine_->forget_cache();
  CHECK(begin({}, "key1").empty());
  CHECK(asked);
}

TEST_CASE_METHOD(ValidationFixture, "an update must be one that the encoding can write", "[engine][validation]") {
  REQUIRE(engine_->set_encoding("iso-8859-1"));
  add();
  add({{"GSW_PHONE", "+15550101"}});
  begin();
  Event answer = dial({{"STATE", "M\xC3\xBCller"}});
  CHECK(*answer.string("STATE") == "M\xFCller");
  begin();
  CHECK(error_of(dial({{"STATE", "\xE4\xB8\xAD"}})) == 131);
}

TEST_CASE_METHOD(ValidationFixture, "a group may have it otherwise than the application", "[engine][validation]") {
  outward.pre_dial_validation = false;
  use();
  add();
  auto groups = store().catalogue()->groups;
  auto group = *std::ranges::find(groups, 501, &CampaignGroup::dbid);
  group.options = R"({"pre-dial-validation":true,"validation-uri":"http://127.0.0.1/own"})";
  REQUIRE(stores_.in_transaction([&](RecordStore& store) { return store.put(group); }));
  engine_->forget_cache();
  begin();
  REQUIRE(asked);
  CHECK(asked->url == "http://127.0.0.1/own");
  dial();
  add({{"GSW_PHONE", "+15550101"}, {"GSW_CAMPAIGN_NAME", "Autumn"}}, "Shared");
  CHECK(preview(506).has("GSW_RECORD_HANDLE"));  // another group does not validate
}

TEST_CASE_METHOD(ValidationFixture, "it is asked again as often as is configured", "[engine][validation]") {
  outward.http_retry_max_attempts = 4;
  use();
  add();
  begin();
  CHECK(asked->tries == 1);
  end(giving_back("gone", ErrorNumber::timeout));
  outward.http_retry_applies_to = "validation";
  use();
  begin();
  CHECK(asked->tries == 5);
}

TEST_CASE_METHOD(ValidationFixture, "what a supervisor was about to hand out is given back", "[engine][validation]") {
  add();
  begin();
  std::vector<std::int64_t> handles{asked->handle, 999};
  REQUIRE(stores_.in_transaction([&](RecordStore& store) { return engine_->give_back_unvalidated(store, handles); }));
  CHECK(is_free("+15550100"));
  begin();
  handles = {*dial().integer("GSW_RECORD_HANDLE")};
  REQUIRE(stores_.in_transaction([&](RecordStore& store) { return engine_->give_back_unvalidated(store, handles); }));
  CHECK(only().record_status == 2);  // this one is somebody's
}

}  // namespace outpost::test::validation_test
