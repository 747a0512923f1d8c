#include "protocol/outbound/transitions.h"

#include <iterator>

namespace outpost::protocol {

namespace {

using enum RecordType;
using enum RecordStatus;

constexpr Change kKept{};
constexpr Change kGiven{.given = true};

constexpr Change to(RecordType type) { return {.value = static_cast<std::int32_t>(type)}; }
constexpr Change to(RecordStatus status) { return {.value = static_cast<std::int32_t>(status)}; }
constexpr Change to(std::int32_t result) { return {.value = result}; }
constexpr Change given_or(auto value) { return {.given = true, .value = static_cast<std::int32_t>(value)}; }

constexpr bool kCounted = true;
constexpr auto kOpened = HandleChange::opened;
constexpr auto kClosed = HandleChange::closed;
constexpr auto kNoHandle = HandleChange::none;

// Who is called and with what outcome counts as an attempt: RecordProcessed and RecordReschedule end a conversation, a
// stale record had its result reported. A record that is given back, moved or cancelled was not called.
constexpr Transition kTransitions[] = {
    {TransitionId::add, "AddRecord", given_or(general), given_or(ready), given_or(call_result::kUnknown), !kCounted,
     kNoHandle, "attempt as given, else 0; chain_n is one more than the highest of the chain, 0 in a new chain"},
    {TransitionId::retrieve, "PreviewRecordRequest", kKept, to(retrieved), kKept, !kCounted, kOpened,
     "Ready rows of its chain are held by the same handle: nobody else gets them meanwhile"},
    {TransitionId::update, "UpdateCallCompletionStats", kKept, kKept, kGiven, !kCounted, kNoHandle,
     "contact, window, time zone and custom fields as given"},
    {TransitionId::processed,
     "RecordProcessed",
     kKept,
     to(updated),
     {.given = true, .value = call_result::kAnswer, .only_over = call_result::kUnknown},
     kCounted,
     kClosed,
     "rows of the chain that are not terminal become ChainUpdated"},
    {TransitionId::reschedule_campaign, "RecordReschedule, Campaign", to(campaign_callback), to(ready), kGiven,
     kCounted, kClosed, "dial_sched_time"},
    {TransitionId::reschedule_personal, "RecordReschedule, Personal", to(personal_callback), to(ready), kGiven,
     kCounted, kClosed, "dial_sched_time; agent_id as given, else the agent who held the record"},
    {TransitionId::move_campaign, "ScheduledRecordReschedule, Campaign", to(campaign_rescheduled), to(ready), kGiven,
     !kCounted, kClosed, "dial_sched_time"},
    {TransitionId::move_personal, "ScheduledRecordReschedule, Personal", to(personal_rescheduled), to(ready), kGiven,
     !kCounted, kClosed, "dial_sched_time; agent_id as given, else it stays, else the agent who held the record"},
    {TransitionId::reject, "RecordReject", kKept, to(ready), kKept, !kCounted, kClosed, ""},
    {TransitionId::cancel, "RequestRecordCancel", kKept, to(cancelled), to(call_result::kCancelRecord), !kCounted,
     kClosed, "AllChain: every row of the chain that is not terminal"},
    {TransitionId::do_not_call, "DoNotCall, or a preview that meets the do-not-call list", to(no_call), to(updated),
     to(call_result::kDoNotCall), !kCounted, kClosed, "an entry in the do-not-call list; AllChain: every row"},
    {TransitionId::chain_updated, "RecordProcessed on another row of the chain", kKept, to(RecordStatus::chain_updated),
     kKept, !kCounted, kNoHandle, ""},
    {TransitionId::missed_callback, "a personal callback is overdue by missed-callback-timeout", kKept,
     to(RecordStatus::missed_callback), to(call_result::kAgentCallBackError), !kCounted, kNoHandle, ""},
    {TransitionId::recalled,
     "outpostctl recall, for a missed callback",
     kKept,
     to(ready),
     {.value = call_result::kUnknown, .only_over = call_result::kAgentCallBackError},
     !kCounted,
     kNoHandle,
     "dial_sched_time"},
    {TransitionId::recycled, "outpostctl records recycle", to(general), to(ready), to(call_result::kUnknown), !kCounted,
     kNoHandle, "attempt, call_time and dial_sched_time become 0"},
    {TransitionId::given_back,
     "LogOut, session-timeout or unloading and no call result was reported, or nobody waits for its validation", kKept,
     to(ready), kKept, !kCounted, kClosed, ""},
    {TransitionId::stale, "LogOut, session-timeout or unloading; a call result was reported", kKept,
     to(RecordStatus::stale), kKept, kCounted, kClosed, ""},
    {TransitionId::validation_refused, "pre-dial validation says that it is not to be called", kKept, to(updated),
     kGiven, !kCounted, kClosed, "the result is the validator's, else validation-timeout-call-result"},
    {TransitionId::validation_failed, "pre-dial validation could not be done, or would have met an unsent report",
     kKept, to(ready), kGiven, !kCounted, kClosed,
     "the result is validation-timeout-call-result, or validation-race-condition-call-result; dial_sched_time is "
     "validation-retry-delay from now"},
};
static_assert([] {
  for (std::size_t i = 0; i < std::size(kTransitions); ++i) {
    if (kTransitions[i].id != static_cast<TransitionId>(i)) return false;
  }
  return true;
}());

}  // namespace

std::int32_t Change::apply(std::int32_t present, std::optional<std::int64_t> from_request) const {
  if (given && from_request) return static_cast<std::int32_t>(*from_request);
  if (!value || (only_over && *only_over != present)) return present;
  return *value;
}

std::span<const Transition> transitions() { return kTransitions; }

const Transition& transition(TransitionId id) { return kTransitions[static_cast<std::size_t>(id)]; }

}  // namespace outpost::protocol
