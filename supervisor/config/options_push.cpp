// The sections push and push.provider.* of a mobile node, which are read at the start only.
#include "common/text.h"
#include "supervisor/config/node.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/push.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kPushSource = "Source: gms.md 3.5";
constexpr std::int64_t kSubscriptionSecondsMax = 31'536'000;

std::string push_flag_fault(const OptionValue& value) {
  std::string text = to_lower(text_of(value));
  return text.empty() || text == "true" || text == "false" ? "" : "is neither";
}

std::vector<std::string> push_type_remarks(const OptionValue& value) {
  std::vector<std::string> remarks;
  for (std::string_view item : items_of(text_of(value))) {
    if (item.empty() || from_word<PushType>(item)) continue;
    std::string_view near = nearest(item, kPushTypeWords);
    remarks.push_back(fmt::format("{} is no type of subscription and is ignored{}{}{}", escape_control(item),
                                  near.empty() ? "" : "; did you mean ", near, near.empty() ? "" : "?"));
  }
  return remarks;
}

// Of a format: a text that may be anything, and what it becomes.
template <class Member>
Option<PushFormatOptions> format_option(std::string_view name, Member member, std::string_view text) {
  return option(name, member,
                {.high = 1'024,
                 .default_text = "it is not sent",
                 .takes_effect = kRestart,
                 .loose = true,
                 .text = text,
                 .source = kPushSource});
}

std::vector<Option<PushFormatOptions>> format_options() {
  using F = PushFormatOptions;
  return {
      format_option("android.collapseKey", &F::android_collapse_key,
                    "Of events to android and gcm: collapse_key, by which a newer event replaces an older one."),
      option("android.delayWhileIdle", &F::android_delay_while_idle,
             {.valid = "true or false, or empty",
              .default_text = "false",
              .fault = push_flag_fault,
              .takes_effect = kRestart,
              .loose = true,
              .text = "Of events to android and gcm: whether they may wait while the device sleeps.",
              .source = kPushSource}),
      format_option("apple.alertMessageActionLocKey", &F::apple_action_loc_key,
                    "Of events to ios: action-loc-key of the alert."),
      format_option("apple.alertMessageBody", &F::apple_body, "Of events to ios: body of the alert."),
      format_option("apple.alertMessageLaunchImage", &F::apple_launch_image,
                    "Of events to ios: launch-image of the alert."),
      format_option("apple.alertMessageLocArgNames", &F::apple_loc_arg_names,
                    "Of events to ios: loc-args of the alert, with commas between them."),
      format_option("apple.alertMessageLocKey", &F::apple_loc_key, "Of events to ios: loc-key of the alert."),
      format_option("apple.badge", &F::apple_badge, "Of events to ios: the number at the application's icon."),
      format_option("apple.sound", &F::apple_sound, "Of events to ios: the sound that is played."),
  };
}

std::vector<Option<PushConfig>> push_itself() {
  using P = PushConfig;
  return {
      option("defaultSubscriptionExpiration", &P::default_subscription_expiration,
             {.low = 30,
              .high = kSubscriptionSecondsMax,
              .unit = "seconds; what is less counts as 30",
              .takes_effect = kRestart,
              .loose = true,
              .raised = true,
              .text = "How long a subscription lives that does not say it.",
              .source = kPushSource}),
      option("localizationFileLocation", &P::localization_file,
             {.high = kPathBytesMax,
              .valid = kOptionalPathValid,
              .default_text = "messages are sent as they are",
              .fault = optional_path_fault,
              .takes_effect = kRestart,
              .text = "XML file with the texts of messages whose mediaType is localizestring, by key and language.",
              .source = "Source: gms.md 3.5, 3.7"}),
      option("pushEnabled", &P::push_enabled,
             {.valid = "words with commas between them out of android, comet, gcm, httpcb, ios and orscb, or empty; "
                       "others are ignored",
              .default_text = "comet alone",
              .remarks = push_type_remarks,
              .takes_effect = kRestart,
              .text = "How subscribers may be told of events. comet is always enabled; android, gcm and ios come in a "
                      "later version and are disabled until then.",
              .source = "Source: gms.md 3.4"}),
  };
}

}  // namespace

std::vector<Option<PushSectionConfig>> push_provider_options() {
  std::vector<Option<PushSectionConfig>> provider{
      option("*", &PushSectionConfig::provider,
             {.high = 1'024,
              .valid = "android.fcm.credentials_file, android.fcm.endpoint, android.fcm.project_id, "
                       "android.fcm.token_uri, android.gcm.apiKey, android.gcm.retryNumber, android.senderAccountType, "
                       "android.senderEmail, android.senderPassword, android.source, android.ssl_trust_all, "
                       "android.unavailability_retry_timeout, apple.endpoint, apple.isDebug, apple.key_file, "
                       "apple.key_id, apple.keystore, apple.keystorePassword, apple.team_id and apple.topic",
              .takes_effect = kRestart,
              .loose = true,
              .secret_name = is_secret_of_provider,
              .text = "Options of the provider of native push, which comes in a later version: they are checked and "
                      "have no effect yet. Each may stand with debug. before its name as well, for the channel of "
                      "devices under test. Passwords and keys are never shown.",
              .source = kPushSource})};
  return joined({std::move(provider), part_options(&PushSectionConfig::format, format_options())});
}

std::vector<Option<PushConfig>> push_options() {
  return joined({push_itself(), part_options(&PushConfig::section, push_provider_options())});
}

}  // namespace outpost::supervisor
