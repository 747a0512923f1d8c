// The words of the outbound protocols, declared once as data: enumerations, attributes, error numbers.
// Source: ocs.md sections 3 and 4. Rows tagged [design] there are our own choices; they live only here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/outbound/attribute.h"
#include "protocol/outbound/event.h"

namespace outpost::protocol {

// --- Enumerations (ocs.md 4.2 to 4.5, 3.2) ---------------------------------------------------------------------------

enum class RecordType : std::int32_t {
  no_record_type = 0,
  unknown = 1,
  general = 2,
  campaign_rescheduled = 3,
  personal_rescheduled = 4,
  personal_callback = 5,
  campaign_callback = 6,
  no_call = 7,
};

enum class RecordStatus : std::int32_t {
  no_record_status = 0,
  ready = 1,
  retrieved = 2,
  updated = 3,
  stale = 4,
  cancelled = 5,
  agent_error = 6,
  chain_updated = 7,
  missed_callback = 8,
};
// Source: ocs.md 4.6 [design].
bool is_terminal(RecordStatus status) noexcept;
// A new record cannot have it: nobody would hold its handle.
inline constexpr RecordStatus kNeverOfNewRecord = RecordStatus::retrieved;

// Only the results that the engine itself sets or looks for; the names of all are in call_results().
namespace call_result {
inline constexpr std::int32_t kUnknown = 28;
inline constexpr std::int32_t kAnswer = 33;
inline constexpr std::int32_t kAgentCallBackError = 47;
inline constexpr std::int32_t kDoNotCall = 51;
inline constexpr std::int32_t kCancelRecord = 52;
}  // namespace call_result

enum class OutboundProtocol : std::uint8_t { desktop, third_party };

enum class DialMode : std::int32_t {
  no_dial_mode = 0,
  predict = 1,
  progress = 2,
  preview = 3,
  progress_and_seize = 4,
  predict_and_seize = 5,
  power = 6,
  power_and_seize = 7,
  push_preview = 8,
  progress_gvp = 9,
  predict_gvp = 10,
  power_gvp = 11,
};

enum class GroupState : std::int32_t {
  not_loaded = 0,
  waiting_unload = 1,
  unload_in_progress = 2,
  inactive = 3,
  active = 4,
  running = 5,
};

// The names of an enumeration; a name's number is its position.
struct Enumeration {
  std::string_view name;
  std::span<const std::string_view> names;

  // A name (case-insensitive) or a decimal number in range; nothing otherwise.
  [[nodiscard]] std::optional<std::int32_t> parse(std::string_view text) const;
  // The name, or the number as text when it has none: unknown numbers are kept, never rewritten.
  [[nodiscard]] std::string name_of(std::int32_t number) const;
};

const Enumeration& record_types();
const Enumeration& record_statuses();
const Enumeration& call_results();
const Enumeration& contact_types();
const Enumeration& dial_modes();
const Enumeration& campaign_modes();  // the same numbers under the names of GSW_CAMPAIGN_MODE
const Enumeration& group_states();
const Enumeration& callback_types();    // Personal, Campaign (ours: 0, 1; travels as a name)
const Enumeration& treatments();        // Personal, Campaign
const Enumeration& chain_attributes();  // AllChain, RecordOnly

// --- Limits ----------------------------------------------------------------------------------------------------------

// Lengths in bytes: those of the columns of ocs.md 4.1; a name, as well as a customer id, is the id in a path (1.1).
inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kDescriptionBytesMax = 255;
inline constexpr std::size_t kContactBytesMax = 128;
inline constexpr std::size_t kAgentBytesMax = 32;
inline constexpr std::size_t kCustomerIdBytesMax = kNameBytesMax;

// How a date and time is written (ocs.md 3.2): each letter stands for a digit.
inline constexpr std::string_view kDateTimeForm = "MM/DD/YYYY HH:MM";

// Keys of a request's body, and so custom fields of a record and columns of an imported file (ocs.md 2.1).
inline constexpr std::size_t kBodyKeysMax = 512;
// Most records of one chain, so that what concerns a chain stays bounded and its records fit into one answer
// (ocs.md 5.2).
inline constexpr std::int32_t kChainRecordsMax = 1000;

// --- Attributes (ocs.md 3.2; attribute.h) ----------------------------------------------------------------------------

// Gives a value the type and canonical form of its attribute. The error is one sentence that names the key and what is
// valid and never repeats what was given.
Result<Event::Value> canonical_value(const Attribute& attribute, Event::Value value);

// --- Errors (ocs.md 3.6) ---------------------------------------------------------------------------------------------

#define OUTPOST_PROTOCOL_ERRORS(X)                               \
  X(101, unknown_request, "UnknownRequest", 501)                 \
  X(102, wrong_resource, "WrongResource", 400)                   \
  X(103, missing_attribute, "MissingAttribute", 400)             \
  X(104, invalid_attribute, "InvalidAttribute", 400)             \
  X(105, malformed_body, "MalformedBody", 400)                   \
  X(106, contradicting_target, "ContradictingTarget", 400)       \
  X(110, record_not_found, "RecordNotFound", 404)                \
  X(111, calling_list_not_found, "CallingListNotFound", 404)     \
  X(112, campaign_group_not_found, "CampaignGroupNotFound", 404) \
  X(113, tenant_not_found, "TenantNotFound", 404)                \
  X(114, campaign_not_found, "CampaignNotFound", 404)            \
  X(115, contact_not_found, "ContactNotFound", 404)              \
  X(120, record_finalized, "RecordFinalized", 409)               \
  X(121, campaign_not_loaded, "CampaignNotLoaded", 409)          \
  X(122, campaign_not_running, "CampaignNotRunning", 409)        \
  X(123, wrong_dial_mode, "WrongDialMode", 409)                  \
  X(124, wrong_application, "WrongApplication", 409)             \
  X(130, database_error, "DatabaseError", 500)                   \
  X(131, internal_error, "InternalError", 500)                   \
  X(132, timeout, "Timeout", 504)                                \
  X(133, not_primary, "NotPrimary", 503)                         \
  X(134, overload, "Overload", 503)                              \
  X(135, store_unavailable, "StoreUnavailable", 503)

enum class ErrorNumber : std::int32_t {
#define X(number, id, name, status) id = (number),
  OUTPOST_PROTOCOL_ERRORS(X)
#undef X
};

struct ErrorRow {
  ErrorNumber number;
  std::string_view name;
  int http_status;
};
std::span<const ErrorRow> errors();
// Nothing for a number that is not in the table.
const ErrorRow* find_error(std::int64_t number);

// A request's failure on its way to becoming an Error event.
struct RequestError {
  ErrorNumber number;
  std::string text;  // English, one line, at most kErrorTextBytesMax bytes, never request bytes
};
inline constexpr std::size_t kErrorTextBytesMax = 200;

// The Error event: GSW_USER_EVENT, GSW_ERROR_NUMBER, GSW_ERROR; text cut to its limit.
Event error_event(ErrorNumber number, std::string_view text);

}  // namespace outpost::protocol
