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
  mandatory,  // given by the body
  optional,   // has an effect when it is given
  target,     // names the target once more: contradicting is an error
};

struct RequestAttribute {
  std::string_view key;
  Use use;
};

// Answers (ocs.md 3.4): id, GSW_USER_EVENT, attributes, what follows them. The names with k are those of requests.cpp.
#define OUTPOST_ANSWERS(X)                                                                                            \
  X(add_record_acknowledge, "AddRecordAcknowledge", kAddRecordAcknowledge, request)                                   \
  X(record_processed_acknowledge, "RecordProcessedAcknowledge", kProcessedAcknowledge, request)                       \
  X(update_call_completion_stats_acknowledge, "UpdateCallCompletionStatsAcknowledge", kHandleAcknowledge, request)    \
  X(record_reschedule_acknowledge, "RecordRescheduleAcknowledge", kRescheduleAcknowledge, request)                    \
  X(scheduled_record_reschedule_acknowledge, "ScheduledRecordRescheduleAcknowledge", kRescheduleAcknowledge, request) \
  X(record_reject_acknowledge, "RecordRejectAcknowledge", kHandleAcknowledge, request)                                \
  X(record_cancel_acknowledge, "RecordCancelAcknowledge", kCancelAcknowledge, request)                                \
  X(do_not_call_acknowledge, "DoNotCallAcknowledge", kDoNotCallAcknowledge, request)                                  \
  X(preview_record, "PreviewRecord", kPreviewRecord, record)                                                          \
  X(preview_record_empty, "PreviewRecordEmpty", kPreviewRecordEmpty, none)                                            \
  X(chained_record, "ChainedRecord", kChainedRecord, record)                                                          \
  X(chained_records_data_end, "ChainedRecordsDataEnd", kChainedRecordsDataEnd, none)                                  \
  X(campaign_loaded, "CampaignLoaded", kCampaignState, none)                                                          \
  X(campaign_unloaded, "CampaignUnloaded", kCampaignState, none)                                                      \
  X(campaign_started, "CampaignStarted", kCampaignMode, none)                                                         \
  X(campaign_stopped, "CampaignStopped", kCampaignMode, none)                                                         \
  X(log_out_acknowledge, "LogOutAcknowledge", kLogOutAcknowledge, request)

enum class AnswerId : std::uint8_t {
#define X(id, ...) id,
  OUTPOST_ANSWERS(X)
#undef X
};

// The matrix (ocs.md 1.3): id, resource, request, alias, protocol, answer, traits, attributes. The names with k are
// those of requests.cpp; the engine has a function of the name of the id. LogOut is on campaign groups, where an
// agent's session begins: ocs.md 3.1 names the request and no resource.
#define OUTPOST_REQUESTS(X)                                                                                         \
  X(add_record, lists, "AddRecord", "", desktop, add_record_acknowledge, kStoresCustom, kAddRecord)                 \
  X(record_processed, records, "RecordProcessed", "", desktop, record_processed_acknowledge, kStoresCustom,         \
    kProcessed)                                                                                                     \
  X(update_call_completion_stats, records, "UpdateCallCompletionStats", "", desktop,                                \
    update_call_completion_stats_acknowledge, kStoresCustom, kUpdate)                                               \
  X(record_reschedule, records, "RecordReschedule", "", desktop, record_reschedule_acknowledge, kStoresCustom,      \
    kReschedule)                                                                                                    \
  X(scheduled_record_reschedule, records, "ScheduledRecordReschedule", "", desktop,                                 \
    scheduled_record_reschedule_acknowledge, kStoresCustom, kReschedule)                                            \
  X(record_reject, records, "RecordReject", "", desktop, record_reject_acknowledge, kPlain, kHandleOnly)            \
  X(cancel_record, records, "RequestRecordCancel", "RecordCancel", desktop, record_cancel_acknowledge, kPlain,      \
    kCancelRecord)                                                                                                  \
  X(do_not_call_record, records, "DoNotCall", "", desktop, do_not_call_acknowledge, kPlain, kDoNotCallRecord)       \
  X(chained_record_request, records, "ChainedRecordRequest", "", desktop, chained_records_data_end, kReadsChain,    \
    kHandleOnly)                                                                                                    \
  X(do_not_call_phone, phones, "DoNotCall", "", third_party, do_not_call_acknowledge, kPlain, kByPhone)             \
  X(cancel_phone, phones, "RequestRecordCancel", "RecordCancel", third_party, record_cancel_acknowledge, kPlain,    \
    kByPhone)                                                                                                       \
  X(do_not_call_customer, customer_ids, "DoNotCall", "", third_party, do_not_call_acknowledge, kPlain, kByCustomer) \
  X(cancel_customer, customer_ids, "RequestRecordCancel", "RecordCancel", third_party, record_cancel_acknowledge,   \
    kPlain, kByCustomer)                                                                                            \
  X(preview_record, campaign_groups, "PreviewRecordRequest", "", desktop, preview_record, kPlain, kPreview)         \
  X(campaign_status, campaign_groups, "CampaignStatusRequest", "", desktop, campaign_unloaded, kReadsState,         \
    kGroupOnly)                                                                                                     \
  X(log_out, campaign_groups, "LogOut", "", desktop, log_out_acknowledge, kEndsSession, kLogOut)

enum class RequestId : std::uint8_t {
#define X(id, ...) id,
  OUTPOST_REQUESTS(X)
#undef X
};

// What is special about a request.
struct RequestTraits {
  bool safe = false;          // changes nothing: GET and HEAD are allowed too
  bool custom = false;        // custom fields are stored
  bool by_outcome = false;    // the answer is one of several
  bool chain = false;         // answered with a whole chain: the one answer that may be large
  bool ends_session = false;  // that of its agent
};

// One cell of the resource x request matrix.
struct RequestRow : RequestTraits {
  RequestId id;
  Resource resource;
  std::string_view request;  // canonical req, value of GSW_AGENT_REQ_TYPE
  std::string_view alias;    // another spelling that is accepted, or empty
  OutboundProtocol protocol;
  AnswerId answer;
  std::span<const RequestAttribute> attributes;

  [[nodiscard]] const RequestAttribute* find(std::string_view key) const;
};

// In the order of RequestId.
std::span<const RequestRow> requests();
// Whether any resource knows this request (case-insensitive, aliases included).
bool is_known_request(std::string_view request);
const RequestRow* find_request(Resource resource, std::string_view request);
// By its canonical name: whether it is answered with a whole chain.
bool asks_for_chain(std::string_view request);

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
