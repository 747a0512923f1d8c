#include "supervisor/engine/requests/request.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "common/unicode.h"
#include "supervisor/engine/custom_fields.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/zone_names.h"
#include "supervisor/log_messages.h"
#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;

RequestHandler handler_of(protocol::RequestId id) noexcept {
  static constexpr RequestHandler kHandlers[] = {
#define X(id, ...) id,
      OUTPOST_REQUESTS(X)
#undef X
  };
  return kHandlers[static_cast<std::size_t>(id)];
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

// What does not change is not judged: it may be older than the rules, and clients send back what they were given.
Step<> read_phone(const Event& event, Record& record) {
  const std::string before = record.contact_info;
  bool was_phone = is_phone_type(record.contact_info_type);
  if (const std::string* phone = event.string("GSW_PHONE")) record.contact_info = *phone;
  read_integer(event, "GSW_PHONE_TYPE", record.contact_info_type);
  bool same_kind = is_phone_type(record.contact_info_type) == was_phone;
  if (record.contact_info == before && !before.empty() && same_kind) return {};
  std::string problem = contact_problem(record.contact_info_type, record.contact_info);
  if (problem.empty()) return {};
  return refuse(ErrorNumber::invalid_attribute, "GSW_PHONE {}", problem);
}

}  // namespace

Step<> read_contact(const RequestContext& context, Record& record) {
  const Event& event = context.event;
  if (auto read = read_phone(event, record); !read) return pass(read);
  if (const std::string* name = event.string("GSW_TZ_NAME")) {
    const TimeZone* zone = context.catalogue.time_zone(*name);
    if (!zone) {
      return refuse(ErrorNumber::invalid_attribute, "GSW_TZ_NAME must be the name of a time zone of the catalogue{}",
                    nearest_zone_hint(context.catalogue.all(), *name));
    }
    record.tz_dbid = zone->dbid;
  }
  if (!event.has("GSW_FROM") && !event.has("GSW_UNTIL")) return {};
  read_integer(event, "GSW_FROM", record.daily_from);
  read_integer(event, "GSW_UNTIL", record.daily_till);
  std::string problem = window_problem(record, "GSW_UNTIL");
  if (problem.empty()) return {};
  return refuse(ErrorNumber::invalid_attribute, "GSW_FROM {}", problem);
}

Step<> read_schedule(const RequestContext& context, Record& record) {
  const std::string* text = context.event.string("GSW_DATE_TIME");
  if (!text) return {};
  const Zone* zone = context.catalogue.zone(record.tz_dbid);
  if (!zone) {
    return refuse(ErrorNumber::internal_error, "the time zone of GSW_TZ_NAME is not in the tz database of the server");
  }
  auto epoch = zone->parse(*text);
  if (!epoch) return refuse(ErrorNumber::invalid_attribute, "GSW_DATE_TIME {}", epoch.error().text);
  record.dial_sched_time = *epoch;
  return {};
}

Step<> check_schedule(const RequestContext& context, const Record& record) {
  DueRule rule{context.now, context.settings.missed_callback_timeout};
  auto checked = check_due(rule, record.dial_sched_time, context.catalogue.time_zone(record.tz_dbid));
  if (checked) return {};
  return refuse(ErrorNumber::invalid_attribute, "GSW_DATE_TIME {}", checked.error().text);
}

namespace {

std::string as_text(const Event::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::to_string(std::get<std::int64_t>(value));
}

bool is_to_store(const Event::Attribute& attribute) { return is_custom(attribute.key) || !attribute.key.known(); }

void add_field(CustomFieldWriter& writer, const Event::Attribute& field) {
  std::visit([&](const auto& value) { writer.add(field.key, value); }, field.value);
}

// The fields of the request behind those that the record has, of which it replaces some.
Result<> write_over(const Record& record, const Event& event, CustomFieldWriter& writer) {
  auto stored = custom_fields_of(record);
  if (!stored) return pass(stored);
  std::unordered_map<std::string_view, const Event::Attribute*> given;
  for (const Event::Attribute& attribute : event) {
    if (is_to_store(attribute)) given.emplace(attribute.key, &attribute);
  }
  for (const auto& [key, value] : *stored) {
    auto replaced = given.find(key);
    if (replaced == given.end()) {
      writer.add(key, value);
    } else {
      add_field(writer, *replaced->second);
      given.erase(replaced);
    }
  }
  for (const Event::Attribute& attribute : event) {
    if (given.contains(attribute.key)) add_field(writer, attribute);
  }
  return {};
}

// GSW_CUSTOMER_ID and the list's customer-id field say the same thing; either will do.
Step<> check_customer_id(const RequestContext& context, const std::string& field) {
  if (std::string problem = customer_field_problem(field); !problem.empty()) {
    return refuse(ErrorNumber::invalid_attribute, "the calling list's customer-id field {}", problem);
  }
  const std::string* given = context.event.string("GSW_CUSTOMER_ID");
  if (!given || is_same_contact(ContactKind::customer_id, *given, field)) return {};
  return refuse(ErrorNumber::invalid_attribute,
                "GSW_CUSTOMER_ID must be equal to the calling list's customer-id field when both are given");
}

}  // namespace

Step<bool> read_custom(const RequestContext& context, const CallingList& list, Record& record) {
  const Event& event = context.event;
  if (std::ranges::none_of(event, is_to_store)) return false;
  CustomFieldWriter writer;
  if (!record.custom.empty()) {
    if (auto written = write_over(record, event, writer); !written) return pass(written);
  } else {
    for (const Event::Attribute& attribute : event) {
      if (is_to_store(attribute)) add_field(writer, attribute);
    }
  }
  auto id = std::ranges::find_if(event, [&](const Event::Attribute& attribute) {
    return attribute.key == list.customer_id_field && is_to_store(attribute);
  });
  if (id != event.end()) {
    std::string customer_id = as_text(id->value);
    if (auto same = check_customer_id(context, customer_id); !same) return pass(same);
    // A field that shows nothing names nobody; it stays as it was sent among the custom fields.
    record.customer_id = is_blank(customer_id) ? std::string() : std::move(customer_id);
  }
  std::string problem = writer.put_into(record);
  if (!problem.empty()) return refuse(ErrorNumber::invalid_attribute, "{}", problem);
  return true;
}

// --- What becomes of a record ----------------------------------------------------------------------------------------

void apply(protocol::TransitionId id, const Event& request, std::int64_t now, Record& record) {
  const protocol::Transition& row = protocol::transition(id);
  record.record_type = row.type.apply(record.record_type, request.integer("GSW_RECORD_TYPE"));
  record.record_status = row.status.apply(record.record_status, request.integer("GSW_RECORD_STATUS"));
  record.call_result = row.result.apply(record.call_result, request.integer("GSW_CALL_RESULT"));
  if (row.handle == protocol::HandleChange::closed) record.handle = 0;
  if (!row.attempt) return;
  if (record.attempt < INT32_MAX) ++record.attempt;
  record.call_time = now;
}

}  // namespace outpost::supervisor
