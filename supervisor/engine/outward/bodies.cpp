#include "supervisor/engine/outward/bodies.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include <fmt/chrono.h>

#include "common/json.h"
#include "supervisor/engine/custom_fields.h"

namespace outpost::supervisor {

using protocol::Event;

namespace {

// An attempt as it starts; GSW_CALL_RESULT is told once there is one.
constexpr std::string_view kHistoryKeys[] = {
    "GSW_CALL_ATTEMPT_GUID",
    "GSW_HIST_SEQUENCE_NUM",
    "GSW_TENANT_NAME",
    "GSW_TENANT_CCID",
    "GSW_AGENT_ID",
    "GSW_CALLING_LIST",
    "GSW_CALLING_LIST_DBID",
    "GSW_CAMPAIGN_DBID",
    "GSW_CAMPAIGN_NAME",
    "GSW_CAMPAIGN_GROUP_NAME",
    "GSW_CHAIN_ID",
    "GSW_CHAIN_N",
    "GSW_CUSTOMER_ID",
    "GSW_DIAL_MODE",
    "GSW_PHONE",
    "GSW_PHONE_TYPE",
    "GSW_SCHEDULED_TIME",
    "GSW_START_PROCESSING",
    "GSW_TZ_NAME",
    "GSW_TZ_OFFSET",
};
constexpr std::string_view kHistoryEndKeys[] = {"GSW_CALL_RESULT", "GSW_CALL_TIME", "GSW_COMPLETE_PROCESSING"};
// Source: ocs.md 6.6 [design].
constexpr std::string_view kContactProcessedKeys[] = {
    "GSW_CHAIN_ID",          "GSW_CALL_RESULT",         "GSW_PHONE",        "GSW_PHONE_TYPE",
    "GSW_RECORD_TYPE",       "GSW_RECORD_STATUS",       "GSW_ATTEMPTS",     "GSW_CALL_TIME",
    "GSW_CAMPAIGN_NAME",     "GSW_CAMPAIGN_GROUP_NAME", "GSW_CALLING_LIST", "GSW_CUSTOMER_ID",
    "GSW_CALL_ATTEMPT_GUID",
};
// Source: ocs.md 6.4: GSW_PHONE and GSW_RECORD_HANDLE are in it, and what a call would have attached.
constexpr std::string_view kValidationKeys[] = {
    "GSW_RECORD_HANDLE",
    "GSW_PHONE",
    "GSW_PHONE_TYPE",
    "GSW_CALL_ATTEMPT_GUID",
    "GSW_CHAIN_ID",
    "GSW_CHAIN_N",
    "GSW_RECORD_TYPE",
    "GSW_RECORD_STATUS",
    "GSW_CALL_RESULT",
    "GSW_ATTEMPTS",
    "GSW_CALLING_LIST",
    "GSW_CAMPAIGN_NAME",
    "GSW_CAMPAIGN_GROUP_NAME",
    "GSW_CAMPAIGN_GROUP_DBID",
    "GSW_AGENT_ID",
    "GSW_CUSTOMER_ID",
    "GSW_DATE_TIME",
    "GSW_FROM",
    "GSW_UNTIL",
    "GSW_TZ_NAME",
    "GSW_TZ_OFFSET",
    "GSW_CALLBACK_TYPE",
    "GSW_DIAL_MODE",
};
constexpr std::string_view kWebhookKeys[] = {
    "GSW_CALLING_LIST", "GSW_CHAIN_ID",    "GSW_CHAIN_N",           "GSW_PHONE",
    "GSW_PHONE_TYPE",   "GSW_RECORD_TYPE", "GSW_RECORD_STATUS",     "GSW_CALL_RESULT",
    "GSW_ATTEMPTS",     "GSW_CALL_TIME",   "GSW_CAMPAIGN_NAME",     "GSW_CAMPAIGN_GROUP_NAME",
    "GSW_AGENT_ID",     "GSW_CUSTOMER_ID", "GSW_DATE_TIME",         "GSW_FROM",
    "GSW_UNTIL",        "GSW_TZ_NAME",     "GSW_CALL_ATTEMPT_GUID",
};

using Value = std::optional<Event::Value>;

// What no answer to a client holds.
Value value_outward(std::string_view key, const Subject& subject, const BodyExtras& extras) {
  auto text = [](const std::string& value) { return value.empty() ? Value() : Value(value); };
  auto time = [](std::int64_t value) { return value == 0 ? Value() : Value(value); };
  if (key == "GSW_HIST_SEQUENCE_NUM") return Value(extras.sequence);
  if (key == "GSW_TENANT_NAME") return Value(extras.tenant ? extras.tenant->name : std::string("undefined"));
  if (key == "GSW_TENANT_CCID") return text(extras.tenant_ccid);
  if (key == "GSW_AGENT_ID" && subject.handle) return text(subject.handle->agent_id);  // else the record's
  if (key == "GSW_CAMPAIGN_DBID") return subject.campaign ? Value(subject.campaign->dbid) : Value();
  if (key == "GSW_DIAL_MODE" && subject.group) {
    return Value(protocol::dial_modes().name_of(static_cast<std::int32_t>(subject.group->mode)));
  }
  if (key == "GSW_CALL_TIME") return subject.record ? time(subject.record->call_time) : Value();
  if (key == "GSW_SCHEDULED_TIME") return subject.record ? time(subject.record->dial_sched_time) : Value();
  if (key == "GSW_START_PROCESSING") return subject.handle ? time(subject.handle->opened_at) : Value();
  if (key == "GSW_COMPLETE_PROCESSING") return subject.handle ? time(subject.handle->closed_at) : Value();
  return {};
}

class Body {
 public:
  Body(const Scene& scene, const Subject& subject) : scene_(scene), subject_(subject) { json_.begin_object(); }

  Body& add(std::span<const std::string_view> keys, const BodyExtras& extras = {}) {
    for (std::string_view key : keys) {
      Value value = value_outward(key, subject_, extras);
      if (!value) value = answer_value(key, scene_, subject_);
      if (!value) continue;
      json_.key(key);
      std::visit([&](const auto& one) { json_.value(one); }, *value);
    }
    return *this;
  }
  // Behind the keys, which win: a field that was carried may have the name of one.
  Result<> add_custom(std::span<const std::string_view> keys) {
    if (!subject_.record) return {};
    auto fields = custom_fields_of(*subject_.record);
    if (!fields) return pass(fields);
    for (const auto& [key, value] : *fields) {
      if (std::ranges::find(keys, key) == keys.end()) json_.key(key).value(value);
    }
    return {};
  }
  std::string take() { return json_.end_object().take(); }

 private:
  const Scene& scene_;
  const Subject& subject_;
  JsonWriter json_;
};

Result<std::string> with_custom(const Scene& scene, const Subject& subject, std::span<const std::string_view> keys) {
  Body body(scene, subject);
  body.add(keys);
  if (auto added = body.add_custom(keys); !added) return pass(added);
  return body.take();
}

}  // namespace

Result<std::string> validation_body(const Scene& scene, const Subject& subject) {
  return with_custom(scene, subject, kValidationKeys);
}

Result<std::string> history_body(const Scene& scene, const Subject& subject, const BodyExtras& extras) {
  Body body(scene, subject);
  body.add(kHistoryKeys, extras);
  if (extras.sequence > 0) body.add(kHistoryEndKeys, extras);
  return body.take();
}

Result<std::string> contact_processed_body(const Scene& scene, const Subject& subject) {
  return with_custom(scene, subject, kContactProcessedKeys);
}

Result<std::string> webhook_body(const Scene& scene, WebhookEvent event, const Subject& subject) {
  auto data = with_custom(scene, subject, kWebhookKeys);
  if (!data) return pass(data);
  return webhook_body(event, scene.now, *data);
}

// Source: Standard Webhooks, "Payload structure".
std::string webhook_body(WebhookEvent event, std::int64_t now, std::string_view data) {
  std::chrono::sys_seconds time{std::chrono::seconds(now)};
  JsonWriter json;
  json.begin_object().member("type", word_of(event));
  json.member("timestamp", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", time));
  return json.key("data").raw(data).end_object().take();
}

}  // namespace outpost::supervisor
