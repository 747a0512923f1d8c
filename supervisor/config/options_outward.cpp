// What goes out over HTTP: options of the section application, which groups may have some of, and the section webhooks.
#include "common/text.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/outward_texts.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kValidation = "Source: ocs.md 6.4";
constexpr std::string_view kHistory = "Source: ocs.md 6.5";
constexpr std::string_view kContactProcessed = "Source: ocs.md 6.6";
constexpr std::string_view kStates = "Source: ocs.md 6.7";
constexpr std::string_view kRetries = "Source: ocs.md 6.3";
constexpr std::string_view kOutwardDesign = "Assumption: ocs.md 6.3 to 6.7 [design]";

constexpr std::int64_t kAddressBytesMax = 2'048;
constexpr std::int64_t kClientNameBytesMax = 64;
constexpr std::int64_t kCallResultMax = 53;  // ocs.md 4.4
constexpr std::string_view kAddressValid =
    "an address as http://HOST/PATH or https://HOST:PORT/PATH, in visible ASCII and without user and password, or "
    "empty";

std::string no_http_url(const OptionValue& value) { return http_url_fault(text_of(value)); }

std::string retried_fault(const OptionValue& value) {
  return word_list_fault(text_of(value), std::span(kOutwardKindWords).first(kRetriedKinds));
}

std::string events_fault(const OptionValue& value) { return word_list_fault(text_of(value), kWebhookEventWords); }

std::string webhook_name_fault(const OptionValue& value) {
  return all_of(text_of(value), "-_.") ? "" : "holds a character that no name of a webhook has";
}

std::string secret_fault(const OptionValue& value) {
  auto key = signing_key(text_of(value));
  return key ? "" : key.error().text;
}

Option<OutwardConfig> on_or_off(std::string_view name, bool OutwardConfig::*member, std::string_view text,
                                std::string_view source) {
  return option(name, member, {.takes_effect = kAtOnce, .text = text, .source = source});
}

Option<OutwardConfig> address(std::string_view name, std::string OutwardConfig::*member, std::string_view text,
                              std::string_view source) {
  return option(name, member,
                {.high = kAddressBytesMax,
                 .valid = kAddressValid,
                 .default_text = "none",
                 .fault = no_http_url,
                 .takes_effect = kAtOnce,
                 .shown = shown_http_url,
                 .text = text,
                 .source = source});
}

template <class Section>
Option<Section> client(std::string_view name, std::string Section::*member, std::string_view text) {
  return option(name, member,
                {.high = kClientNameBytesMax,
                 .valid = "the name of an entry of http-client, or empty",
                 .default_text = "the first",
                 .takes_effect = kAtOnce,
                 .text = text,
                 .source = kOutwardDesign});
}

Option<OutwardConfig> ignored(std::string_view name, std::string OutwardConfig::*member) {
  return option(name, member,
                {.takes_effect = kAtOnce,
                 .ignored = true,
                 .text = "Accepted so that an existing configuration need not be changed. It has no effect.",
                 .source = kHistory});
}

std::vector<Option<OutwardConfig>> validation_options() {
  using O = OutwardConfig;
  return {
      on_or_off("pre-dial-validation", &O::pre_dial_validation,
                "Whether each record is validated before it is handed out: its properties are sent to validation-uri. "
                "The answer 200 hands it out, with the fields that its body changes; 409 gives it the call result in "
                "its body (GSW_CALL_RESULT) and hands it to nobody.",
                kValidation),
      client("validation-http-client", &O::validation_http_client,
             "Which entry of http-client sends validations: how long one may take is its http-response-timeout, how "
             "many are under way at a time its http-connection-pool-size."),
      option("validation-race-condition-call-result", &O::validation_race_condition_call_result,
             {.low = 0,
              .high = kCallResultMax,
              .takes_effect = kAtOnce,
              .text = "Call result of a record that is not validated because a call report of its chain (send-history) "
                      "still waits to be delivered: it is due again after validation-retry-delay.",
              .source = "Assumption: ocs.md 6.4 [derived]"}),
      option("validation-retry-delay", &O::validation_retry_delay,
             {.low = 1,
              .high = kDaySeconds,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "When a record is due again whose validation failed: no answer in time, or one that is neither "
                      "200 nor 409.",
              .source = kOutwardDesign}),
      option("validation-timeout-call-result", &O::validation_timeout_call_result,
             {.low = 0,
              .high = kCallResultMax,
              .takes_effect = kAtOnce,
              .text = "Call result of a record whose validation failed, and of one that is refused (409) without a "
                      "call result.",
              .source = kValidation}),
      address("validation-uri", &O::validation_uri, "Where records are validated.", kValidation),
  };
}

std::vector<Option<OutwardConfig>> report_options() {
  using O = OutwardConfig;
  return {
      client("contact-processed-http-client", &O::contact_processed_http_client,
             "Which entry of http-client sends contact-processed notifications."),
      on_or_off("contact-processed-notification", &O::contact_processed_notification,
                "Whether contact-processed-notification-uri is told of each chain that is processed: nobody is to be "
                "called for it any more.",
                kContactProcessed),
      address("contact-processed-notification-uri", &O::contact_processed_notification_uri,
              "Where contact-processed notifications go.", kContactProcessed),
      client("history-http-client", &O::history_http_client, "Which entry of http-client sends call reports."),
      address("history-uri", &O::history_uri, "Where call reports go.", kHistory),
      ignored("history-wait-condition-threshold", &O::history_wait_condition_threshold),
      ignored("history-wait-recovery-timeout", &O::history_wait_recovery_timeout),
      on_or_off("send-history", &O::send_history,
                "Whether history-uri is sent a report of each call attempt: one when the attempt starts, and one when "
                "it has a result.",
                kHistory),
  };
}

std::vector<Option<OutwardConfig>> state_options() {
  using O = OutwardConfig;
  return {
      client("campaigngroup-states-http-client", &O::campaigngroup_states_http_client,
             "Which entry of http-client sends states of campaign groups."),
      address("campaigngroup-states-uri", &O::campaigngroup_states_uri, "Where states of campaign groups go.", kStates),
      on_or_off("send-campaigngroup-states", &O::send_campaigngroup_states,
                "Whether campaigngroup-states-uri is sent the state of a campaign group when it changes, and each "
                "campaigngroup-states-interval while it is loaded. What does not arrive is not sent again.",
                kStates),
  };
}

std::vector<Option<OutwardConfig>> outbox_options() {
  using O = OutwardConfig;
  return {
      option("campaigngroup-states-interval", &O::campaigngroup_states_interval,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "How often the state of a campaign group that is loaded is sent.",
              .source = kStates}),
      option("http-retry-applies-to", &O::http_retry_applies_to,
             {.valid = "words with commas between them out of validation, history, contact-processed and webhooks, or "
                       "empty",
              .default_text = "nothing",
              .fault = retried_fault,
              .takes_effect = kAtOnce,
              .text = "What is sent again until it is answered 2xx. Anything else is given up at its first failure.",
              .source = kRetries}),
      option("http-retry-max-attempts", &O::http_retry_max_attempts,
             {.low = 0,
              .high = 100,
              .takes_effect = kAtOnce,
              .text = "How often one message is sent again. 0: until outbox-retention is over; but a validation is not "
                      "sent again then, for somebody waits for it.",
              .source = kRetries}),
      option("outbox-max-messages", &O::outbox_max_messages,
             {.low = 1'000,
              .high = 100'000'000,
              .unit = "messages",
              .takes_effect = kAtOnce,
              .text = "Most messages that wait for one receiver. For one more the oldest is given up, and the log says "
                      "so.",
              .source = kOutwardDesign}),
      option("outbox-retention", &O::outbox_retention,
             {.low = 1,
              .high = kYearHours,
              .unit = "hours",
              .takes_effect = kAtOnce,
              .text = "How long a message waits for its receiver. Then it is given up, and the log says so.",
              .source = kOutwardDesign}),
      option("tenant-ccid", &O::tenant_ccid,
             {.default_text = "not sent, and null in states of campaign groups",
              .takes_effect = kAtOnce,
              .text = "The contact-center id of the tenant, sent as GSW_TENANT_CCID.",
              .source = kHistory}),
  };
}

}  // namespace

std::vector<Option<OutwardConfig>> group_options() {
  return joined({validation_options(), report_options(), state_options()});
}

std::vector<Option<OutwardConfig>> outward_options() { return joined({group_options(), outbox_options()}); }

std::vector<Option<WebhookConfig>> webhook_options() {
  using W = WebhookConfig;
  return {
      option("events", &W::events,
             {.valid = "words with commas between them out of record.added, record.changed, record.called, dnc.added "
                       "and role.changed, or empty",
              .default_text = "all",
              .fault = events_fault,
              .takes_effect = kAtOnce,
              .text = "What it is told.",
              .source = kOutwardDesign}),
      client("http-client", &W::http_client, "Which entry of http-client sends to it."),
      option("name", &W::name,
             {.low = 1,
              .high = kClientNameBytesMax,
              .valid = "1 to 64 letters, digits, -, _ and .",
              .fault = webhook_name_fault,
              .takes_effect = kAtOnce,
              .text = "Its own name, by which its messages are kept: another name is another receiver, to whom what "
                      "waits for this one is not sent.",
              .source = kOutwardDesign}),
      option("secret", &W::secret,
             {.high = 256,
              .valid = "a text of 16 to 256 bytes, or whsec_ and 24 to 64 bytes in base64, or empty",
              .default_text = "not signed",
              .fault = secret_fault,
              .takes_effect = kAtOnce,
              .secret = true,
              .text = "With what messages are signed (HMAC-SHA256, headers of the Standard Webhooks specification), so "
                      "that the receiver knows that they are from here.",
              .source = kOutwardDesign}),
      option("url", &W::url,
             {.high = kAddressBytesMax,
              .valid = kAddressValid,
              .default_text = "only of an entry that has no effect",
              .fault = no_http_url,
              .takes_effect = kAtOnce,
              .shown = shown_http_url,
              .text = "Where its messages go.",
              .source = kOutwardDesign}),
  };
}

}  // namespace outpost::supervisor
