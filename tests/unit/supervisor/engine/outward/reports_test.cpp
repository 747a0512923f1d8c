// What is written to the outbox beside the records, by each request that changes them.
#include "supervisor/engine/outward/reports.h"

#include <algorithm>

#include "common/json.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::reports_test {

namespace {

OutwardConfig all_on() {
  OutwardConfig config;
  config.send_history = config.contact_processed_notification = true;
  config.history_uri = "http://reports.example/history";
  config.contact_processed_notification_uri = "http://reports.example/processed";
  return config;
}

WebhookConfig webhook(std::string name, std::string events = {}) {
  WebhookConfig made;
  made.name = std::move(name);
  made.events = std::move(events);
  made.url = "http://hooks.example/";
  return made;
}

class Reporting : public EngineFixture {
 public:
  explicit Reporting(OutwardConfig config, std::vector<WebhookConfig> webhooks = {}) {
    engine_->set_outward(Outward(std::move(config), std::move(webhooks)));
  }

  std::vector<OutboxMessage> outbox(std::string_view destination) { return *store().outbox(destination, 0, 100); }
  std::vector<JsonValue> bodies(std::string_view destination) {
    std::vector<JsonValue> parsed;
    for (const OutboxMessage& message : outbox(destination)) parsed.push_back(*parse_json(message.body));
    return parsed;
  }
  std::vector<std::string> events(std::string_view destination) {
    std::vector<std::string> types;
    for (const JsonValue& body : bodies(destination)) types.push_back(std::get<std::string>(body.find("type")->value));
    return types;
  }
};

std::string text(const JsonValue& body, std::string_view key) {
  const JsonValue* found = body.find(key);
  REQUIRE(found);
  return std::get<std::string>(found->value);
}

std::int64_t number(const JsonValue& body, std::string_view key) {
  const JsonValue* found = body.find(key);
  INFO(key);
  REQUIRE(found);
  return std::get<std::int64_t>(found->value);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is written to the outbox where nothing is configured") {
  Reporting f{{}};
  std::int64_t handle = f.held();
  f.on_record("RecordProcessed", handle);
  CHECK(f.store().outbox_destinations()->empty());
  CHECK(f.store().outbox_writes() == 0);
}

TEST_CASE("an attempt is told twice, when its record is handed out and when its handle ends") {
  Reporting f{all_on()};
  f.add({{"client-id", "C7"}});
  std::int64_t handle = *f.preview(501, {{"GSW_AGENT_ID", "ann"}}).integer("GSW_RECORD_HANDLE");
  f.clock_.advance(60);
  f.on_record("RecordProcessed", handle, {{"GSW_CALL_RESULT", n(6)}});

  auto bodies = f.bodies("history");
  REQUIRE(bodies.size() == 2);
  CHECK(number(bodies[0], "GSW_HIST_SEQUENCE_NUM") == 0);
  CHECK_FALSE(bodies[0].find("GSW_CALL_RESULT"));
  CHECK(number(bodies[1], "GSW_HIST_SEQUENCE_NUM") == 1);
  CHECK(number(bodies[1], "GSW_CALL_RESULT") == 6);
  CHECK(number(bodies[1], "GSW_COMPLETE_PROCESSING") == kNoon + 60);
  for (const JsonValue& body : bodies) {
    CHECK(text(body, "GSW_CALL_ATTEMPT_GUID").size() == 32);
    CHECK(text(body, "GSW_CALL_ATTEMPT_GUID") == text(bodies[0], "GSW_CALL_ATTEMPT_GUID"));
    CHECK(text(body, "GSW_TENANT_NAME") == "Resources");
    CHECK(text(body, "GSW_CAMPAIGN_GROUP_NAME") == "Spring@Agents");
    CHECK(text(body, "GSW_CUSTOMER_ID") == "C7");
    CHECK(text(body, "GSW_AGENT_ID") == "ann");
    CHECK(number(body, "GSW_START_PROCESSING") == kNoon);
    CHECK_FALSE(body.find("client-id"));
  }
  auto messages = f.outbox("history");
  CHECK(messages[0].chain_id == f.only().chain_id);
  CHECK(messages[0].list_dbid == 301);
  CHECK(messages[0].message_id < messages[1].message_id);
}

TEST_CASE("an attempt is told to have ended whatever ended it") {
  Reporting f{all_on()};
  std::int64_t handle = f.held({{"GSW_AGENT_ID", "ann"}});
  SECTION("RecordReject") { f.on_record("RecordReject", handle); }
  SECTION("RecordReschedule") {
    f.on_record("RecordReschedule", handle, {{"GSW_DATE_TIME", "07/02/2026 13:00"}, {"GSW_CALLBACK_TYPE", "Campaign"}});
  }
  SECTION("RequestRecordCancel") { f.on_record("RequestRecordCancel", handle); }
  SECTION("DoNotCall") { f.on_record("DoNotCall", handle); }
  SECTION("DoNotCall by phone") {
    f.ask(request("phones", "DoNotCall", {{"GSW_PHONE", "+15550100"}, {"GSW_TENANT_NAME", "Resources"}}));
  }
  SECTION("the session's time") {
    f.clock_.advance(3600);
    f.sweep();
  }
  auto bodies = f.bodies("history");
  REQUIRE(bodies.size() == 2);
  CHECK(number(bodies[1], "GSW_HIST_SEQUENCE_NUM") == 1);
  CHECK(number(bodies[1], "GSW_CALL_RESULT") == f.only().call_result);
}

TEST_CASE("a contact is processed once no record of its chain can be called") {
  Reporting f{all_on()};
  auto chain = f.add({{"GSW_PHONE", "+15550100"}, {"STATE", "TX"}}).integer("GSW_CHAIN_ID");
  f.add({{"GSW_PHONE", "+15550101"}, {"GSW_CHAIN_ID", *chain}});
  std::int64_t handle = *f.preview().integer("GSW_RECORD_HANDLE");

  SECTION("by RecordProcessed, with the primary record's data") {
    f.on_record("RecordProcessed", handle, {{"GSW_CALL_RESULT", n(33)}});
    auto bodies = f.bodies("contact-processed");
    REQUIRE(bodies.size() == 1);
    CHECK(number(bodies[0], "GSW_CHAIN_ID") == *chain);
    CHECK(text(bodies[0], "GSW_PHONE") == "+15550100");
    CHECK(text(bodies[0], "STATE") == "TX");
    CHECK(number(bodies[0], "GSW_CALL_RESULT") == 33);
    CHECK(number(bodies[0], "GSW_ATTEMPTS") == 1);
    CHECK(text(bodies[0], "GSW_CALL_ATTEMPT_GUID").size() == 32);
  }
  SECTION("not while another is left") {
    f.on_record("RequestRecordCancel", handle, {{"GSW_CHAIN_ATTR", "RecordOnly"}});
    CHECK(f.bodies("contact-processed").empty());
    f.ask(request("phones", "RequestRecordCancel", {{"GSW_PHONE", "+15550101"}, {"GSW_TENANT_NAME", "Resources"}}));
    CHECK(f.bodies("contact-processed").size() == 1);
    f.ask(request("phones", "RequestRecordCancel", {{"GSW_PHONE", "+15550101"}, {"GSW_TENANT_NAME", "Resources"}}));
    CHECK(f.bodies("contact-processed").size() == 1);
  }
  SECTION("nor before the last of it is met as a listed contact") {
    f.on_record("RequestRecordCancel", handle, {{"GSW_CHAIN_ATTR", "RecordOnly"}});
    REQUIRE(f.stores_.in_transaction([&](RecordStore& store) {
      return store.add_do_not_call({1, ContactKind::phone, "+15550101", kNoon});
    }));
    f.preview();
    CHECK(f.bodies("contact-processed").size() == 1);
  }
  SECTION("not when it waits again") {
    f.on_record("RecordReject", handle);
    CHECK(f.bodies("contact-processed").empty());
  }
}

TEST_CASE("webhooks are told what they ask for, each change once") {
  Reporting f{{}, {webhook("all"), webhook("added", "record.added"), webhook("calls", "record.called, dnc.added")}};
  std::int64_t handle = f.held();
  f.on_record("UpdateCallCompletionStats", handle, {{"GSW_CALL_RESULT", n(6)}});
  f.on_record("RecordProcessed", handle);
  CHECK(f.events("webhook:all") == Texts{"record.added", "record.changed", "record.called"});
  CHECK(f.events("webhook:added") == Texts{"record.added"});
  CHECK(f.events("webhook:calls") == Texts{"record.called"});

  auto block = request("phones", "DoNotCall", {{"GSW_PHONE", "+15550199"}, {"GSW_TENANT_NAME", "Resources"}});
  f.ask(block);
  f.ask(block);
  CHECK(f.events("webhook:calls") == Texts{"record.called", "dnc.added"});
  auto last = f.bodies("webhook:calls").back();
  CHECK(text(*last.find("data"), "GSW_PHONE") == "+15550199");
  CHECK(text(last, "timestamp") == "2026-07-02T19:00:00Z");
}

TEST_CASE("a request that is refused tells nothing") {
  Reporting f{all_on(), {webhook("all")}};
  std::int64_t handle = f.held();
  auto before = f.store().outbox_writes();
  CHECK(error_of(f.on_record("RecordProcessed", handle, {{"GSW_CALL_RESULT", n(99)}})) == 104);
  CHECK(error_of(f.add({{"GSW_TZ_NAME", "NOWHERE"}})) == 104);
  CHECK(f.store().outbox_writes() == before);
}

TEST_CASE("an AddRecord under a key that was done before is told once") {
  Reporting f{{}, {webhook("all")}};
  f.add({}, "Spring_2024", "key-1");
  f.add({}, "Spring_2024", "key-1");
  CHECK(f.outbox("webhook:all").size() == 1);
}

TEST_CASE("a group that has an address of its own has a destination of its own") {
  Reporting f{all_on()};
  REQUIRE(f.stores_.in_transaction([&](RecordStore& store) {
    CampaignGroup group{501,
                        "Spring@Agents",
                        "",
                        401,
                        protocol::GroupState::running,
                        protocol::DialMode::preview,
                        R"({"history-uri":"http://other.example/"})"};
    return store.put(group);
  }));
  f.engine_->forget_cache();
  f.held();
  CHECK(f.outbox("history").empty());
  CHECK(f.outbox("history@501").size() == 1);
}

TEST_CASE("becoming primary is told to webhooks that ask for it") {
  Reporting f{{}};
  Outward outward({}, {webhook("roles", "role.changed"), webhook("records", "record.added")});
  REQUIRE(f.stores_.in_transaction([&](RecordStore& store) { return tell_role(store, outward, "ocs-a", 7, kNoon); }));
  auto bodies = f.bodies("webhook:roles");
  REQUIRE(bodies.size() == 1);
  CHECK(text(*bodies[0].find("data"), "name") == "ocs-a");
  CHECK(number(*bodies[0].find("data"), "epoch") == 7);
  CHECK(f.outbox("webhook:records").empty());
}

}  // namespace outpost::test::reports_test
