#include "protocol/outbound/vocabulary.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <utility>

#include "common/integers.h"
#include "common/text.h"

namespace outpost::protocol {

// --- Enumerations ----------------------------------------------------------------------------------------------------

namespace {

// Order is number: ocs.md 4.2.
constexpr std::string_view kRecordTypes[] = {
    "NoRecordType",        "Unknown",          "General",          "CampaignRescheduled",
    "PersonalRescheduled", "PersonalCallBack", "CampaignCallBack", "NoCall"};

// ocs.md 4.3
constexpr std::string_view kRecordStatuses[] = {"NoRecordStatus", "Ready",        "Retrieved",
                                                "Updated",        "Stale",        "Cancelled",
                                                "AgentError",     "ChainUpdated", "MissedCallBack"};

// ocs.md 4.4
constexpr std::string_view kCallResults[] = {"Ok",
                                             "Transferred",
                                             "Conferenced",
                                             "GeneralError",
                                             "SystemError",
                                             "RemoteRelease",
                                             "Busy",
                                             "NoAnswer",
                                             "SITDetected",
                                             "AnsweringMachine",
                                             "AllTrunksBusy",
                                             "SITInvalidNum",
                                             "SITVacant",
                                             "SITOperIntercept",
                                             "SITUnknown",
                                             "SITNoCircuit",
                                             "SITReorder",
                                             "FaxDetected",
                                             "QueueFull",
                                             "Cleared",
                                             "Overflowed",
                                             "Abandoned",
                                             "Redirected",
                                             "Forwarded",
                                             "Consult",
                                             "Pickedup",
                                             "Dropped",
                                             "DroppedNoAnswer",
                                             "Unknown",
                                             "Covered",
                                             "ConverseOn",
                                             "Bridged",
                                             "Silence",
                                             "Answer",
                                             "NuTone",
                                             "NoDialTone",
                                             "NoProgress",
                                             "NoRingBack",
                                             "NoEstablishedDetected",
                                             "PagerDetected",
                                             "WrongParty",
                                             "DialError",
                                             "CallDropError",
                                             "SwitchError",
                                             "NoFreePortError",
                                             "TransferError",
                                             "Stale",
                                             "AgentCallBackError",
                                             "GroupCallBackError",
                                             "Deafened",
                                             "Held",
                                             "DoNotCall",
                                             "CancelRecord",
                                             "WrongNumber"};
static_assert(std::size(kCallResults) == 54);
static_assert(kCallResults[call_result::kUnknown] == "Unknown" && kCallResults[call_result::kAnswer] == "Answer" &&
              kCallResults[call_result::kAgentCallBackError] == "AgentCallBackError" &&
              kCallResults[call_result::kDoNotCall] == "DoNotCall" &&
              kCallResults[call_result::kCancelRecord] == "CancelRecord");

// ocs.md 4.5
constexpr std::string_view kContactTypes[] = {
    "NoContactType", "HomePhone", "DirectBusinessPhone", "BusinessWithExt", "Mobile",       "VacationPhone",
    "Pager",         "Modem",     "VoiceMail",           "PinPager",        "EmailAddress", "InstantMessaging"};

// ocs.md 3.5
constexpr std::string_view kDialModes[] = {"NoDialMode",       "Predict",         "Progress",   "Preview",
                                           "ProgressAndSeize", "PredictAndSeize", "Power",      "PowerAndSeize",
                                           "PushPreview",      "ProgressGVP",     "PredictGVP", "PowerGVP"};

// The same numbers under the names that GSW_CAMPAIGN_MODE carries: ocs.md 3.2. Assumption: "Engaged" is "AndSeize".
constexpr std::string_view kCampaignModes[] = {
    "NoDialMode", "Predictive",   "Progressive", "Preview",        "EngagedProgressive", "EngagedPredictive",
    "Power",      "EngagedPower", "PushPreview", "ProgressiveGVP", "PredictiveGVP",      "PowerGVP"};
static_assert(std::size(kDialModes) == std::size(kCampaignModes));

// ocs.md 3.5
constexpr std::string_view kGroupStates[] = {"NotLoaded", "WaitingUnload", "UnloadInProgress",
                                             "InActive",  "Active",        "Running"};

// ocs.md 3.2. Assumption: the numbers are our own; only the names are documented.
constexpr std::string_view kPersonalOrCampaign[] = {"Personal", "Campaign"};
constexpr std::string_view kChainAttributes[] = {"AllChain", "RecordOnly"};

constexpr Enumeration kRecordType{"record type", kRecordTypes};
constexpr Enumeration kRecordStatus{"record status", kRecordStatuses};
constexpr Enumeration kCallResult{"call result", kCallResults};
constexpr Enumeration kContactType{"contact type", kContactTypes};
constexpr Enumeration kDialMode{"dial mode", kDialModes};
constexpr Enumeration kCampaignModeNames{"campaign mode", kCampaignModes};
constexpr Enumeration kGroupState{"group state", kGroupStates};
constexpr Enumeration kCallbackType{"callback type", kPersonalOrCampaign};
constexpr Enumeration kTreatment{"treatment", kPersonalOrCampaign};
constexpr Enumeration kChainAttribute{"chain attribute", kChainAttributes};

}  // namespace

const Enumeration& record_types() { return kRecordType; }
const Enumeration& record_statuses() { return kRecordStatus; }
const Enumeration& call_results() { return kCallResult; }
const Enumeration& contact_types() { return kContactType; }
const Enumeration& dial_modes() { return kDialMode; }
const Enumeration& campaign_modes() { return kCampaignModeNames; }
const Enumeration& group_states() { return kGroupState; }
const Enumeration& callback_types() { return kCallbackType; }
const Enumeration& treatments() { return kTreatment; }
const Enumeration& chain_attributes() { return kChainAttribute; }

std::optional<std::int32_t> Enumeration::parse(std::string_view text) const {
  if (auto number = parse_integer(text)) {
    if (*number < 0 || *number >= static_cast<std::int64_t>(names.size())) return std::nullopt;
    return static_cast<std::int32_t>(*number);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equal_ignoring_case(names[i], text)) return static_cast<std::int32_t>(i);
  }
  return std::nullopt;
}

std::string Enumeration::name_of(std::int32_t number) const {
  if (number < 0 || static_cast<std::size_t>(number) >= names.size()) return std::to_string(number);
  return std::string(names[static_cast<std::size_t>(number)]);
}

bool is_terminal(RecordStatus status) noexcept {
  switch (status) {
    case RecordStatus::updated:
    case RecordStatus::stale:
    case RecordStatus::cancelled:
    case RecordStatus::agent_error: return true;
    default: return false;
  }
}

// --- Attributes ------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kUnknownFieldsBytesMax = 2048;

constexpr Attribute text(std::string_view key, std::size_t bytes_max, std::string_view meaning,
                         std::string_view example, std::string_view form = {}) {
  return {
      .key = key, .type = ValueType::text, .bytes_max = bytes_max, .text = meaning, .example = example, .form = form};
}
constexpr Attribute integer(std::string_view key, std::int64_t low, std::int64_t high, std::string_view meaning,
                            std::string_view example) {
  return {.key = key, .type = ValueType::integer, .low = low, .high = high, .text = meaning, .example = example};
}
constexpr Attribute number_of(std::string_view key, const Enumeration& (*names)(), std::string_view meaning) {
  return {.key = key, .type = ValueType::number_enum, .enumeration = names, .text = meaning};
}
constexpr Attribute name_of(std::string_view key, const Enumeration& (*names)(), std::string_view meaning) {
  return {.key = key, .type = ValueType::name_enum, .enumeration = names, .text = meaning};
}

// Sorted by key.
constexpr Attribute kAttributes[] = {
    text("GSW_AGENT_ID", kAgentBytesMax, "employee or login id of the agent", "agent7"),
    text("GSW_AGENT_REQ_TYPE", 64, "name of the request", "AddRecord"),
    integer("GSW_APPLICATION_ID", 0, kIntegerMax, "DBID of the outbound application; filled in when absent", "134"),
    integer("GSW_ATTEMPTS", 0, INT32_MAX, "number of attempts", "0"),
    name_of("GSW_CALLBACK_TYPE", callback_types, "kind of callback"),
    text("GSW_CALLING_LIST", kNameBytesMax, "name of the calling list", "Spring_2024"),
    integer("GSW_CALLING_LIST_DBID", 0, kIntegerMax, "DBID of the calling list", "301"),
    text("GSW_CALL_ATTEMPT_GUID", 32, "identity of the attempt", "7D0B1C2A44E94B6FA1E8C3D5F6071829"),
    number_of("GSW_CALL_RESULT", call_results, "result of the call"),
    integer("GSW_CALL_TIME", 0, kEpochMax, "last time dialed, seconds since 1970 UTC", "1793534400"),
    text("GSW_CAMPAIGN_DESCRIPTION", kDescriptionBytesMax, "description of the campaign", "Spring offer of 2024"),
    integer("GSW_CAMPAIGN_GROUP_DBID", 0, kIntegerMax, "DBID of the campaign group", "201"),
    text("GSW_CAMPAIGN_GROUP_DESCRIPTION", kDescriptionBytesMax, "description of the campaign group",
         "agents of the spring offer"),
    text("GSW_CAMPAIGN_GROUP_NAME", kNameBytesMax, "name of the campaign group", "Spring@Agents"),
    name_of("GSW_CAMPAIGN_MODE", campaign_modes, "dialing mode"),
    text("GSW_CAMPAIGN_NAME", kNameBytesMax, "name of the campaign", "Spring"),
    name_of("GSW_CHAIN_ATTR", chain_attributes, "whether a request means one record or its whole chain"),
    integer("GSW_CHAIN_ID", 0, kIntegerMax, "chain of the record", "15"),
    integer("GSW_CHAIN_N", 0, INT32_MAX, "position in the chain", "0"),
    text("GSW_CONTACT_MEDIA_TYPE", 64, "media of the contact", "voice"),
    text("GSW_CUSTOMER_ID", kCustomerIdBytesMax, "customer id", "C-1001"),
    text("GSW_DATE_TIME", 32,
         "MM/DD/YYYY HH:MM, 24-hour, in the record's time zone; of a callback not in the past (by more than two "
         "minutes)",
         "12/31/2090 17:05", kDateTimeForm),
    text("GSW_ERROR", kErrorTextBytesMax, "text of an error", "GSW_PHONE is needed for AddRecord"),
    integer("GSW_ERROR_NUMBER", INT32_MIN, INT32_MAX, "number of an error", "103"),
    integer("GSW_FROM", 0, kDaySeconds, "start of the daily window, seconds since midnight; less than GSW_UNTIL",
            "28800"),
    integer("GSW_LOGOUT_TIME", 0, kEpochMax, "time of logging out, seconds since 1970 UTC", "1793534400"),
    text("GSW_MESSAGE", 255, "text that comes with an acknowledgement", "1 record was cancelled"),
    text("GSW_PHONE", kContactBytesMax,
         "contact info: phone number or other address; it compares by what a person reads", "+15550100"),
    number_of("GSW_PHONE_TYPE", contact_types, "kind of contact info"),
    integer("GSW_RECORD_HANDLE", 0, kIntegerMax, "handle under which a record was retrieved", "1"),
    number_of("GSW_RECORD_STATUS", record_statuses, "status of the record"),
    number_of("GSW_RECORD_TYPE", record_types, "type of the record"),
    text("GSW_RECORD_URI", 1024, "URI of the record", "http://outpost.example:8080/records/1"),
    {.key = "GSW_REFERENCE_ID", .type = ValueType::any, .text = "the client's own mark; comes back with the answer"},
    integer("GSW_SWITCH_DBID", 0, kIntegerMax, "DBID of the switch", "101"),
    integer("GSW_TENANT_DBID", 0, kIntegerMax, "DBID of the tenant", "1"),
    text("GSW_TENANT_NAME", kNameBytesMax, "name of the tenant", "Environment"),
    name_of("GSW_TREATMENT", treatments, "who treats the record on"),
    text("GSW_TZ_NAME", kNameBytesMax, "name of the time-zone object, e.g. PST", "PST"),
    integer("GSW_TZ_OFFSET", -kDaySeconds, kDaySeconds, "seconds from UTC", "-28800"),
    text("GSW_UNKNOWN_FIELDS", kUnknownFieldsBytesMax,
         "fields of the request that were not stored, and what they may mean", "first (is FIRST meant?)"),
    integer("GSW_UNTIL", 0, kDaySeconds, "end of the daily window, seconds since midnight; more than GSW_FROM",
            "64800"),
    text("GSW_USER_EVENT", 64, "name of the event", "PreviewRecord"),
};
static_assert(std::ranges::adjacent_find(kAttributes, std::ranges::greater_equal{}, &Attribute::key) ==
                  std::ranges::end(kAttributes),
              "attributes are sorted by key, each once");

// A table of places in kAttributes, from 1, by a few letters of the key: each event that comes in is looked up by it.
constexpr std::string_view kKeyPrefix = "GSW_";
constexpr std::size_t kKeyBytesMin = 8;
constexpr std::size_t kSlots = 256;

constexpr std::size_t slot_of(std::string_view key) {
  auto letter = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(key[i])); };
  std::size_t last = key.size() - 1;
  // Factors under which no two of the attributes meet today.
  return (key.size() * 31 + letter(last) * 21 + letter(last - 1) * 61 + letter(key.size() / 2) * 22 + letter(4) * 27) %
         kSlots;
}

constexpr std::array<std::uint8_t, kSlots> kPlaces = [] {
  static_assert(std::size(kAttributes) < kSlots / 4, "a key that is not there must be told by a look or two");
  std::array<std::uint8_t, kSlots> places{};
  for (std::size_t i = 0; i < std::size(kAttributes); ++i) {
    std::size_t slot = slot_of(kAttributes[i].key);
    while (places[slot] != 0) slot = (slot + 1) % kSlots;
    places[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return places;
}();
static_assert(std::ranges::all_of(kAttributes, [](const Attribute& row) {
  return row.key.size() >= kKeyBytesMin && row.key.starts_with(kKeyPrefix);
}));

Result<Event::Value> canonical_text(const Attribute& attribute, Event::Value value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) value = std::to_string(*number);
  if (std::get<std::string>(value).size() > attribute.bytes_max) {
    return fail(Errc::invalid, "{} must have at most {} bytes", attribute.key, attribute.bytes_max);
  }
  return value;
}

Result<Event::Value> canonical_integer(const Attribute& attribute, const Event::Value& value) {
  const auto* digits = std::get_if<std::string>(&value);
  std::optional<std::int64_t> number = digits ? parse_integer(*digits) : std::get<std::int64_t>(value);
  if (number && *number >= attribute.low && *number <= attribute.high) return Event::Value(*number);
  return fail(Errc::invalid, "{} must be an integer from {} to {}", attribute.key, attribute.low, attribute.high);
}

Result<Event::Value> canonical_enum(const Attribute& attribute, const Event::Value& value) {
  const Enumeration& names = attribute.enumeration();
  const auto* word = std::get_if<std::string>(&value);
  auto number = names.parse(word ? std::string_view(*word) : std::to_string(std::get<std::int64_t>(value)));
  if (!number) {
    std::size_t last = names.names.size() - 1;
    // Two names fit into a sentence; of many the manual has the list.
    return last == 1 ? fail(Errc::invalid, "{} must be {} or {}", attribute.key, names.names[0], names.names[1])
                     : fail(Errc::invalid, "{} must be a {}: a number from 0 to {} or its name, e.g. {}", attribute.key,
                            names.name, last, names.names[last]);
  }
  if (attribute.type == ValueType::number_enum) return Event::Value(static_cast<std::int64_t>(*number));
  return Event::Value(names.name_of(*number));
}

}  // namespace

std::span<const Attribute> attributes() { return kAttributes; }

const Attribute* find_attribute(std::string_view key) {
  if (key.size() < kKeyBytesMin || !key.starts_with(kKeyPrefix)) return nullptr;
  for (std::size_t slot = slot_of(key);; slot = (slot + 1) % kSlots) {
    std::uint8_t place = kPlaces[slot];
    if (place == 0) return nullptr;
    if (const Attribute& row = kAttributes[place - 1]; row.key == key) return &row;
  }
}

EventKey::EventKey(std::string_view text) {
  if (const Attribute* row = find_attribute(text)) {
    form_ = kKnown;
    put_pointer(row);
  } else {
    put_text(text);
  }
}

void EventKey::put_text(std::string_view text) {
  if (text.size() <= kInside) {
    text.copy(bytes_, text.size());
    form_ = static_cast<std::uint8_t>(text.size());
    return;
  }
  ENSURE(text.size() <= UINT32_MAX, "a key is larger than any frame");
  auto size = static_cast<std::uint32_t>(text.size());
  char* owned = new char[size];
  text.copy(owned, size);
  put_pointer(owned);
  std::memcpy(bytes_ + sizeof(void*), &size, sizeof size);
  form_ = kOwned;
}

Result<Event::Value> canonical_value(const Attribute& attribute, Event::Value value) {
  switch (attribute.type) {
    case ValueType::text: return canonical_text(attribute, std::move(value));
    case ValueType::integer: return canonical_integer(attribute, value);
    case ValueType::number_enum:
    case ValueType::name_enum: return canonical_enum(attribute, value);
    case ValueType::any: break;
  }
  return std::holds_alternative<std::string>(value) ? canonical_text(attribute, std::move(value)) : std::move(value);
}

// --- Errors ----------------------------------------------------------------------------------------------------------

namespace {

constexpr ErrorRow kErrors[] = {
#define X(number, id, name, status) {ErrorNumber::id, name, status},
    OUTPOST_PROTOCOL_ERRORS(X)
#undef X
};

}  // namespace

std::span<const ErrorRow> errors() { return kErrors; }

const ErrorRow* find_error(std::int64_t number) {
  const auto* row = std::ranges::find(
      kErrors, number, [](const ErrorRow& r) { return std::int64_t{static_cast<std::int32_t>(r.number)}; });
  return row == std::end(kErrors) ? nullptr : row;
}

Event error_event(ErrorNumber number, std::string_view text) {
  std::size_t end = std::min(text.size(), kErrorTextBytesMax);
  // Never half a character: step back over the continuation bytes of the one that was cut.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  Event event;
  event.add("GSW_USER_EVENT", "Error");
  event.add("GSW_ERROR_NUMBER", std::int64_t{static_cast<std::int32_t>(number)});
  event.add("GSW_ERROR", text.substr(0, end));
  return event;
}

}  // namespace outpost::protocol
