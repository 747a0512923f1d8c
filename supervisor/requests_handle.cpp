// Requests on a record handle: UpdateCallCompletionStats and RecordProcessed. Source: ocs.md 3.3, 3.4, 4.6.
#include <algorithm>
#include <chrono>
#include <ctime>

#include "supervisor/requests.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::RecordStatus;

namespace {

// A record that is held, and where it belongs.
struct Held {
  Handle handle;
  Record record;
  const CallingList* list;
  const Campaign* campaign;
};

std::string utc(std::int64_t epoch) {
  std::time_t seconds = epoch;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts));
}

Step<Held> find_held(const RequestContext& context) {
  std::int64_t number = *context.event.integer("GSW_RECORD_HANDLE");
  auto handle = context.store.handle(number);
  if (!handle) return pass(handle);
  if (!*handle) return refuse(ErrorNumber::record_not_found, "no record was ever retrieved under this handle");
  if (!(*handle)->closed_by.empty()) {
    return refuse(ErrorNumber::record_finalized, "the record of this handle was finished by {} at {}",
                  (*handle)->closed_by, utc((*handle)->closed_at));
  }
  auto record = context.store.record((*handle)->list_dbid, (*handle)->record_id);
  if (!record) return pass(record);
  if (!*record) return refuse(ErrorNumber::record_not_found, "the record of this handle is no longer in its list");
  auto status = static_cast<RecordStatus>((*record)->record_status);
  if (is_terminal(status) || (*record)->handle != number) {
    return refuse(ErrorNumber::record_finalized, "the record of this handle is already finished; its status is {}",
                  protocol::record_statuses().name_of((*record)->record_status));
  }
  const CallingList* list = context.catalogue.list((*handle)->list_dbid);
  const Campaign* campaign = context.catalogue.campaign((*handle)->campaign_dbid);
  if (!list || !campaign) {
    return refuse(ErrorNumber::internal_error, "the calling list or campaign of this handle is not in the catalogue");
  }
  return Held{std::move(**handle), std::move(**record), list, campaign};
}

// What the body says about the target must be what the handle says: never act on two different records.
Step<> check_target(const RequestContext& context, const Held& held) {
  auto tenant = named_tenant(context);
  if (!tenant) return pass(tenant);
  if (*tenant && (*tenant)->dbid != held.list->tenant_dbid) {
    return refuse(ErrorNumber::record_not_found, "the tenant has no record under this handle");
  }
  auto campaign = named_campaign(context);
  if (!campaign) return pass(campaign);
  if (*campaign && *campaign != held.campaign) {
    return refuse(ErrorNumber::contradicting_target,
                  "GSW_CAMPAIGN_NAME must be the campaign in which the record was retrieved, or absent");
  }
  const std::string* name = context.event.string("GSW_CALLING_LIST");
  if (!name) return {};
  const CallingList* list = context.catalogue.list(*name);
  if (!list) return refuse(ErrorNumber::calling_list_not_found, "no calling list has the name of GSW_CALLING_LIST");
  if (list == held.list) return {};
  return refuse(ErrorNumber::contradicting_target, "GSW_CALLING_LIST must be the list of the record, or absent");
}

Step<Held> target_record(const RequestContext& context) {
  auto held = find_held(context);
  if (!held) return held;
  if (auto checked = check_target(context, *held); !checked) return pass(checked);
  return held;
}

Event acknowledge(const RequestContext& context, std::string_view user_event, const Held& held) {
  Event answer = begin_answer(context, user_event, held.campaign, held.list);
  answer.add("GSW_RECORD_HANDLE", held.handle.handle);
  if (const std::string* treatment = context.event.string("GSW_TREATMENT")) answer.add("GSW_TREATMENT", *treatment);
  add_others(context, answer);
  return answer;
}

constexpr std::string_view kUpdates[] = {"GSW_PHONE", "GSW_PHONE_TYPE", "GSW_TZ_NAME",
                                         "GSW_FROM",  "GSW_UNTIL",      "GSW_CALL_RESULT"};

}  // namespace

Step<RequestReply> update_call_completion_stats(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  auto custom = read_custom(context, *held->list, held->record);
  if (!custom) return pass(custom);
  bool given = std::ranges::any_of(kUpdates, [&](std::string_view key) { return context.event.has(key); });
  if (!given && !*custom) {
    return refuse(
        ErrorNumber::missing_attribute,
        "nothing to update: give GSW_CALL_RESULT, GSW_PHONE, GSW_PHONE_TYPE, GSW_TZ_NAME, GSW_FROM, GSW_UNTIL or "
        "a custom field that the calling list declares");
  }
  if (auto read = read_contact(context, held->record); !read) return pass(read);
  if (auto updated = context.store.update_record(held->record); !updated) return pass(updated);
  return RequestReply{acknowledge(context, "UpdateCallCompletionStatsAcknowledge", *held)};
}

// Assumption: an attempt counts when it is finished, so attempt and call_time change here; a record that is given back
// was not dialed.
Step<RequestReply> record_processed(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  Record& record = held->record;
  auto custom = read_custom(context, *held->list, record);
  if (!custom) return pass(custom);

  if (auto result = context.event.integer("GSW_CALL_RESULT")) {
    record.call_result = static_cast<std::int32_t>(*result);
  } else if (record.call_result == protocol::call_result::kUnknown) {
    record.call_result = protocol::call_result::kAnswer;
  }
  record.record_status = static_cast<std::int32_t>(RecordStatus::updated);
  if (record.attempt < INT32_MAX) ++record.attempt;
  record.call_time = context.now;
  record.handle = 0;

  RecordStore& store = context.store;
  if (auto updated = store.update_record(record); !updated) return pass(updated);
  auto chain = store.set_chain_status(record.list_dbid, record.chain_id, record.record_id, RecordStatus::chain_updated);
  if (!chain) return pass(chain);
  auto closed = store.close_handle(held->handle.handle, "RecordProcessed", context.now);
  if (!closed) return pass(closed);
  return RequestReply{acknowledge(context, "RecordProcessedAcknowledge", *held)};
}

}  // namespace outpost::supervisor
