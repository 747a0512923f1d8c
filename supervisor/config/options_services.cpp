// The section service.* of a mobile node.
#include "common/log_filter.h"
#include "common/text.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/services.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kServiceOptionsSource = "Source: gms.md 1.3 to 1.7";
constexpr std::string_view kServiceRules = "Assumption: gms.md 1.7.2, mobile.md 13 [design]";
constexpr std::string_view kFlagValid = "true or false, or empty";
constexpr std::string_view kOrsValid =
    "addresses as HOST, HOST:PORT or https://HOST:PORT with commas between them, or empty";
constexpr std::int64_t kTtlSecondsMax = 31'536'000;
constexpr std::int64_t kScxmlBytesMax = 1'024;
constexpr std::int64_t kOrsListBytesMax = 4'096;

// All of them are texts, of which the empty one was not given.
template <std::int64_t low, std::int64_t high>
std::string number_text_fault(const OptionValue& value) {
  if (text_of(value).empty()) return "";
  auto number = parse_integer(text_of(value));
  if (!number) return "is no whole number";
  return *number < low || *number > high ? "is out of range" : "";
}

std::string flag_text_fault(const OptionValue& value) {
  std::string text = to_lower(text_of(value));
  return text.empty() || text == "true" || text == "false" ? "" : "is neither";
}

template <class Enum>
std::string word_text_fault(const OptionValue& value) {
  return text_of(value).empty() || from_word<Enum>(text_of(value)) ? "" : "is not one of the words it may be";
}

std::string ors_fault(const OptionValue& value) {
  auto addresses = read_addresses(text_of(value), kOrsPort);
  return addresses ? "" : addresses.error();
}

// A name as a log would have it, with or without its underscore.
bool is_secret_parameter(std::string_view name) {
  return log_view(name.substr(name.starts_with('_') ? 1 : 0)) != LogView::shown;
}

std::vector<Option<ServiceOptions>> access_options() {
  using S = ServiceOptions;
  return {
      option("access_code_length", &S::access_code_length,
             {.valid = "3 to 18, or empty",
              .default_text = "that of the request, or 6",
              .fault = number_text_fault<3, 18>,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Digits of an access code, of which the first two are those of the node_id.",
              .source = "Source: gms.md 1.4, 1.6; the range: assumption, 6.4 [design]"}),
      option("booking_expiration_timeout", &S::booking_expiration_timeout,
             {.valid = "5 to 1800 seconds, or empty",
              .default_text = "that of the group",
              .fault = number_text_fault<5, 1'800>,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "How long a number is booked for a caller. The one option that a request's parameter beats.",
              .source = "Source: gms.md 0.4 (G11), 6.2"}),
      option("delete_match", &S::delete_match,
             {.valid = kFlagValid,
              .default_text = "that of the request, or false",
              .fault = flag_text_fault,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Of match-interaction: whether the service that was found ends. Its data stay until their time "
                      "is over.",
              .source = "Source: gms.md 1.5"}),
      option("provide_code", &S::provide_code,
             {.valid = kFlagValid,
              .default_text = "that of the request, or false",
              .fault = flag_text_fault,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Whether an access code is given out with a number.",
              .source = kServiceOptionsSource}),
      option("resource_group", &S::resource_group,
             {.default_text = "that of the request",
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "The group of the section list.LIST.GROUP from which numbers are given out.",
              .source = kServiceOptionsSource}),
      option("ttl", &S::ttl,
             {.valid = "1 to 31536000 seconds, or empty",
              .default_text = "that of the request, or 30",
              .fault = number_text_fault<1, kTtlSecondsMax>,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "How long a service and its data live. Services that live keep what they were created with.",
              .source = kServiceOptionsSource}),
  };
}

std::vector<Option<ServiceOptions>> kind_options() {
  using S = ServiceOptions;
  return {
      option("ors", &S::ors,
             {.high = kOrsListBytesMax,
              .valid = kOrsValid,
              .default_text = "the servers of type ors in the section connections",
              .fault = ors_fault,
              .takes_effect = kAtOnce,
              .text = "Of type ors: the servers that run the application. Without a port it is 7210.",
              .source = "Source: gms.md 1.7"}),
      option("ors_lb_strategy", &S::ors_lb_strategy,
             {.valid = "linear, circular, or empty",
              .default_text = "circular",
              .fault = word_text_fault<OrsStrategy>,
              .takes_effect = kAtOnce,
              .text = "Of type ors: which server is tried first. linear: the first one. circular: each in its turn.",
              .source = kServiceRules}),
      option(
          "service", &S::service,
          {.high = kScxmlBytesMax,
           .valid = "request-interaction, match-interaction or request-access; of type ors the http or https address "
                    "of an SCXML application",
           .default_text = "it must be given",
           .takes_effect = kAtOnce,
           .text = "What the service is.",
           .source = kServiceOptionsSource}),
      option("type", &S::type,
             {.valid = "builtin or ors",
              .default_text = "it must be given",
              .fault = word_text_fault<ServiceType>,
              .takes_effect = kAtOnce,
              .text = "Who runs the service: builtin, this node; ors, an application of ORS.",
              .source = kServiceOptionsSource}),
  };
}

std::vector<Option<ServiceOptions>> one_spelling() { return joined({access_options(), kind_options()}); }

std::vector<Option<ServiceConfig>> other_spelling() {
  auto options = part_options(&ServiceConfig::prefixed, one_spelling(), "_");
  for (Option<ServiceConfig>& one : options) {
    one.row.facts.default_text = "the option without the underscore counts";
    one.row.facts.text = "The same option as later releases name it.";
    one.row.facts.source = "Source: gms.md 0.4 (G12)";
  }
  return options;
}

std::vector<Option<ServiceConfig>> service_itself() {
  using S = ServiceConfig;
  return {
      option("*", &S::further,
             {.high = 1'024,
              .takes_effect = kAtOnce,
              .loose = true,
              .secret_name = is_secret_parameter,
              .text = "Any other option is a parameter of the service: it stands for the request's, with an underscore "
                      "before its name where it has none, and goes to an application of ORS.",
              .source = "Source: gms.md 0.4 (G11), 1.7.1"}),
      option("external", &S::external,
             {.valid = kFlagValid,
              .default_text = "true, but false for match-interaction and request-access",
              .fault = flag_text_fault,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Whether the service is served on listeners of exposure external.",
              .source = "Assumption: gms.md 7.3, mobile.md 5.1 [design]"}),
      option("password", &S::password,
             {.default_text = "none",
              .takes_effect = kAtOnce,
              .secret = true,
              .loose = true,
              .text = "As username.",
              .source = "Source: gms.md 0.4 (G15)"}),
      option("username", &S::username,
             {.valid = "a text of up to 255 bytes without a colon",
              .default_text = "the pair of the section server, if any",
              .fault = username_fault,
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "With password: requests to this service must come with this pair (Basic), and not with that of "
                      "the section server.",
              .source = "Source: gms.md 0.4 (G15)"}),
  };
}

}  // namespace

std::vector<Option<ServiceConfig>> mobile_service_options() {
  return joined({service_itself(), part_options(&ServiceConfig::plain, one_spelling()), other_spelling()});
}

}  // namespace outpost::supervisor
