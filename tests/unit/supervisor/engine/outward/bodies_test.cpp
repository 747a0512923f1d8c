#include "supervisor/engine/outward/bodies.h"

#include "common/json.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test::bodies_test {

namespace {

struct Scenery {
  EngineFixture f;
  CatalogueIndex catalogue{*f.store().catalogue()};
  EngineSettings settings;
  Scene scene{catalogue, settings, kNoon};

  Subject subject(const Record& record, const Handle& handle) const {
    return {.campaign = catalogue.campaign(401),
            .list = catalogue.list(301),
            .group = catalogue.group(501),
            .record = &record,
            .handle = &handle};
  }
};

Record some_record() {
  Record record;
  record.record_id = 7, record.list_dbid = 301, record.chain_id = 5, record.contact_info = "+15550100";
  record.tz_dbid = 106, record.custom = R"({"STATE":"TX","GSW_PHONE":"forged","SEQ":4})";
  return record;
}

JsonValue parsed(const Result<std::string>& body) {
  REQUIRE(body);
  return *parse_json(*body);
}

}  // namespace

TEST_CASE("a validator is told the handle, the number and all of the record") {
  Scenery s;
  Record record = some_record();
  Handle handle;
  handle.handle = 15;
  JsonValue body = parsed(validation_body(s.scene, s.subject(record, handle)));
  CHECK(std::get<std::int64_t>(body.find("GSW_RECORD_HANDLE")->value) == 15);
  CHECK(std::get<std::string>(body.find("GSW_PHONE")->value) == "+15550100");
  CHECK(std::get<std::string>(body.find("GSW_TZ_NAME")->value) == "PST");
  CHECK(std::get<std::string>(body.find("STATE")->value) == "TX");
  CHECK(std::get<std::int64_t>(body.find("SEQ")->value) == 4);
}

TEST_CASE("a report has the mandatory keys, whoever the tenant is") {
  Scenery s;
  Record record = some_record();
  Handle handle;
  handle.call_attempt_guid = "0123";
  JsonValue body = parsed(history_body(s.scene, s.subject(record, handle), {.tenant_ccid = "cc-7"}));
  CHECK(std::get<std::string>(body.find("GSW_TENANT_NAME")->value) == "undefined");
  CHECK(std::get<std::string>(body.find("GSW_TENANT_CCID")->value) == "cc-7");
  CHECK(std::get<std::string>(body.find("GSW_CALL_ATTEMPT_GUID")->value) == "0123");
  CHECK_FALSE(body.find("STATE"));
}

TEST_CASE("the bodies of webhooks have the form of Standard Webhooks") {
  CHECK(webhook_body(WebhookEvent::role_changed, kNoon, R"({"a":1})") ==
        R"({"type":"role.changed","timestamp":"2026-07-02T19:00:00Z","data":{"a":1}})");
}

}  // namespace outpost::test::bodies_test
