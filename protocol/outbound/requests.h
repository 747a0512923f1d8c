// The requests and answers of the outbound protocols, declared once as data: resource x request, the attributes of each
// and how they are used, the attributes of each answer. Translation, checks, answers and the manual follow these
// tables, and so do the handlers of the engine. Source: ocs.md 1.3, 1.4, 3.1, 3.3, 3.4. Rows tagged [design] there are
// our own choices; they live only here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

enum class Resource : std::uint8_t { records, phones, customer_ids, lists, campaign_groups };
std::string_view to_string(Resource resource) noexcept;
// Case-insensitive, with the alias "customerids".
std::optional<Resource> parse_resource(std::string_view segment);

// How a request uses an attribute. Those that no row names are carried through to the answer.
enum class Use : std::uint8_t {
  path,       // given by the URI
  mandatory,  // given by the body, and not empty
  optional,   // has an effect when it is given
  target,     // names the target once more: contradicting is an error
};

struct RequestAttribute {
  std::string_view key;
  Use use;
  std::int32_t never = -1;  // number of an enumeration that this request refuses; -1: none
};

// Answers (ocs.md 3.4): id, GSW_USER_EVENT, attributes, those of them that it may lack, what follows them. The names
// with k are those of requests.cpp.
#define OUTPOST_ANSWERS(X)                                                                                          \
  X(add_record_acknowledge, "AddRecordAcknowledge", kAddRecordAcknowledge, kNone, request)                          \
  X(record_processed_acknowledge, "RecordProcessedAcknowledge", kProcessedAcknowledge, kNoTreatment, request)       \
  X(update_call_completion_stats_acknowledge, "UpdateCallCompletionStatsAcknowledge", kHandleAcknowledge, kNone,    \
    request)                                                                                                        \
  X(record_reschedule_acknowledge, "RecordRescheduleAcknowledge", kRescheduleAcknowledge, kNone, request)           \
  X(scheduled_record_reschedule_acknowledge, "ScheduledRecordRescheduleAcknowledge", kRescheduleAcknowledge, kNone, \
    request)                                                                                                        \
  X(record_reject_acknowledge, "RecordRejectAcknowledge", kHandleAcknowledge, kNone, request)                       \
  X(record_cancel_acknowledge, "RecordCancelAcknowledge", kCancelAcknowledge, kNotByContact, request)               \
  X(do_not_call_acknowledge, "DoNotCallAcknowledge", kDoNotCallAcknowledge, kNotByContact, request)                 \
  X(preview_record, "PreviewRecord", kPreviewRecord, kNotOfEveryRecord, record)                                     \
  X(preview_record_empty, "PreviewRecordEmpty", kPreviewRecordEmpty, kNone, none)                                   \
  X(chained_record, "ChainedRecord", kChainedRecord, kNotOfEveryRow, record)                                        \
  X(chained_records_data_end, "ChainedRecordsDataEnd", kChainedRecordsDataEnd, kNone, none)                         \
  X(campaign_loaded, "CampaignLoaded", kCampaignState, kNone, none)                                                 \
  X(campaign_unloaded, "CampaignUnloaded", kCampaignState, kNone, none)                                             \
  X(campaign_started, "CampaignStarted", kCampaignMode, kNone, none)                                                \
  X(campaign_stopped, "CampaignStopped", kCampaignMode, kNone, none)                                                \
  X(log_out_acknowledge, "LogOutAcknowledge", kLogOutAcknowledge, kNone, request)

enum class AnswerId : std::uint8_t {
#define X(id, ...) id,
  OUTPOST_ANSWERS(X)
#undef X
};

// The matrix (ocs.md 1.3): id, resource, request, alias, protocol, answer, traits, attributes, what it does, what to
// know. The names with k are those of requests.cpp; the engine has a function of the name of the id. LogOut is on
// campaign groups, where an agent's session begins: ocs.md 3.1 names the request and no resource.
#define OUTPOST_REQUESTS(X)                                                                                         \
  X(add_record, lists, "AddRecord", "", desktop, add_record_acknowledge, kStoresCustom, kAddRecord,                 \
    "Adds a record to a calling list.",                                                                             \
    "GSW_CAMPAIGN_NAME is needed unless the list serves exactly one loaded campaign, GSW_AGENT_ID for the personal" \
    " record types 4 and 5. With an Idempotency-Key it may be sent again after a time-out or a broken connection: " \
    "one record is made.")                                                                                          \
  X(record_processed, records, "RecordProcessed", "", desktop, record_processed_acknowledge, kStoresCustom,         \
    kProcessed, "Reports the result of a record; it is done.",                                                      \
    "Ends the handle, and the other records of the chain are not called any more.")                                 \
  X(update_call_completion_stats, records, "UpdateCallCompletionStats", "", desktop,                                \
    update_call_completion_stats_acknowledge, kStoresCustom, kUpdate, "Changes a record that an agent holds.",      \
    "At least one of its own attributes or one custom field that the calling list declares is needed.")             \
  X(record_reschedule, records, "RecordReschedule", "", desktop, record_reschedule_acknowledge, kStoresCustom,      \
    kReschedule, "Makes a callback of a record.",                                                                   \
    "The due time is in the record's time zone and not in the past. A personal callback needs GSW_AGENT_ID when "   \
    "the record was retrieved without an agent.")                                                                   \
  X(scheduled_record_reschedule, records, "ScheduledRecordReschedule", "", desktop,                                 \
    scheduled_record_reschedule_acknowledge, kStoresCustom, kReschedule, "Moves a callback to another time.",       \
    "The record must be a callback already; the attempt is not counted.")                                           \
  X(record_reject, records, "RecordReject", "", desktop, record_reject_acknowledge, kPlain, kHandleOnly,            \
    "Gives a record back uncalled.", "It is ready for the next preview.")                                           \
  X(cancel_record, records, "RequestRecordCancel", "RecordCancel", desktop, record_cancel_acknowledge, kPlain,      \
    kCancelRecord, "Cancels a record, or its whole chain.", "GSW_CHAIN_ATTR is AllChain when it is absent.")        \
  X(do_not_call_record, records, "DoNotCall", "", desktop, do_not_call_acknowledge, kPlain, kDoNotCallRecord,       \
    "Puts the contact of a record on the do-not-call list.",                                                        \
    "GSW_CHAIN_ATTR is RecordOnly when it is absent; with GSW_CUSTOMER_ID the entry is for the customer id.")       \
  X(chained_record_request, records, "ChainedRecordRequest", "", desktop, chained_records_data_end, kReadsChain,    \
    kHandleOnly, "Reads the other records of a chain.", "Answered with all of them at once.")                       \
  X(do_not_call_phone, phones, "DoNotCall", "", third_party, do_not_call_acknowledge, kPlain, kByPhone,             \
    "Puts a phone on the do-not-call list.",                                                                        \
    "GSW_CHAIN_ATTR is RecordOnly when it is absent. A server of several tenants needs the tenant.")                \
  X(cancel_phone, phones, "RequestRecordCancel", "RecordCancel", third_party, record_cancel_acknowledge, kPlain,    \
    kByPhone, "Cancels the records of a phone.",                                                                    \
    "GSW_CHAIN_ATTR is AllChain when it is absent. A server of several tenants needs the tenant.")                  \
  X(do_not_call_customer, customer_ids, "DoNotCall", "", third_party, do_not_call_acknowledge, kPlain, kByCustomer, \
    "Puts a customer on the do-not-call list.",                                                                     \
    "GSW_CHAIN_ATTR is RecordOnly when it is absent. A server of several tenants needs the tenant.")                \
  X(cancel_customer, customer_ids, "RequestRecordCancel", "RecordCancel", third_party, record_cancel_acknowledge,   \
    kPlain, kByCustomer, "Cancels the records of a customer.",                                                      \
    "GSW_CHAIN_ATTR is AllChain when it is absent. A server of several tenants needs the tenant.")                  \
  X(preview_record, campaign_groups, "PreviewRecordRequest", "", desktop, preview_record, kTakesRecord, kPreview,   \
    "Takes the next record of a campaign group.",                                                                   \
    "The group must be running in Preview or PushPreview mode. With GSW_AGENT_ID the callbacks of this agent come " \
    "first. PreviewRecordEmpty: nothing is due. With pre-dial-validation the answer takes as long as the "          \
    "validator, at most http-request-timeout; one that it refuses is left out. 131 or 132 says when that failed: "  \
    "ask again for the next record.")                                                                               \
  X(campaign_status, campaign_groups, "CampaignStatusRequest", "", desktop, campaign_unloaded, kReadsState,         \
    kGroupOnly, "Asks for the state of a campaign group.", "Which event answers is the state.")                     \
  X(log_out, campaign_groups, "LogOut", "", desktop, log_out_acknowledge, kEndsSession, kLogOut,                    \
    "Ends an agent's session.", "The records that the agent holds are given back.")

enum class RequestId : std::uint8_t {
#define X(id, ...) id,
  OUTPOST_REQUESTS(X)
#undef X
};

// What is special about a request.
struct RequestTraits {
  bool safe = false;                       // changes nothing: GET and HEAD are allowed too
  bool custom = false;                     // custom fields are stored
  std::span<const AnswerId> besides = {};  // answers that it may have as well, by outcome
  bool chain = false;                      // answered with a whole chain: the one answer that may be large
  bool ends_session = false;               // that of its agent
};

// One cell of the resource x request matrix.
struct RequestRow : RequestTraits {
  RequestId id;
  std::string_view name;  // of the id
  Resource resource;
  std::string_view request;  // canonical req, value of GSW_AGENT_REQ_TYPE
  std::string_view alias;    // another spelling that is accepted, or empty
  OutboundProtocol protocol;
  AnswerId answer;
  std::span<const RequestAttribute> attributes;
  std::string_view text;     // for the manual: what it does
  std::string_view details;  // and what to know besides

  [[nodiscard]] const RequestAttribute* find(std::string_view key) const;
};

// In the order of RequestId.
std::span<const RequestRow> requests();
// Whether any resource knows this request (case-insensitive, aliases included).
bool is_known_request(std::string_view request);
const RequestRow* find_request(Resource resource, std::string_view request);
// What names the resource in the path.
const RequestAttribute& path_attribute(const RequestRow& row);
// By its canonical name: whether it is answered with a whole chain.
bool asks_for_chain(std::string_view request);
// Whether it is the name of the request that takes a record out of its list.
bool takes_record(std::string_view request);

// What every request may carry besides: application, tenant, reference.
std::span<const RequestAttribute> common_attributes();

// What follows the attributes of an answer.
enum class Rest : std::uint8_t {
  none,
  request,  // what else the request carried
  record,   // the custom fields of the record
};

struct AnswerRow {
  std::string_view event;                        // GSW_USER_EVENT
  std::span<const std::string_view> attributes;  // in this order, each as far as there is a value for it
  std::span<const std::string_view> may_lack;    // those for which there may be none
  Rest rest;
};

// In the order of AnswerId.
std::span<const AnswerRow> answers();
const AnswerRow& answer_row(AnswerId id);

// What an answer says of its request. An acknowledgement echoes what it does not know, so only an Error has a number.
struct AnswerClass {
  int http_status;  // 200, the error's, or 502 for an answer that says neither
  const ErrorRow* error = nullptr;
};
AnswerClass classify(const Event& answer);

// Header Idempotency-Key: printable ASCII without blanks.
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
bool is_idempotency_key(std::string_view key) noexcept;

}  // namespace outpost::protocol
