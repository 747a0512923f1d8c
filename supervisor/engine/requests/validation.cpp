// A preview whose record was validated: it is handed out, or the next one is tried. Source: ocs.md 6.4.
#include "supervisor/engine/answers.h"
#include "supervisor/engine/give_back.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/engine/unknown_fields.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::RequestError;
using protocol::TransitionId;

namespace {

// How the end of a handle is called.
constexpr std::string_view kBy = "pre-dial validation";

const protocol::RequestRow& update_row() {
  return protocol::requests()[static_cast<std::size_t>(protocol::RequestId::update_call_completion_stats)];
}

// The same scene for what the validator says instead of the client.
RequestContext context_of(RequestContext& context, Event& event) {
  const Scene& scene = context;
  return {scene,        context.store, context.turns,         context.sessions,
          update_row(), event,         context.unknown_watch, context.validations};
}

void log_end(const RequestContext& context, LogMessage message, const Handle& handle, std::string_view what,
             std::string_view reason) {
  context.log(message, fmt::format("validation of record {} under handle {}: {}: {}", handle.record_id, handle.handle,
                                   what, reason));
}

// Nothing when it was ended meanwhile, as by a request on its contact, or is not what it was.
Step<std::optional<Held>> find_validating(const RequestContext& context, std::int64_t number) {
  auto handle = context.store.handle(number);
  if (!handle) return pass(handle);
  if (!*handle || !(*handle)->validating || !(*handle)->closed_by.empty()) return std::optional<Held>();
  auto record = context.store.record((*handle)->list_dbid, (*handle)->record_id);
  if (!record) return pass(record);
  bool held = *record && (*record)->handle == number &&
              (*record)->record_status == static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
  const CallingList* list = context.catalogue.list((*handle)->list_dbid);
  const Campaign* campaign = context.catalogue.campaign((*handle)->campaign_dbid);
  if (held && list && campaign) return Held{std::move(**handle), **record, **record, list, campaign};
  if (auto done = give_back(context.store, context, **handle, kBy); !done) return pass(done);
  return std::optional<Held>();
}

Step<RequestReply> give_up(const Verdict& verdict) {
  return refuse(verdict.error, "no record was handed out: {}", verdict.reason);
}

// The record ends under its handle by this transition.
Step<> end(RequestContext& context, Held& held, TransitionId transition, std::int32_t call_result) {
  Event result;
  result.add("GSW_CALL_RESULT", std::int64_t{call_result});
  RequestContext ending = context_of(context, result);
  return finish(ending, held, transition, kBy);
}

Step<RequestReply> next_record(RequestContext& context, const Validated& validated, std::uint32_t refused) {
  if (validated.has_time && refused < kRefusedMax) return preview_record(context);
  if (refused == 0) {
    return refuse(ErrorNumber::timeout, "its record was ended by another request meanwhile; ask again for the next");
  }
  return refuse(
      ErrorNumber::timeout,
      "pre-dial validation refused {} records, one after the other, and no time is left; ask again for the next",
      refused);
}

Step<RequestReply> refuse_record(RequestContext& context, Held& held, const Validated& validated,
                                 const OutwardConfig& outward) {
  context.validations.count(ValidationEnd::refused);
  std::int32_t result = validated.verdict.call_result.value_or(outward.validation_timeout_call_result);
  auto ended = end(context, held, TransitionId::validation_refused, result);
  if (!ended) return pass(ended);
  log_end(context, log_messages::kValidationRefused, held.handle,
          fmt::format("not to be called, call result {}", protocol::call_results().name_of(result)),
          validated.verdict.reason);
  return next_record(context, validated, validated.refused + 1);
}

// Not the next record: a validator that is dead would eat the list.
Step<RequestReply> postpone(RequestContext& context, Held& held, const Verdict& verdict, const OutwardConfig& outward) {
  context.validations.count(ValidationEnd::failed);
  std::uint32_t delay = outward.validation_retry_delay;
  held.record = held.stored;
  held.record.dial_sched_time = context.now + delay;
  auto ended = end(context, held, TransitionId::validation_failed, outward.validation_timeout_call_result);
  if (!ended) return pass(ended);
  log_end(context, log_messages::kValidationFailed, held.handle, fmt::format("failed, due again in {} s", delay),
          verdict.reason);
  return refuse(verdict.error, "pre-dial validation failed: {}; its record is due again in {} s", verdict.reason,
                delay);
}

// --- Handing it out --------------------------------------------------------------------------------------------------

// What is to be changed before, judged as a request would be that asked for it.
Step<> read_changes(RequestContext& context, const Verdict& verdict, Held& held) {
  Event event = verdict.update;
  if (auto named = event.integer("GSW_RECORD_HANDLE"); named && *named != held.handle.handle) {
    return refuse(ErrorNumber::contradicting_target, "its GSW_RECORD_HANDLE is another record's");
  }
  RequestContext updating = context_of(context, event);
  if (auto checked = check_held(updating, held); !checked) return checked;
  auto read = read_update(updating, held);
  if (!read) return pass(read);
  return {};
}

Result<> store_changes(RequestContext& context, const Held& held) {
  RecordStore& store = context.store;
  Reports reports(store, context);
  if (held.record != held.stored) {
    if (auto updated = store.update_record(held.stored, held.record); !updated) return updated;
    if (auto told = reports.record_changed(held.stored, held.record); !told) return told;
  }
  if (auto ended = store.end_validation(held.handle.handle, context.now); !ended) return ended;
  return reports.attempt_started(held.handle, held.record);
}

// What a validation that failed has left says nothing of the call that comes.
void forget_failed_validation(Record& record, const OutwardConfig& outward) {
  std::int32_t& result = record.call_result;
  bool left =
      result == outward.validation_timeout_call_result || result == outward.validation_race_condition_call_result;
  if (left) result = protocol::call_result::kUnknown;
}

Step<RequestReply> hand_out(RequestContext& context, Held& held, const Validated& validated,
                            const OutwardConfig& outward) {
  forget_failed_validation(held.record, outward);
  if (auto read = read_changes(context, validated.verdict, held); !read) {
    if (!std::holds_alternative<RequestError>(read.error().why)) return pass(read);
    const auto& refusal = std::get<RequestError>(read.error().why);
    return postpone(context, held, failed_verdict("its update is invalid: " + refusal.text), outward);
  }
  // The validator may have changed the contact, and an entry may have come while it was asked.
  auto listed = is_listed(context.store, *held.list, held.record);
  if (!listed) return pass(listed);
  if (*listed) {
    context.validations.count(ValidationEnd::refused);
    if (auto done = end(context, held, TransitionId::do_not_call, 0); !done) return pass(done);
    log_end(context, log_messages::kValidationRefused, held.handle, "not to be called",
            "its contact is on the do-not-call list now");
    return next_record(context, validated, validated.refused + 1);
  }
  context.validations.count(ValidationEnd::accepted);
  held.handle.validating = false;
  held.handle.touched_at = context.now;
  if (auto stored = store_changes(context, held); !stored) return pass(stored);
  context.agent = held.handle.agent_id;
  return reply_with(context, context.row.answer,
                    {.campaign = held.campaign,
                     .list = held.list,
                     .group = context.catalogue.group(held.handle.group_dbid),
                     .record = &held.record,
                     .handle = &held.handle});
}

}  // namespace

Step<RequestReply> end_validation(RequestContext& context, const Validated& validated) {
  const Verdict& verdict = validated.verdict;
  using enum Verdict::Kind;
  auto held = find_validating(context, validated.handle);
  if (!held) return pass(held);
  if (!*held) {
    bool wanted = verdict.kind == dial || verdict.kind == refuse;
    return wanted ? next_record(context, validated, validated.refused) : give_up(verdict);
  }
  const CampaignGroup* group = context.catalogue.group((*held)->handle.group_dbid);
  const OutwardConfig outward = context.settings.outward.of(group);
  if (verdict.kind == dial && (!group || group->state != protocol::GroupState::running)) {
    context.validations.count(ValidationEnd::given_back);
    if (auto done = supervisor::give_back(context.store, context, (*held)->handle, kBy); !done) return pass(done);
    return preview_record(context);  // which says why there is none
  }
  switch (verdict.kind) {
    case dial: return hand_out(context, **held, validated, outward);
    case refuse: return refuse_record(context, **held, validated, outward);
    case fail: return postpone(context, **held, verdict, outward);
    case give_back: break;
  }
  context.validations.count(ValidationEnd::given_back);
  if (auto done = supervisor::give_back(context.store, context, (*held)->handle, kBy); !done) return pass(done);
  return give_up(verdict);
}

}  // namespace outpost::supervisor
