#include "supervisor/config/outward.h"

#include <algorithm>
#include <iterator>

#include "common/digest.h"
#include "common/text.h"
#include "supervisor/config/config.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/config/tls_reader.h"

namespace outpost::supervisor {

namespace {

// --- What each kind needs --------------------------------------------------------------------------------------------

struct Sending {
  OutwardKind kind;
  std::string_view switch_name;
  bool OutwardConfig::*on;
  std::string_view address_name;
  std::string OutwardConfig::*address;
  std::string_view client_name;
  std::string OutwardConfig::*client;
};

using O = OutwardConfig;
constexpr Sending kSendings[] = {
    {OutwardKind::validation, "pre-dial-validation", &O::pre_dial_validation, "validation-uri", &O::validation_uri,
     "validation-http-client", &O::validation_http_client},
    {OutwardKind::history, "send-history", &O::send_history, "history-uri", &O::history_uri, "history-http-client",
     &O::history_http_client},
    {OutwardKind::contact_processed, "contact-processed-notification", &O::contact_processed_notification,
     "contact-processed-notification-uri", &O::contact_processed_notification_uri, "contact-processed-http-client",
     &O::contact_processed_http_client},
    {OutwardKind::campaigngroup_states, "send-campaigngroup-states", &O::send_campaigngroup_states,
     "campaigngroup-states-uri", &O::campaigngroup_states_uri, "campaigngroup-states-http-client",
     &O::campaigngroup_states_http_client},
};

struct Fault {
  std::string_view option;
  std::string text;
};

constexpr std::string_view kNeedsClient = "needs an entry of http-client, which says how requests are made";

std::string client_fault(const std::string& name, const std::vector<std::string>& clients) {
  if (name.empty() || std::ranges::find(clients, name) != clients.end()) return "";
  if (clients.empty()) return fmt::format("there is no http-client \"{}\" and no other; valid: empty", name);
  std::string names;
  for (const std::string& client : clients) names += fmt::format("\"{}\", ", client);
  return fmt::format("there is no http-client \"{}\"; valid: {}or empty for the first", name, names);
}

// `places`: where an address would be looked for.
std::vector<Fault> faults_of(const OutwardConfig& config, const std::vector<std::string>& clients,
                             std::string_view places) {
  std::vector<Fault> faults;
  for (const Sending& sending : kSendings) {
    if (config.*sending.on && (config.*sending.address).empty()) {
      faults.push_back({sending.switch_name, fmt::format("is true, and {} is empty; valid: false, or an address {}",
                                                         sending.address_name, places)});
    }
    if (config.*sending.on && clients.empty()) faults.push_back({sending.switch_name, std::string(kNeedsClient)});
    std::string fault = client_fault(config.*sending.client, clients);
    if (!fault.empty()) faults.push_back({sending.client_name, std::move(fault)});
  }
  return faults;
}

// --- Options of a group ----------------------------------------------------------------------------------------------

struct OfGroup {
  OutwardConfig options;
};

const Options<OfGroup>& group_table() {
  static const Options<OfGroup> options = [] {
    Options<OfGroup> made;
    made.section("options", &OfGroup::options, "What goes out over HTTP of a campaign group.", group_options());
    return made;
  }();
  return options;
}

ParsedOptions parse_group(JsonValue given) {
  JsonValue root;
  root.value = JsonValue::Object{{"options", std::move(given)}};
  return parse_options(group_table().table(), root, "");
}

// Sets what was given, and nothing else.
void apply_group(const OptionSettings& settings, OutwardConfig& config) {
  static const std::vector<Option<OutwardConfig>> rows = group_options();
  const auto& given = settings.sections.front().front().rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (given[i].line != 0) rows[i].set(config, given[i].value);
  }
}

std::string text_of_group(const OptionSettings& settings) {
  const auto& rows = group_table().table().front().rows;
  const auto& given = settings.sections.front().front().rows;
  JsonWriter out;
  out.begin_object();
  bool any = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (given[i].line == 0) continue;
    out.key(rows[i].name).raw(option_text(given[i].value));
    any = true;
  }
  std::string text = out.end_object().take();
  return any ? text : std::string();
}

// Takes out what only the application has, and says so.
JsonValue without_application_options(JsonValue given, GroupOptions& out) {
  auto* members = std::get_if<JsonValue::Object>(&given.value);
  if (!members) return given;
  auto has = [](const auto& rows, const std::string& name) {
    return std::ranges::any_of(rows, [&](const auto& option) { return option.row.name == name; });
  };
  static const std::vector<Option<OutwardConfig>> all = outward_options();
  static const std::vector<Option<OutwardConfig>> own = group_options();
  std::erase_if(*members, [&](const JsonValue::Member& member) {
    const auto& [name, value] = member;
    if (!has(all, name) || has(own, name)) return false;
    out.errors.push_back({value.line, fmt::format("options.{}: is not for a campaign group; valid: in section "
                                                  "application of the configuration",
                                                  name)});
    return true;
  });
  return given;
}

// --- Webhooks --------------------------------------------------------------------------------------------------------

void check_webhook(const Config& config, const std::vector<std::string>& clients, std::size_t i,
                   ParsedOptions& parsed) {
  const WebhookConfig& webhook = config.webhooks[i];
  auto complain = [&](std::string_view name, std::string_view text) {
    parsed.errors.push_back(finding(parsed.settings, {"webhooks", i}, name, text));
  };
  if (i == kWebhooksMax) complain("name", fmt::format("there are too many; valid: up to {}", kWebhooksMax));
  auto first = std::ranges::find(config.webhooks, webhook.name, &WebhookConfig::name) - config.webhooks.begin();
  if (first < static_cast<std::ptrdiff_t>(i)) {
    complain("name", fmt::format("webhooks[{}] has this name too; valid: a name of its own", first));
  }
  if (webhook == WebhookConfig()) return;
  if (webhook.url.empty()) complain("url", "is needed; valid: as in https://host.example/path");
  if (!webhook.url.empty() && clients.empty()) complain("url", kNeedsClient);
  std::string fault = client_fault(webhook.http_client, clients);
  if (!fault.empty()) complain("http-client", fault);
}

}  // namespace

bool wants(const WebhookConfig& webhook, WebhookEvent event) {
  return !webhook.url.empty() && (webhook.events.empty() || has_word(webhook.events, word_of(event)));
}

bool retries(const OutwardConfig& config, OutwardKind kind) {
  return kind != OutwardKind::campaigngroup_states && has_word(config.http_retry_applies_to, word_of(kind));
}

Result<std::string> signing_key(std::string_view secret) {
  constexpr std::string_view kEncoded = "whsec_";
  constexpr std::size_t kTextMin = 16, kKeyMin = 24, kKeyMax = 64;
  if (secret.empty()) return std::string();
  if (!secret.starts_with(kEncoded)) {
    if (secret.size() < kTextMin) return fail(Errc::invalid, "has only {} bytes", secret.size());
    return std::string(secret);
  }
  auto key = of_base64(secret.substr(kEncoded.size()));
  if (!key) return fail(Errc::invalid, "is not base64 behind whsec_");
  if (key->size() < kKeyMin || key->size() > kKeyMax) {
    return fail(Errc::invalid, "has {} bytes in base64 behind whsec_", key->size());
  }
  return *std::move(key);
}

OutwardRules OutwardRules::of(const Config& config) {
  OutwardRules rules{config.application.outward, {}};
  std::ranges::transform(config.http_clients, std::back_inserter(rules.clients), &HttpClientConfig::name);
  return rules;
}

Result<OutwardConfig> outward_of(const OutwardConfig& application, std::string_view group_options) {
  OutwardConfig config = application;
  if (group_options.empty()) return config;
  auto given = parse_json(group_options);
  if (!given) return pass(given);
  ParsedOptions parsed = parse_group(*std::move(given));
  if (!parsed.errors.empty()) return fail(Errc::invalid, "{}", parsed.errors.front().text);
  apply_group(parsed.settings, config);
  return config;
}

bool switched_on(const OutwardConfig& config, OutwardKind kind) {
  auto sending = std::ranges::find(kSendings, kind, &Sending::kind);
  return sending != std::end(kSendings) && config.*sending->on && !(config.*sending->address).empty();
}

GroupOptions read_group_options(const JsonValue& given, const OutwardRules& rules) {
  GroupOptions out;
  ParsedOptions parsed = parse_group(without_application_options(given, out));
  for (OptionFinding& error : parsed.errors) out.errors.push_back({error.line, std::move(error.text)});
  for (OptionFinding& remark : parsed.remarks) out.remarks.push_back({remark.line, std::move(remark.text)});
  if (!out.errors.empty()) return out;
  OutwardConfig config = rules.application;
  apply_group(parsed.settings, config);
  for (const Fault& fault : faults_of(config, rules.clients, "in it, here or in section application")) {
    const JsonValue* at = given.find(fault.option);
    out.errors.push_back({at ? at->line : given.line, fmt::format("options.{}: {}", fault.option, fault.text)});
  }
  out.text = text_of_group(parsed.settings);
  return out;
}

void check_outward(const Config& config, ParsedOptions& parsed) {
  OutwardRules rules = OutwardRules::of(config);
  for (const Fault& fault : faults_of(rules.application, rules.clients, "in it")) {
    parsed.errors.push_back(finding(parsed.settings, {"application"}, fault.option, fault.text));
  }
  if (retries(rules.application, OutwardKind::validation) && rules.application.http_retry_max_attempts == 0) {
    parsed.remarks.push_back(finding(parsed.settings, {"application"}, "http-retry-applies-to",
                                     "a validation is sent once while http-retry-max-attempts is 0"));
  }
  for (std::size_t i = 0; i < config.webhooks.size(); ++i) check_webhook(config, rules.clients, i, parsed);
}

}  // namespace outpost::supervisor
