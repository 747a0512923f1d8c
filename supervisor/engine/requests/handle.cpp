// Requests on a record that is held by a handle. Source: ocs.md 3.3, 3.4, 4.6.
#include <algorithm>

#include "common/text.h"
#include "protocol/channel/frame.h"
#include "supervisor/engine/answers.h"
#include "supervisor/engine/chain_edit.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/engine/unknown_fields.h"
#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

using protocol::AnswerId;
using protocol::ErrorNumber;
using protocol::Event;
using protocol::RecordStatus;
using protocol::TransitionId;

namespace {

Step<Held> find_held(const RequestContext& context) {
  std::int64_t number = *context.event.integer("GSW_RECORD_HANDLE");
  auto handle = context.store.handle(number);
  if (!handle) return pass(handle);
  if (!*handle) return refuse(ErrorNumber::record_not_found, "no record was ever retrieved under this handle");
  if (!(*handle)->closed_by.empty()) {
    return refuse(ErrorNumber::record_finalized, "this handle was ended by {} at {}", (*handle)->closed_by,
                  utc_text((*handle)->closed_at));
  }
  if ((*handle)->validating) {
    return refuse(ErrorNumber::record_not_found, "no record was handed out under this handle yet: it is validated now");
  }
  auto record = context.store.record((*handle)->list_dbid, (*handle)->record_id);
  if (!record) return pass(record);
  if (!*record) return refuse(ErrorNumber::record_not_found, "the record of this handle is no longer in its list");
  if ((*record)->record_status != static_cast<std::int32_t>(RecordStatus::retrieved) || (*record)->handle != number) {
    return refuse(ErrorNumber::record_finalized, "the record of this handle is already finished; its status is {}",
                  protocol::record_statuses().name_of((*record)->record_status));
  }
  const CallingList* list = context.catalogue.list((*handle)->list_dbid);
  const Campaign* campaign = context.catalogue.campaign((*handle)->campaign_dbid);
  if (!list || !campaign) {
    return refuse(ErrorNumber::internal_error, "the calling list or campaign of this handle is not in the catalogue");
  }
  return Held{std::move(**handle), **record, **record, list, campaign};
}

bool is_target(const RequestContext& context, std::string_view key) {
  const protocol::RequestAttribute* attribute = context.row.find(key);
  return attribute && attribute->use == protocol::Use::target;
}

Step<> check_campaign(const RequestContext& context, const Held& held) {
  auto campaign = named_campaign(context);
  if (!campaign) return pass(campaign);
  if (!*campaign || *campaign == held.campaign) return {};
  return refuse(ErrorNumber::contradicting_target,
                "GSW_CAMPAIGN_NAME must be the campaign in which the record was retrieved, or absent");
}

Step<> check_list(const RequestContext& context, const Held& held) {
  const std::string* name = context.event.string("GSW_CALLING_LIST");
  if (!name) return {};
  const CallingList* list = context.catalogue.list(*name);
  if (!list) return refuse(ErrorNumber::calling_list_not_found, "no calling list has the name of GSW_CALLING_LIST");
  if (list == held.list) return {};
  return refuse(ErrorNumber::contradicting_target, "GSW_CALLING_LIST must be the list of the record, or absent");
}

// What the body says about the target must be what the handle says: never act on two different records.
Step<> check_target(const RequestContext& context, const Held& held) {
  auto tenant = named_tenant(context);
  if (!tenant) return pass(tenant);
  if (*tenant && (*tenant)->dbid != held.list->tenant_dbid) {
    return refuse(ErrorNumber::record_not_found, "the tenant has no record under this handle");
  }
  if (auto checked = check_campaign(context, held); !checked) return pass(checked);
  if (auto checked = check_list(context, held); !checked) return pass(checked);
  const std::string* phone = is_target(context, "GSW_PHONE") ? context.event.string("GSW_PHONE") : nullptr;
  if (phone && !is_same_contact(ContactKind::phone, *phone, held.record.contact_info)) {
    return refuse(ErrorNumber::contradicting_target, "GSW_PHONE must be the contact of the record, or absent");
  }
  // Also where it says whom a do-not-call entry is for. AddRecord is the only request that stores one.
  const std::string* customer = context.event.string("GSW_CUSTOMER_ID");
  if (customer && !held.record.customer_id.empty() &&
      !is_same_contact(ContactKind::customer_id, *customer, held.record.customer_id)) {
    return refuse(ErrorNumber::contradicting_target, "GSW_CUSTOMER_ID must be the customer of the record, or absent");
  }
  return {};
}

Step<RequestReply> acknowledge(const RequestContext& context, const Held& held) {
  return reply_with(context, context.row.answer,
                    {.campaign = held.campaign, .list = held.list, .record = &held.record, .handle = &held.handle});
}

bool is_open(const Record& record) {
  auto status = static_cast<RecordStatus>(record.record_status);
  return !is_terminal(status) && status != RecordStatus::retrieved;
}

}  // namespace

Step<> check_held(RequestContext& context, const Held& held) {
  if (auto checked = check_target(context, held); !checked) return pass(checked);
  return settle_unknown_fields(context, held.list);
}

Step<Held> target_record(RequestContext& context) {
  auto held = find_held(context);
  if (!held) return pass(held);
  if (auto checked = check_held(context, *held); !checked) return pass(checked);
  context.agent = held->handle.agent_id;
  return held;
}

Step<> finish(RequestContext& context, Held& held, TransitionId transition, std::string_view by) {
  RecordStore& store = context.store;
  apply(transition, context.event, context.now, held.record);
  auto chain = ChainEdit::load(store, held.stored);
  if (!chain) return pass(chain);
  chain->set(held.stored, held.record);
  chain->release(held.handle.handle);
  for (ChainEdit::Row& row : chain->rows()) {
    bool other = row.stored.record_id != held.stored.record_id;
    if (transition == TransitionId::processed && other && is_open(row.record)) {
      apply(TransitionId::chain_updated, {}, context.now, row.record);
    }
  }
  if (auto saved = chain->save(store); !saved) return pass(saved);
  auto closed = store.close_handle(held.handle.handle, by.empty() ? context.row.request : by, context.now);
  if (!closed) return pass(closed);
  Reports reports(store, context);
  if (auto told = reports.attempt_ended(held.handle, held.record); !told) return pass(told);
  if (auto told = reports.chain_changed(chain->rows(), &held.handle); !told) return pass(told);
  return {};
}

// --- Requests --------------------------------------------------------------------------------------------------------

Step<bool> read_update(RequestContext& context, Held& held) {
  auto custom = read_custom(context, *held.list, held.record);
  if (!custom) return pass(custom);
  bool given = std::ranges::any_of(context.row.attributes, [&](const protocol::RequestAttribute& attribute) {
    return attribute.use == protocol::Use::optional && context.event.has(attribute.key);
  });
  if (!given && !*custom) return false;
  if (auto read = read_contact(context, held.record); !read) return pass(read);
  apply(TransitionId::update, context.event, context.now, held.record);
  return true;
}

Step<RequestReply> update_call_completion_stats(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  auto given = read_update(context, *held);
  if (!given) return pass(given);
  if (!*given) {
    if (!context.unknown_fields.empty()) {
      return refuse(ErrorNumber::missing_attribute, "nothing to update: unknown are {}", context.unknown_fields);
    }
    return refuse(
        ErrorNumber::missing_attribute,
        "nothing to update: give GSW_CALL_RESULT, GSW_PHONE, GSW_PHONE_TYPE, GSW_TZ_NAME, GSW_FROM, GSW_UNTIL or "
        "a custom field that the calling list declares");
  }
  if (held->record != held->stored) {
    if (auto updated = context.store.update_record(held->stored, held->record); !updated) return pass(updated);
    auto told = Reports(context.store, context).record_changed(held->stored, held->record);
    if (!told) return pass(told);
  }
  bool reported = held->handle.call_reported || context.event.has("GSW_CALL_RESULT");
  auto touched = context.store.touch_handle(held->handle.handle, context.now, reported);
  if (!touched) return pass(touched);
  return acknowledge(context, *held);
}

Step<RequestReply> record_processed(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  auto custom = read_custom(context, *held->list, held->record);
  if (!custom) return pass(custom);
  if (auto finished = finish(context, *held, TransitionId::processed); !finished) return pass(finished);
  return acknowledge(context, *held);
}

Step<RequestReply> record_reject(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  if (auto finished = finish(context, *held, TransitionId::reject); !finished) return pass(finished);
  return acknowledge(context, *held);
}

namespace {

// A personal callback is the agent's whom the request names, else whose it is, else who held the record.
Step<> read_agent(const RequestContext& context, const Held& held, bool moved, Record& record) {
  const std::string* named = context.event.string("GSW_AGENT_ID");
  if (named && !named->empty()) {
    record.agent_id = *named;
  } else if (!moved || record.agent_id.empty()) {
    record.agent_id = held.handle.agent_id;
  }
  if (!record.agent_id.empty()) return {};
  return refuse(ErrorNumber::missing_attribute,
                "GSW_AGENT_ID is needed for a personal callback: the record was retrieved without an agent");
}

// `moved`: the record is a callback already.
Step<RequestReply> reschedule(RequestContext& context, Held& held, bool moved) {
  const std::string* kind = context.event.string("GSW_CALLBACK_TYPE");
  bool personal = kind ? *kind == protocol::callback_types().names[0] : moved && is_personal(held.stored);
  Record& record = held.record;
  auto custom = read_custom(context, *held.list, record);
  if (!custom) return pass(custom);
  if (auto read = read_contact(context, record); !read) return pass(read);
  if (auto read = read_schedule(context, record); !read) return pass(read);
  if (auto checked = check_schedule(context, record); !checked) return pass(checked);
  if (personal) {
    if (auto read = read_agent(context, held, moved, record); !read) return pass(read);
  }
  using enum TransitionId;
  TransitionId transition =
      moved ? (personal ? move_personal : move_campaign) : (personal ? reschedule_personal : reschedule_campaign);
  if (auto finished = finish(context, held, transition); !finished) return pass(finished);
  return acknowledge(context, held);
}

}  // namespace

Step<RequestReply> record_reschedule(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  return reschedule(context, *held, false);
}

Step<RequestReply> scheduled_record_reschedule(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  if (!is_callback(held->stored)) {
    return refuse(ErrorNumber::invalid_attribute,
                  "ScheduledRecordReschedule moves a callback, and the record is none: its type is {}; "
                  "RecordReschedule makes a callback of it",
                  protocol::record_types().name_of(held->stored.record_type));
  }
  return reschedule(context, *held, true);
}

namespace {

// A thousand records of a usual size; it is also what one small request may cost.
constexpr std::size_t kChainBytesMax = 1024 * 1024;
static_assert(kChainBytesMax < protocol::kPayloadBytesMax);
// A chain is read in growing pieces, so that one that is too large for an answer is not read whole to find that out.
constexpr std::uint32_t kChainPieces[] = {16, 64, 256, protocol::kChainRecordsMax + 1};

Step<std::vector<Event>> other_records(RequestContext& context, const Held& held, const std::vector<Record>& chain) {
  std::vector<Event> events;
  std::size_t bytes = 0;
  for (const Record& record : chain) {
    if (record.record_id == held.record.record_id) continue;
    auto event = make_answer(context, AnswerId::chained_record,
                             {.campaign = held.campaign, .list = held.list, .record = &record});
    if (!event) return pass(event);
    bytes += event->wire_bytes();
    if (bytes > kChainBytesMax) {
      return refuse(ErrorNumber::internal_error, "the records of the chain do not fit into one answer of {}",
                    human_bytes(kChainBytesMax));
    }
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace

Step<RequestReply> chained_record_request(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  std::vector<Event> records;
  for (std::uint32_t piece : kChainPieces) {
    auto chain = context.store.chain(held->list->dbid, held->record.chain_id, piece);
    if (!chain) return pass(chain);
    if (chain->size() > protocol::kChainRecordsMax) {
      return refuse(ErrorNumber::internal_error, "the chain has more than {} records", protocol::kChainRecordsMax);
    }
    auto events = other_records(context, *held, *chain);
    if (!events) return pass(events);
    records = std::move(*events);
    if (chain->size() < piece) break;
  }
  auto end = acknowledge(context, *held);
  if (end) end->records = std::move(records);
  return end;
}

}  // namespace outpost::supervisor
