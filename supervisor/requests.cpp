#include "supervisor/requests.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "common/json.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::Resource;

namespace {

// Source: ocs.md 3.3. What a path supplies is mandatory here: a request without it did not come from our proxy.
constexpr std::string_view kAddMandatory[] = {"GSW_CALLING_LIST", "GSW_PHONE", "GSW_TZ_NAME"};
constexpr std::string_view kAddOptional[] = {
    "GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_PHONE_TYPE",  "GSW_FROM",       "GSW_UNTIL",     "GSW_RECORD_TYPE",
    "GSW_RECORD_STATUS",  "GSW_CALL_RESULT",   "GSW_ATTEMPTS",    "GSW_CALL_TIME",  "GSW_DATE_TIME", "GSW_AGENT_ID",
    "GSW_CHAIN_ID",       "GSW_CUSTOMER_ID",   "GSW_TENANT_DBID", "GSW_TENANT_NAME"};
constexpr std::string_view kPreviewMandatory[] = {"GSW_CAMPAIGN_GROUP_DBID"};
constexpr std::string_view kPreviewOptional[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_AGENT_ID",
                                                 "GSW_TENANT_DBID", "GSW_TENANT_NAME"};
constexpr std::string_view kHandleMandatory[] = {"GSW_RECORD_HANDLE"};
constexpr std::string_view kUpdateOptional[] = {
    "GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_PHONE",       "GSW_PHONE_TYPE", "GSW_TZ_NAME",
    "GSW_FROM",           "GSW_UNTIL",         "GSW_CALL_RESULT",  "GSW_TENANT_DBID", "GSW_TENANT_NAME"};
constexpr std::string_view kProcessedOptional[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                   "GSW_CALL_RESULT",    "GSW_TREATMENT",     "GSW_TENANT_DBID",
                                                   "GSW_TENANT_NAME"};

constexpr RequestType kTypes[] = {
    {Resource::lists, "AddRecord", "AddRecordAcknowledge", kAddMandatory, kAddOptional, add_record},
    {Resource::campaign_groups, "PreviewRecordRequest", "PreviewRecord", kPreviewMandatory, kPreviewOptional,
     preview_record},
    {Resource::records, "UpdateCallCompletionStats", "UpdateCallCompletionStatsAcknowledge", kHandleMandatory,
     kUpdateOptional, update_call_completion_stats},
    {Resource::records, "RecordProcessed", "RecordProcessedAcknowledge", kHandleMandatory, kProcessedOptional,
     record_processed},
};

}  // namespace

const RequestType* find_request_type(Resource resource, std::string_view request) {
  const auto* row = std::ranges::find_if(
      kTypes, [&](const RequestType& t) { return t.resource == resource && t.request == request; });
  return row == std::end(kTypes) ? nullptr : row;
}

// --- Targets ---------------------------------------------------------------------------------------------------------

Step<const Tenant*> named_tenant(const RequestContext& context) {
  const Tenant* tenant = nullptr;
  if (auto dbid = context.event.integer("GSW_TENANT_DBID")) {
    tenant = context.catalogue.tenant(*dbid);
    if (!tenant) return refuse(ErrorNumber::tenant_not_found, "no tenant has the DBID of GSW_TENANT_DBID");
  }
  if (const std::string* name = context.event.string("GSW_TENANT_NAME")) {
    const Tenant* named = context.catalogue.tenant(*name);
    if (!named) return refuse(ErrorNumber::tenant_not_found, "no tenant has the name of GSW_TENANT_NAME");
    if (tenant && named != tenant) {
      return refuse(ErrorNumber::contradicting_target, "GSW_TENANT_DBID and GSW_TENANT_NAME are different tenants");
    }
    tenant = named;
  }
  if (!tenant && !context.settings.tenant.empty()) {
    tenant = context.catalogue.tenant(context.settings.tenant);
    if (!tenant) {
      return refuse(ErrorNumber::tenant_not_found,
                    "the request names no tenant, and the configured one (application.tenant) is not in the catalogue");
    }
  }
  return tenant;
}

Step<const Campaign*> named_campaign(const RequestContext& context) {
  const std::string* name = context.event.string("GSW_CAMPAIGN_NAME");
  if (!name) return nullptr;
  const Campaign* campaign = context.catalogue.campaign(*name);
  if (!campaign) return refuse(ErrorNumber::campaign_not_found, "no campaign has the name of GSW_CAMPAIGN_NAME");
  return campaign;
}

// --- Reading a request into a record ---------------------------------------------------------------------------------

namespace {

void read_integer(const Event& event, std::string_view key, std::int32_t& into) {
  if (auto value = event.integer(key)) into = static_cast<std::int32_t>(*value);
}

}  // namespace

Step<> read_contact(const RequestContext& context, Record& record) {
  const Event& event = context.event;
  if (const std::string* phone = event.string("GSW_PHONE")) {
    if (phone->empty()) return refuse(ErrorNumber::invalid_attribute, "GSW_PHONE must not be empty");
    record.contact_info = *phone;
  }
  read_integer(event, "GSW_PHONE_TYPE", record.contact_info_type);
  read_integer(event, "GSW_CALL_RESULT", record.call_result);
  if (const std::string* name = event.string("GSW_TZ_NAME")) {
    const TimeZone* zone = context.catalogue.time_zone(*name);
    if (!zone) {
      return refuse(ErrorNumber::invalid_attribute, "GSW_TZ_NAME must be the name of a time zone of the catalogue");
    }
    record.tz_dbid = zone->dbid;
  }
  if (!event.has("GSW_FROM") && !event.has("GSW_UNTIL")) return {};
  read_integer(event, "GSW_FROM", record.daily_from);
  read_integer(event, "GSW_UNTIL", record.daily_till);
  if (record.daily_from < record.daily_till) return {};
  return refuse(ErrorNumber::invalid_attribute,
                "GSW_FROM must be less than GSW_UNTIL; the record's window would be {} to {}", record.daily_from,
                record.daily_till);
}

namespace {

void write_value(JsonWriter& json, const Event::Value& value) {
  std::visit([&](const auto& v) { json.value(v); }, value);
}

std::string as_text(const Event::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::to_string(std::get<std::int64_t>(value));
}

// The custom attributes of the request that the list declares.
std::vector<const Event::Attribute*> declared_fields(const RequestContext& context, const CallingList& list) {
  std::vector<const Event::Attribute*> declared;
  std::string dropped;
  for (const Event::Attribute& attribute : context.event) {
    if (!is_custom(attribute.key)) continue;
    if (std::ranges::find(list.custom_fields, attribute.key) != list.custom_fields.end()) {
      declared.push_back(&attribute);
    } else {
      dropped += dropped.empty() ? "" : ", ";
      dropped += attribute.key;
    }
  }
  if (!dropped.empty()) {
    context.log(log_messages::kFieldDropped,
                fmt::format("calling list \"{}\" declares no such custom field, dropped: {}", list.name, dropped));
  }
  return declared;
}

Result<JsonValue::Object> stored_fields(const Record& record) {
  if (record.custom.empty()) return JsonValue::Object{};
  auto parsed = parse_json(record.custom);
  auto* object = parsed ? std::get_if<JsonValue::Object>(&parsed->value) : nullptr;
  if (!object) return fail(Errc::store, "the custom fields of record {} are not a JSON object", record.record_id);
  return std::move(*object);
}

// GSW_CUSTOMER_ID and the list's customer-id field say the same thing; either will do.
Step<> check_customer_id(const RequestContext& context, const std::string& field) {
  if (field.size() > kCustomerIdBytesMax) {
    return refuse(ErrorNumber::invalid_attribute, "the calling list's customer-id field must have at most {} bytes",
                  kCustomerIdBytesMax);
  }
  const std::string* given = context.event.string("GSW_CUSTOMER_ID");
  if (!given || *given == field) return {};
  return refuse(ErrorNumber::invalid_attribute,
                "GSW_CUSTOMER_ID must be equal to the calling list's customer-id field when both are given");
}

}  // namespace

Step<bool> read_custom(const RequestContext& context, const CallingList& list, Record& record) {
  auto fields = declared_fields(context, list);
  if (fields.empty()) return false;
  auto stored = stored_fields(record);
  if (!stored) return pass(stored);
  std::unordered_map<std::string_view, const Event::Value*> given;
  for (const Event::Attribute* field : fields) given.emplace(field->key, &field->value);

  JsonWriter json;
  json.begin_object();
  for (const auto& [key, value] : *stored) {
    auto replaced = given.find(key);
    replaced == given.end() ? void(json.key(key).value(value)) : write_value(json.key(key), *replaced->second);
  }
  for (const Event::Attribute* field : fields) {
    bool known = std::ranges::any_of(*stored, [&](const auto& member) { return member.first == field->key; });
    if (!known) write_value(json.key(field->key), field->value);
  }
  json.end_object();
  std::string custom = json.take();
  if (custom.size() > kCustomBytesMax) {
    return refuse(ErrorNumber::invalid_attribute, "the custom fields of one record must fit into {} bytes of JSON",
                  kCustomBytesMax);
  }
  if (auto id = given.find(list.customer_id_field); id != given.end()) {
    std::string customer_id = as_text(*id->second);
    if (auto same = check_customer_id(context, customer_id); !same) return pass(same);
    record.customer_id = std::move(customer_id);
  }
  record.custom = std::move(custom);
  return true;
}

Result<> add_custom(const Record& record, Event& event) {
  auto stored = stored_fields(record);
  if (!stored) return fail(std::move(stored.error()));
  for (auto& [key, value] : *stored) {
    if (event.size() >= Event::kAttributesMax) break;
    if (auto* number = std::get_if<std::int64_t>(&value.value)) event.add(std::move(key), *number);
    if (auto* text = std::get_if<std::string>(&value.value)) event.add(std::move(key), std::move(*text));
  }
  return {};
}

// --- Answers ---------------------------------------------------------------------------------------------------------

Event begin_answer(const RequestContext& context, std::string_view user_event, const Campaign* campaign,
                   const CallingList* list) {
  Event answer;
  answer.add("GSW_USER_EVENT", user_event);
  answer.add("GSW_APPLICATION_ID", context.settings.application_dbid);
  if (campaign) answer.add("GSW_CAMPAIGN_NAME", campaign->name);
  if (list) answer.add("GSW_CALLING_LIST", list->name);
  return answer;
}

void add_others(const RequestContext& context, Event& answer) {
  for (const Event::Attribute& attribute : context.event) {
    if (attribute.key == "GSW_AGENT_REQ_TYPE" || attribute.key == "GSW_REFERENCE_ID") continue;
    // What handlers put into an answer are GSW_ keys, so a custom key needs no search.
    if (is_custom(attribute.key) || !answer.has(attribute.key)) answer.add(attribute.key, attribute.value);
  }
}

}  // namespace outpost::supervisor
