#include "protocol/outbound/requests.h"

#include <algorithm>
#include <iterator>

#include "common/text.h"

namespace outpost::protocol {

namespace {

using enum Use;

constexpr std::string_view kResources[] = {"records", "phones", "customer_ids", "lists", "campaigngroups"};

// --- What a request takes (ocs.md 3.3) -------------------------------------------------------------------------------

constexpr RequestAttribute kCommon[] = {
    {"GSW_APPLICATION_ID", target},
    {"GSW_TENANT_DBID", target},
    {"GSW_TENANT_NAME", target},
    {"GSW_REFERENCE_ID", optional},
};

constexpr RequestAttribute kAddRecord[] = {
    {"GSW_CALLING_LIST", path},
    {"GSW_PHONE", mandatory},
    {"GSW_TZ_NAME", mandatory},
    {"GSW_CAMPAIGN_NAME", optional},
    {"GSW_PHONE_TYPE", optional},
    {"GSW_FROM", optional},
    {"GSW_UNTIL", optional},
    {"GSW_RECORD_TYPE", optional},
    {"GSW_RECORD_STATUS", optional, static_cast<std::int32_t>(kNeverOfNewRecord)},
    {"GSW_CALL_RESULT", optional},
    {"GSW_ATTEMPTS", optional},
    {"GSW_CALL_TIME", optional},
    {"GSW_DATE_TIME", optional},
    {"GSW_AGENT_ID", optional},
    {"GSW_CHAIN_ID", optional},
    {"GSW_CUSTOMER_ID", optional},
};
constexpr RequestAttribute kProcessed[] = {
    {"GSW_RECORD_HANDLE", path},   {"GSW_CALL_RESULT", optional}, {"GSW_TREATMENT", optional},
    {"GSW_CAMPAIGN_NAME", target}, {"GSW_CALLING_LIST", target},  {"GSW_PHONE", target},
    {"GSW_CUSTOMER_ID", target},
};
constexpr RequestAttribute kUpdate[] = {
    {"GSW_RECORD_HANDLE", path},  {"GSW_CALL_RESULT", optional}, {"GSW_PHONE", optional}, {"GSW_PHONE_TYPE", optional},
    {"GSW_TZ_NAME", optional},    {"GSW_FROM", optional},        {"GSW_UNTIL", optional}, {"GSW_CAMPAIGN_NAME", target},
    {"GSW_CALLING_LIST", target}, {"GSW_CUSTOMER_ID", target},
};
constexpr RequestAttribute kReschedule[] = {
    {"GSW_RECORD_HANDLE", path},   {"GSW_DATE_TIME", mandatory}, {"GSW_CALLBACK_TYPE", optional},
    {"GSW_AGENT_ID", optional},    {"GSW_PHONE", optional},      {"GSW_CALL_RESULT", optional},
    {"GSW_CAMPAIGN_NAME", target}, {"GSW_CALLING_LIST", target}, {"GSW_CUSTOMER_ID", target},
};
constexpr RequestAttribute kHandleOnly[] = {
    {"GSW_RECORD_HANDLE", path}, {"GSW_CAMPAIGN_NAME", target}, {"GSW_CALLING_LIST", target},
    {"GSW_PHONE", target},       {"GSW_CUSTOMER_ID", target},
};
constexpr RequestAttribute kCancelRecord[] = {
    {"GSW_RECORD_HANDLE", path},  {"GSW_CHAIN_ATTR", optional}, {"GSW_CAMPAIGN_NAME", target},
    {"GSW_CALLING_LIST", target}, {"GSW_PHONE", target},        {"GSW_CUSTOMER_ID", target},
};
// Here GSW_CUSTOMER_ID says what the do-not-call entry is for.
constexpr RequestAttribute kDoNotCallRecord[] = {
    {"GSW_RECORD_HANDLE", path},   {"GSW_CHAIN_ATTR", optional}, {"GSW_CUSTOMER_ID", optional},
    {"GSW_CAMPAIGN_NAME", target}, {"GSW_CALLING_LIST", target}, {"GSW_PHONE", target},
};
constexpr RequestAttribute kByPhone[] = {
    {"GSW_PHONE", path},
    {"GSW_CHAIN_ATTR", optional},
    {"GSW_CALLING_LIST", optional},
    {"GSW_CAMPAIGN_NAME", optional},
    {"GSW_RECORD_HANDLE", target},
    {"GSW_CUSTOMER_ID", target},
};
constexpr RequestAttribute kByCustomer[] = {
    {"GSW_CUSTOMER_ID", path},       {"GSW_CHAIN_ATTR", optional},  {"GSW_CALLING_LIST", optional},
    {"GSW_CAMPAIGN_NAME", optional}, {"GSW_RECORD_HANDLE", target}, {"GSW_PHONE", target},
};
constexpr RequestAttribute kPreview[] = {
    {"GSW_CAMPAIGN_GROUP_DBID", path}, {"GSW_AGENT_ID", optional}, {"GSW_CAMPAIGN_NAME", target}};
constexpr RequestAttribute kGroupOnly[] = {{"GSW_CAMPAIGN_GROUP_DBID", path}, {"GSW_CAMPAIGN_NAME", target}};
constexpr RequestAttribute kLogOut[] = {
    {"GSW_CAMPAIGN_GROUP_DBID", path}, {"GSW_AGENT_ID", mandatory}, {"GSW_CAMPAIGN_NAME", target}};

// --- The matrix (ocs.md 1.3) -----------------------------------------------------------------------------------------

constexpr RequestTraits kPlain{};
constexpr RequestTraits kStoresCustom{.custom = true};
constexpr RequestTraits kReadsChain{.safe = true, .chain = true};
constexpr AnswerId kOutcomes[] = {AnswerId::campaign_loaded, AnswerId::campaign_started, AnswerId::campaign_stopped};
constexpr RequestTraits kReadsState{.safe = true, .besides = kOutcomes};
constexpr AnswerId kNoRecord[] = {AnswerId::preview_record_empty};
constexpr RequestTraits kTakesRecord{.besides = kNoRecord};
constexpr RequestTraits kEndsSession{.ends_session = true};

constexpr RequestRow kRequests[] = {
#define X(id, resource, request, alias, protocol, answer, traits, attributes, text, details) \
  {                                                                                          \
      traits,                                                                                \
      RequestId::id,                                                                         \
      #id,                                                                                   \
      Resource::resource,                                                                    \
      request,                                                                               \
      alias,                                                                                 \
      OutboundProtocol::protocol,                                                            \
      AnswerId::answer,                                                                      \
      attributes,                                                                            \
      text,                                                                                  \
      details},
    OUTPOST_REQUESTS(X)
#undef X
};

// --- What an answer holds (ocs.md 3.4) -------------------------------------------------------------------------------

constexpr std::string_view kAddRecordAcknowledge[] = {
    "GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",  "GSW_PHONE",    "GSW_TZ_NAME",
    "GSW_PHONE_TYPE",     "GSW_RECORD_TYPE",   "GSW_RECORD_STATUS", "GSW_CHAIN_ID", "GSW_CHAIN_N",
    "GSW_CALL_RESULT",    "GSW_ATTEMPTS",      "GSW_FROM",          "GSW_UNTIL"};
constexpr std::string_view kProcessedAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                      "GSW_RECORD_HANDLE", "GSW_TREATMENT"};
constexpr std::string_view kHandleAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                   "GSW_RECORD_HANDLE"};
constexpr std::string_view kRescheduleAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                       "GSW_RECORD_HANDLE",  "GSW_DATE_TIME",     "GSW_CALLBACK_TYPE"};
constexpr std::string_view kCancelAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                   "GSW_RECORD_HANDLE",  "GSW_PHONE",         "GSW_CHAIN_ATTR",
                                                   "GSW_MESSAGE"};
constexpr std::string_view kDoNotCallAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                      "GSW_RECORD_HANDLE",  "GSW_PHONE",         "GSW_CHAIN_ATTR",
                                                      "GSW_MESSAGE"};
// Behind GSW_CALL_ATTEMPT_GUID: the further keys that ocs.md 3.2 saw in a sample, and what a caller must know.
constexpr std::string_view kPreviewRecord[] = {"GSW_APPLICATION_ID",
                                               "GSW_CAMPAIGN_NAME",
                                               "GSW_CALLING_LIST",
                                               "GSW_RECORD_HANDLE",
                                               "GSW_PHONE",
                                               "GSW_CHAIN_ID",
                                               "GSW_TZ_OFFSET",
                                               "GSW_CALL_RESULT",
                                               "GSW_ATTEMPTS",
                                               "GSW_CALL_ATTEMPT_GUID",
                                               "GSW_RECORD_URI",
                                               "GSW_CAMPAIGN_GROUP_NAME",
                                               "GSW_CAMPAIGN_GROUP_DBID",
                                               "GSW_CALLING_LIST_DBID",
                                               "GSW_PHONE_TYPE",
                                               "GSW_TZ_NAME",
                                               "GSW_FROM",
                                               "GSW_UNTIL",
                                               "GSW_RECORD_TYPE",
                                               "GSW_RECORD_STATUS",
                                               "GSW_CHAIN_N",
                                               "GSW_CUSTOMER_ID",
                                               "GSW_AGENT_ID",
                                               "GSW_DATE_TIME",
                                               "GSW_CALLBACK_TYPE"};
constexpr std::string_view kPreviewRecordEmpty[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME"};
constexpr std::string_view kChainedRecord[] = {
    "GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_RECORD_HANDLE", "GSW_PHONE",
    "GSW_CALL_RESULT",    "GSW_CHAIN_ID",      "GSW_TZ_OFFSET",    "GSW_CHAIN_N",       "GSW_PHONE_TYPE",
    "GSW_TZ_NAME",        "GSW_FROM",          "GSW_UNTIL",        "GSW_RECORD_TYPE",   "GSW_RECORD_STATUS",
    "GSW_ATTEMPTS",       "GSW_CUSTOMER_ID",   "GSW_AGENT_ID",     "GSW_DATE_TIME"};
constexpr std::string_view kChainedRecordsDataEnd[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST",
                                                       "GSW_RECORD_HANDLE", "GSW_CHAIN_ID"};
constexpr std::string_view kCampaignState[] = {"GSW_APPLICATION_ID",
                                               "GSW_CAMPAIGN_NAME",
                                               "GSW_CAMPAIGN_DESCRIPTION",
                                               "GSW_CAMPAIGN_GROUP_NAME",
                                               "GSW_CAMPAIGN_GROUP_DESCRIPTION",
                                               "GSW_CAMPAIGN_GROUP_DBID"};
constexpr std::string_view kCampaignMode[] = {"GSW_APPLICATION_ID",
                                              "GSW_CAMPAIGN_NAME",
                                              "GSW_CAMPAIGN_DESCRIPTION",
                                              "GSW_CAMPAIGN_GROUP_NAME",
                                              "GSW_CAMPAIGN_GROUP_DESCRIPTION",
                                              "GSW_CAMPAIGN_GROUP_DBID",
                                              "GSW_CAMPAIGN_MODE"};
constexpr std::string_view kLogOutAcknowledge[] = {"GSW_APPLICATION_ID", "GSW_CAMPAIGN_NAME", "GSW_AGENT_ID",
                                                   "GSW_LOGOUT_TIME", "GSW_MESSAGE"};

// What an answer may lack: there is nothing to say, or the request named no record.
constexpr std::span<const std::string_view> kNone;
constexpr std::string_view kNoTreatment[] = {"GSW_TREATMENT"};
constexpr std::string_view kNotByContact[] = {"GSW_CAMPAIGN_NAME", "GSW_CALLING_LIST", "GSW_RECORD_HANDLE",
                                              "GSW_PHONE"};
constexpr std::string_view kNotOfEveryRecord[] = {"GSW_TZ_OFFSET",    "GSW_RECORD_URI", "GSW_TZ_NAME",
                                                  "GSW_CUSTOMER_ID",  "GSW_AGENT_ID",   "GSW_DATE_TIME",
                                                  "GSW_CALLBACK_TYPE"};
constexpr std::string_view kNotOfEveryRow[] = {"GSW_RECORD_HANDLE", "GSW_TZ_OFFSET", "GSW_TZ_NAME",
                                               "GSW_CUSTOMER_ID",   "GSW_AGENT_ID",  "GSW_DATE_TIME"};

constexpr AnswerRow kAnswers[] = {
#define X(id, event, attributes, may_lack, rest) {event, attributes, may_lack, Rest::rest},
    OUTPOST_ANSWERS(X)
#undef X
};

bool is_called(const RequestRow& row, std::string_view request) {
  return equal_ignoring_case(row.request, request) || (!row.alias.empty() && equal_ignoring_case(row.alias, request));
}

}  // namespace

std::string_view to_string(Resource resource) noexcept { return kResources[static_cast<std::size_t>(resource)]; }

std::optional<Resource> parse_resource(std::string_view segment) {
  for (std::size_t i = 0; i < std::size(kResources); ++i) {
    if (equal_ignoring_case(kResources[i], segment)) return static_cast<Resource>(i);
  }
  if (equal_ignoring_case("customerids", segment)) return Resource::customer_ids;
  return std::nullopt;
}

const RequestAttribute* RequestRow::find(std::string_view key) const {
  auto found = std::ranges::find(attributes, key, &RequestAttribute::key);
  return found == attributes.end() ? nullptr : &*found;
}

std::span<const RequestRow> requests() { return kRequests; }

bool is_known_request(std::string_view request) {
  return std::ranges::any_of(kRequests, [&](const RequestRow& row) { return is_called(row, request); });
}

const RequestRow* find_request(Resource resource, std::string_view request) {
  const auto* row = std::ranges::find_if(
      kRequests, [&](const RequestRow& r) { return r.resource == resource && is_called(r, request); });
  return row == std::end(kRequests) ? nullptr : row;
}

const RequestAttribute& path_attribute(const RequestRow& row) {
  return *std::ranges::find(row.attributes, path, &RequestAttribute::use);
}

bool asks_for_chain(std::string_view request) {
  return std::ranges::any_of(kRequests, [&](const RequestRow& row) { return row.chain && row.request == request; });
}

bool takes_record(std::string_view request) {
  return kRequests[static_cast<std::size_t>(RequestId::preview_record)].request == request;
}

std::span<const RequestAttribute> common_attributes() { return kCommon; }

std::span<const AnswerRow> answers() { return kAnswers; }

const AnswerRow& answer_row(AnswerId id) { return kAnswers[static_cast<std::size_t>(id)]; }

AnswerClass classify(const Event& answer) {
  constexpr int kOk = 200;
  constexpr int kNotUnderstood = 502;
  const std::string* name = answer.string("GSW_USER_EVENT");
  if (!name || name->empty()) return {kNotUnderstood};
  if (*name != "Error") return {kOk};
  const ErrorRow* row = find_error(answer.integer("GSW_ERROR_NUMBER").value_or(0));
  return row ? AnswerClass{row->http_status, row} : AnswerClass{kNotUnderstood};
}

bool is_idempotency_key(std::string_view key) noexcept {
  return key.size() <= kIdempotencyKeyBytesMax && std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace outpost::protocol
