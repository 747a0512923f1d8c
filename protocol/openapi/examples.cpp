#include "protocol/openapi/examples.h"

namespace outpost::protocol {

namespace {

using enum RequestId;

// The names are those of etc/sample/catalogue.json.
constexpr RequestExample kExamples[] = {
    {add_record, "least", "The least that is needed", R"({"GSW_PHONE":"+15550100","GSW_TZ_NAME":"PST"})"},
    {add_record, "custom_fields", "A mobile phone with a daily window and custom fields of the list",
     R"({"GSW_PHONE":"+15550101","GSW_PHONE_TYPE":"Mobile","GSW_TZ_NAME":"PST","GSW_CAMPAIGN_NAME":"Spring",)"
     R"("GSW_FROM":28800,"GSW_UNTIL":64800,"client-id":"C-1001","STATE":"CA"})"},
    {add_record, "callback", "A callback of an agent",
     R"({"GSW_PHONE":"+15550102","GSW_TZ_NAME":"CET","GSW_CAMPAIGN_NAME":"Spring","GSW_RECORD_TYPE":"PersonalCallBack",)"
     R"("GSW_AGENT_ID":"agent7","GSW_DATE_TIME":"12/31/2090 17:05"})"},
    {record_processed, "least", "The call was answered", R"({})"},
    {record_processed, "result", "Another result, by number", R"({"GSW_CALL_RESULT":33})"},
    {update_call_completion_stats, "busy", "The result of an attempt, by name", R"({"GSW_CALL_RESULT":"Busy"})"},
    {update_call_completion_stats, "contact", "Another phone, and a custom field",
     R"({"GSW_PHONE":"+15550103","GSW_PHONE_TYPE":4,"STATE":"NV"})"},
    {record_reschedule, "campaign", "Whoever has time calls back",
     R"({"GSW_DATE_TIME":"12/31/2090 17:05","GSW_CALLBACK_TYPE":"Campaign"})"},
    {record_reschedule, "personal", "One agent calls back",
     R"({"GSW_DATE_TIME":"12/31/2090 17:05","GSW_CALLBACK_TYPE":"Personal","GSW_AGENT_ID":"agent7"})"},
    {scheduled_record_reschedule, "later", "A later time", R"({"GSW_DATE_TIME":"12/31/2090 18:30"})"},
    {record_reject, "least", "The record of the path", R"({})"},
    {cancel_record, "chain", "All phones of the customer", R"({"GSW_CHAIN_ATTR":"AllChain"})"},
    {do_not_call_record, "record", "This phone only", R"({"GSW_CHAIN_ATTR":"RecordOnly"})"},
    {chained_record_request, "least", "The record of the path", R"({})"},
    {do_not_call_phone, "least", "The phone of the path", R"({})"},
    {cancel_phone, "list", "In one calling list",
     R"({"GSW_CALLING_LIST":"Spring_2024","GSW_CHAIN_ATTR":"RecordOnly"})"},
    {do_not_call_customer, "chain", "With all phones of the customer", R"({"GSW_CHAIN_ATTR":"AllChain"})"},
    {cancel_customer, "least", "The customer of the path", R"({})"},
    {preview_record, "agent", "For an agent", R"({"GSW_AGENT_ID":"agent7"})"},
    {preview_record, "least", "For nobody in particular", R"({"GSW_REFERENCE_ID":"call 4711"})"},
    {campaign_status, "least", "The group of the path", R"({})"},
    {log_out, "agent", "The agent", R"({"GSW_AGENT_ID":"agent7"})"},
};

}  // namespace

std::span<const RequestExample> request_examples() { return kExamples; }

}  // namespace outpost::protocol
