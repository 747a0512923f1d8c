// An engine over a real store, a catalogue to try it on, and a clock that stands at noon.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/engine/engine.h"
#include "tests/support/manual_clock.h"
#include "tests/support/store_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

using namespace outpost::supervisor;
using protocol::Answer;
using protocol::Event;
using protocol::Request;

inline constexpr const char* kCatalogue = R"({
  "tenants": [{"dbid": 1, "name": "Resources"}, {"dbid": 2, "name": "Other"}],
  "calling-lists": [
    {"dbid": 301, "name": "Spring_2024", "tenant": "Resources",
     "custom-fields": ["STATE", "client-id", "SEQ"], "customer-id-field": "client-id"},
    {"dbid": 302, "name": "Closed", "tenant": "Resources", "enabled": false},
    {"dbid": 303, "name": "Shared", "tenant": "Resources", "daily-from": 0, "daily-till": 86400},
    {"dbid": 304, "name": "Idle", "tenant": "Resources"},
    {"dbid": 305, "name": "Foreign", "tenant": "Other"}],
  "campaigns": [
    {"dbid": 401, "name": "Spring", "tenant": "Resources",
     "lists": [{"list": "Spring_2024", "weight": 30}, {"list": "Shared", "weight": 10}, {"list": "Closed"}]},
    {"dbid": 402, "name": "Autumn", "tenant": "Resources", "lists": [{"list": "Shared"}]},
    {"dbid": 403, "name": "Winter", "tenant": "Resources", "lists": [{"list": "Idle"}]}],
  "campaign-groups": [
    {"dbid": 501, "name": "Spring@Agents", "campaign": "Spring", "state": "Running", "mode": "Preview"},
    {"dbid": 502, "name": "Spring@Unloaded", "campaign": "Spring", "state": "NotLoaded"},
    {"dbid": 503, "name": "Spring@Stopped", "campaign": "Spring", "state": "Active"},
    {"dbid": 504, "name": "Spring@Machine", "campaign": "Spring", "state": "Running", "mode": "Predict"},
    {"dbid": 505, "name": "Spring@Push", "campaign": "Spring", "state": "Running", "mode": "PushPreview"},
    {"dbid": 506, "name": "Autumn@Agents", "campaign": "Autumn", "state": "Running", "mode": "Preview"}]
})";

// Thursday 2026-07-02 19:00 UTC: noon in Los Angeles.
inline constexpr std::int64_t kNoon = 1783018800;

using Attributes = std::vector<Event::Attribute>;

inline Request request(std::string resource, std::string name, Attributes attributes, std::string key = {}) {
  Request made;
  made.connection = 1;
  made.sequence = 1;
  made.resource = std::move(resource);
  made.idempotency_key = std::move(key);
  made.event.add("GSW_AGENT_REQ_TYPE", std::move(name));
  for (auto& attribute : attributes) made.event.add(attribute.key, attribute.value);
  return made;
}

inline Event event(Attributes attributes) {
  Event made;
  for (auto& attribute : attributes) made.add(attribute.key, attribute.value);
  return made;
}

inline std::int64_t n(std::int64_t value) { return value; }

class EngineFixture {
 public:
  explicit EngineFixture(std::string tenant = {}) {
    auto applied = stores_.apply(kCatalogue);
    INFO((applied ? "" : applied.error().text));
    REQUIRE(applied);
    EngineSettings settings;
    settings.application_name = "OCS_1";
    settings.application_dbid = 134;
    settings.tenant = std::move(tenant);
    settings.record_uri_base = [this] { return uri_base_; };
    settings.log = [this](LogMessage message, std::string text) { log_.emplace_back(message, std::move(text)); };
    engine_.emplace(std::move(settings), clock_);
  }

  Event ask(const Request& asked) {
    auto answer = stores_.in_transaction([&](RecordStore& store) { return engine_->handle(store, asked); });
    REQUIRE(answer);
    CHECK((answer->records.empty() || *answer->event.string("GSW_USER_EVENT") == "ChainedRecordsDataEnd"));
    chained_ = std::move(answer->records);
    if (auto* text = answer->event.string("GSW_ERROR")) {
      INFO(*text);
      CHECK(text->size() > 10);
      CHECK(text->size() <= protocol::kErrorTextBytesMax);
    }
    return answer->event;
  }

  Event add(Attributes changes = {}, std::string list = "Spring_2024", std::string key = {}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", list}, {"GSW_PHONE", "+15550100"}, {"GSW_TZ_NAME", "PST"}}, key);
    for (auto& attribute : changes) asked.event.set(attribute.key, attribute.value);
    return ask(asked);
  }
  Event preview(std::int64_t group = 501, Attributes more = {}) {
    more.insert(more.begin(), {"GSW_CAMPAIGN_GROUP_DBID", group});
    return ask(request("campaigngroups", "PreviewRecordRequest", std::move(more)));
  }
  Event on_record(std::string name, std::int64_t handle, Attributes more = {}) {
    more.insert(more.begin(), {"GSW_RECORD_HANDLE", handle});
    return ask(request("records", std::move(name), std::move(more)));
  }
  // Adds a record and retrieves it; returns its handle.
  std::int64_t held(Attributes changes = {}) {
    REQUIRE(add(std::move(changes)).has("GSW_CHAIN_ID"));
    auto handle = preview().integer("GSW_RECORD_HANDLE");
    REQUIRE(handle);
    return *handle;
  }

  std::vector<Record> records(std::int64_t list = 301) {
    RecordFilter filter;
    filter.limit = 1000;
    return store().records(list, filter)->records;
  }
  Record only() {
    auto all = records();
    REQUIRE(all.size() == 1);
    return all[0];
  }
  Record record_of(std::string_view contact, std::int64_t list = 301) {
    for (const Record& record : records(list)) {
      if (record.contact_info == contact) return record;
    }
    FAIL("no record of " << contact);
    return {};
  }
  bool is_listed(ContactKind kind, std::string_view value, std::int64_t tenant = 1) {
    return *store().is_do_not_call(tenant, kind, value);
  }
  void sweep() {
    bool more = true;
    while (more) {
      auto swept = stores_.in_transaction([&](RecordStore& store) { return engine_->sweep(store); });
      REQUIRE(swept);
      more = *swept;
    }
  }
  RecordStore& store() { return stores_.store(); }

  test::StoreFixture stores_;
  test::ManualClock clock_{kNoon};
  std::string uri_base_ = "http://ocs1:8080";
  std::vector<std::pair<LogMessage, std::string>> log_;
  std::optional<Engine> engine_;
  std::vector<Event> chained_;  // of the last answer
};

inline std::int64_t error_of(const Event& answer) { return answer.integer("GSW_ERROR_NUMBER").value_or(0); }

inline std::string text_of(const Event& answer) {
  const std::string* text = answer.string("GSW_ERROR");
  return text ? *text : std::string();
}

}  // namespace outpost::test
