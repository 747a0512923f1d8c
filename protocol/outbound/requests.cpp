#include "protocol/outbound/requests.h"

#include <algorithm>
#include <iterator>

#include "common/error.h"
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
    {"GSW_CALLING_LIST", path},      {"GSW_PHONE", mandatory},      {"GSW_TZ_NAME", mandatory},
    {"GSW_CAMPAIGN_NAME", optional}, {"GSW_PHONE_TYPE", optional},  {"GSW_FROM", optional},
    {"GSW_UNTIL", optional},         {"GSW_RECORD_TYPE", optional}, {"GSW_RECORD_STATUS", optional},
    {"GSW_CALL_RESULT", optional},   {"GSW_ATTEMPTS", optional},    {"GSW_CALL_TIME", optional},
    {"GSW_DATE_TIME", optional},     {"GSW_AGENT_ID", optional},    {"GSW_CHAIN_ID", optional},
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

constexpr auto kDesktop = OutboundProtocol::desktop;
constexpr auto kThirdParty = OutboundProtocol::third_party;
constexpr bool kSafe = true;
constexpr bool kCustom = true;

// CampaignStatusRequest has no one answer: the group's state decides. LogOut is on campaign groups, where an agent's
// session begins: ocs.md 3.1 names the request and no resource.
constexpr RequestRow kRequests[] = {
    {Resource::lists, "AddRecord", "", kDesktop, "AddRecordAcknowledge", !kSafe, kAddRecord, kCustom},
    {Resource::records, "RecordProcessed", "", kDesktop, "RecordProcessedAcknowledge", !kSafe, kProcessed, kCustom},
    {Resource::records, "UpdateCallCompletionStats", "", kDesktop, "UpdateCallCompletionStatsAcknowledge", !kSafe,
     kUpdate, kCustom},
    {Resource::records, "RecordReschedule", "", kDesktop, "RecordRescheduleAcknowledge", !kSafe, kReschedule, kCustom},
    {Resource::records, "ScheduledRecordReschedule", "", kDesktop, "ScheduledRecordRescheduleAcknowledge", !kSafe,
     kReschedule, kCustom},
    {Resource::records, "RecordReject", "", kDesktop, "RecordRejectAcknowledge", !kSafe, kHandleOnly, !kCustom},
    {Resource::records, "RequestRecordCancel", "RecordCancel", kDesktop, "RecordCancelAcknowledge", !kSafe,
     kCancelRecord, !kCustom},
    {Resource::records, "DoNotCall", "", kDesktop, "DoNotCallAcknowledge", !kSafe, kDoNotCallRecord, !kCustom},
    {Resource::records, "ChainedRecordRequest", "", kDesktop, "ChainedRecordsDataEnd", kSafe, kHandleOnly, !kCustom},
    {Resource::phones, "DoNotCall", "", kThirdParty, "DoNotCallAcknowledge", !kSafe, kByPhone, !kCustom},
    {Resource::phones, "RequestRecordCancel", "RecordCancel", kThirdParty, "RecordCancelAcknowledge", !kSafe, kByPhone,
     !kCustom},
    {Resource::customer_ids, "DoNotCall", "", kThirdParty, "DoNotCallAcknowledge", !kSafe, kByCustomer, !kCustom},
    {Resource::customer_ids, "RequestRecordCancel", "RecordCancel", kThirdParty, "RecordCancelAcknowledge", !kSafe,
     kByCustomer, !kCustom},
    {Resource::campaign_groups, "PreviewRecordRequest", "", kDesktop, "PreviewRecord", !kSafe, kPreview, !kCustom},
    {Resource::campaign_groups, "CampaignStatusRequest", "", kDesktop, "", kSafe, kGroupOnly, !kCustom},
    {Resource::campaign_groups, "LogOut", "", kDesktop, "LogOutAcknowledge", !kSafe, kLogOut, !kCustom},
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

constexpr AnswerRow kAnswers[] = {
    {"AddRecordAcknowledge", kAddRecordAcknowledge, Rest::request},
    {"RecordProcessedAcknowledge", kProcessedAcknowledge, Rest::request},
    {"UpdateCallCompletionStatsAcknowledge", kHandleAcknowledge, Rest::request},
    {"RecordRescheduleAcknowledge", kRescheduleAcknowledge, Rest::request},
    {"ScheduledRecordRescheduleAcknowledge", kRescheduleAcknowledge, Rest::request},
    {"RecordRejectAcknowledge", kHandleAcknowledge, Rest::request},
    {"RecordCancelAcknowledge", kCancelAcknowledge, Rest::request},
    {"DoNotCallAcknowledge", kDoNotCallAcknowledge, Rest::request},
    {"PreviewRecord", kPreviewRecord, Rest::record},
    {"PreviewRecordEmpty", kPreviewRecordEmpty, Rest::none},
    {"ChainedRecord", kChainedRecord, Rest::record},
    {"ChainedRecordsDataEnd", kChainedRecordsDataEnd, Rest::none},
    {"CampaignLoaded", kCampaignState, Rest::none},
    {"CampaignUnloaded", kCampaignState, Rest::none},
    {"CampaignStarted", kCampaignMode, Rest::none},
    {"CampaignStopped", kCampaignMode, Rest::none},
    {"LogOutAcknowledge", kLogOutAcknowledge, Rest::request},
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

std::span<const RequestAttribute> common_attributes() { return kCommon; }

std::span<const AnswerRow> answers() { return kAnswers; }

const AnswerRow& answer_row(std::string_view event) {
  const auto* row = std::ranges::find(kAnswers, event, &AnswerRow::event);
  CHECK(row != std::end(kAnswers), "every answer is in the table of answers");
  return *row;
}

bool is_idempotency_key(std::string_view key) noexcept {
  return key.size() <= kIdempotencyKeyBytesMax && std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace outpost::protocol
