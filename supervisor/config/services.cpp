#include "supervisor/config/services.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/text.h"
#include "common/uuid.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/config/resources.h"
#include "supervisor/config/section_findings.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kServices = "service.*";
constexpr std::string_view kBuiltinsValid =
    "request-interaction, match-interaction or request-access (request-chat and chat-sync come in a later version)";

// The options that may have an underscore before their names as well (G12).
enum class TwinKind : std::uint8_t { text, flag, number, own };  // own: it is the node's, and no parameter
struct ServiceTwin {
  std::string_view name;
  std::string ServiceOptions::*member;
  TwinKind kind = TwinKind::text;
};
constexpr std::array<ServiceTwin, 10> kServiceTwins{{
    {"access_code_length", &ServiceOptions::access_code_length, TwinKind::number},
    {"booking_expiration_timeout", &ServiceOptions::booking_expiration_timeout, TwinKind::number},
    {"delete_match", &ServiceOptions::delete_match, TwinKind::flag},
    {"ors", &ServiceOptions::ors, TwinKind::own},
    {"ors_lb_strategy", &ServiceOptions::ors_lb_strategy, TwinKind::own},
    {"provide_code", &ServiceOptions::provide_code, TwinKind::flag},
    {"resource_group", &ServiceOptions::resource_group, TwinKind::text},
    {"service", &ServiceOptions::service, TwinKind::text},
    {"ttl", &ServiceOptions::ttl, TwinKind::number},
    {"type", &ServiceOptions::type, TwinKind::text},
}};
constexpr std::array<std::string_view, 3> kUntwinned{"external", "password", "username"};

// The name without an underscore counts.
ServiceOptions in_force(const ServiceConfig& service) {
  ServiceOptions options = service.plain;
  for (const ServiceTwin& twin : kServiceTwins) {
    if ((options.*twin.member).empty()) options.*twin.member = service.prefixed.*twin.member;
  }
  return options;
}

std::string plain_form(TwinKind kind, const std::string& value) {
  if (kind == TwinKind::flag) return to_lower(value);
  return kind == TwinKind::number ? std::to_string(parse_integer(value).value_or(0)) : value;
}

void add_parameters(ServiceSection& section, const ServiceConfig& service, const ServiceOptions& options) {
  for (const ServiceTwin& twin : kServiceTwins) {
    const std::string& value = options.*twin.member;
    if (twin.kind == TwinKind::own || value.empty()) continue;
    section.parameters.emplace(fmt::format("_{}", twin.name), plain_form(twin.kind, value));
  }
  for (bool prefixed : {false, true}) {
    for (const auto& [name, value] : service.further) {
      if (name.starts_with('_') == prefixed) section.parameters.try_emplace((prefixed ? "" : "_") + name, value);
    }
  }
}

ServiceSection section_of(const std::string& name, const ServiceConfig& service) {
  ServiceOptions options = in_force(service);
  ServiceSection section;
  section.name = name;
  section.type = from_word<ServiceType>(options.type).value_or(ServiceType::builtin);
  section.external = true;
  if (section.type == ServiceType::builtin) {
    section.builtin = from_word<Builtin>(options.service).value_or(Builtin::request_interaction);
    section.external = section.builtin == Builtin::request_interaction;
  } else {
    section.scxml = options.service;
    section.ors = read_addresses(options.ors, kOrsPort).value_or(std::vector<ServerAddress>{});
    section.strategy = from_word<OrsStrategy>(options.ors_lb_strategy).value_or(OrsStrategy::circular);
  }
  if (!service.external.empty()) section.external = to_lower(service.external) == "true";
  section.username = service.username;
  section.password = service.password;
  add_parameters(section, service, options);
  return section;
}

// --- Checks ----------------------------------------------------------------------------------------------------------

// Of two spellings the one that counts.
std::string name_in_force(const ServiceConfig& service, const ServiceTwin& twin) {
  bool prefixed = (service.plain.*twin.member).empty() && !(service.prefixed.*twin.member).empty();
  return fmt::format("{}{}", prefixed ? "_" : "", twin.name);
}

const ServiceTwin& twin_of(std::string_view name) {
  return *std::ranges::find(kServiceTwins, name, &ServiceTwin::name);
}

bool is_twin_wrong(const SectionFindings& findings, const std::string& name) {
  return findings.is_wrong(name) || findings.is_wrong("_" + name);
}

// A shorter word is near to everything.
constexpr std::size_t kMisspeltBytes = 5;

void check_spellings(const ServiceConfig& service, SectionFindings& findings) {
  for (const ServiceTwin& twin : kServiceTwins) {
    if ((service.plain.*twin.member).empty() || (service.prefixed.*twin.member).empty()) continue;
    findings.remark(fmt::format("_{}", twin.name), fmt::format("has no effect, for {} is there too", twin.name));
  }
  std::vector<std::string_view> known(kUntwinned.begin(), kUntwinned.end());
  std::ranges::transform(kServiceTwins, std::back_inserter(known), &ServiceTwin::name);
  for (const auto& [name, value] : service.further) {
    std::string_view bare = std::string_view(name).substr(name.starts_with('_') ? 1 : 0);
    if (std::ranges::find(kUntwinned, bare) != kUntwinned.end()) {
      findings.error(name, fmt::format("there is no such option; did you mean {}?", bare));
    } else if (std::string_view near = nearest(bare, known); bare.size() >= kMisspeltBytes && !near.empty()) {
      findings.remark(name, fmt::format("is a parameter of the service and no option; did you mean {}?", near));
    }
    if (!name.starts_with('_') && service.further.contains("_" + name)) {
      findings.remark("_" + name, fmt::format("has no effect, for {} is there too", name));
    }
  }
}

void check_kind(const ServiceConfig& service, SectionFindings& findings) {
  ServiceOptions options = in_force(service);
  if (options.type.empty() && !is_twin_wrong(findings, "type")) {
    findings.error("type", "a service must have one; valid: builtin or ors");
  }
  if (options.service.empty()) {
    if (is_twin_wrong(findings, "service")) return;
    return findings.error("service",
                          fmt::format("a service must have one; valid: {}, or for type ors the address of its "
                                      "application",
                                      kBuiltinsValid));
  }
  std::string named = name_in_force(service, twin_of("service"));
  if (options.type == word_of(ServiceType::builtin) && !from_word<Builtin>(options.service)) {
    findings.error(named,
                   fmt::format("{} is no builtin service; valid: {}", option_text(options.service), kBuiltinsValid));
  } else if (options.type == word_of(ServiceType::ors)) {
    bool has_user = options.service.find('@') != std::string::npos;
    std::string fault = has_user ? "holds a user or password, which would be shown" : http_url_fault(options.service);
    if (fault.empty()) return;
    findings.error(named, fmt::format("{} {}; valid: the http or https address of an SCXML application",
                                      option_text(shown_http_url(options.service)), fault));
  }
}

void check_effects(const ServiceConfig& service, const Resources& resources, SectionFindings& findings) {
  ServiceOptions options = in_force(service);
  if (options.type != word_of(ServiceType::builtin)) return;
  for (std::string_view name : {"ors", "ors_lb_strategy"}) {
    const ServiceTwin& twin = twin_of(name);
    if (!(options.*twin.member).empty()) {
      findings.remark(name_in_force(service, twin), "has no effect, for the service is no application of ORS");
    }
  }
  bool gives_numbers = options.service != word_of(Builtin::match_interaction);
  if (gives_numbers && !options.resource_group.empty() && !resources.groups.contains(options.resource_group)) {
    findings.remark(name_in_force(service, twin_of("resource_group")),
                    fmt::format("no list has the group {}, so requests are refused", options.resource_group));
  }
}

}  // namespace

ServiceSections service_sections(const Config& config) {
  ServiceSections sections;
  for (const auto& [name, service] : config.services) sections.emplace(name, section_of(name, service));
  return sections;
}

std::string_view name_of_today(std::string_view old_name) {
  constexpr std::string_view kOldPrefix = "a2c-";
  constexpr std::array<std::string_view, 2> kOfChat{"request-chat", "chat-sync"};
  if (!old_name.starts_with(kOldPrefix)) return {};
  std::string_view name = old_name.substr(kOldPrefix.size());
  if (auto builtin = from_word<Builtin>(name)) return word_of(*builtin);
  auto chat = std::ranges::find(kOfChat, name);
  return chat == kOfChat.end() ? std::string_view() : *chat;
}

bool looks_like_service_id(std::string_view name) {
  constexpr std::size_t kSessionIdBytes = 32;  // of ORS
  if (is_uuid(name)) return true;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t digits = static_cast<std::size_t>(std::ranges::find_if_not(name, is_digit) - name.begin());
  if (digits > 0 && digits < name.size() && name[digits] == '-' && is_uuid(name.substr(digits + 1))) return true;
  return name.size() >= kSessionIdBytes &&
         std::ranges::all_of(name, [&](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '~'; });
}

void check_services(const Config& config, ParsedOptions& parsed) {
  Resources resources = resources_of(config);
  const auto& entries = entries_of(parsed, kServices);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (is_no_entry(parsed, entries[i])) continue;
    std::string name = entries[i].path.substr(kServices.size() - 1);
    if (looks_like_service_id(name)) {
      parsed.errors.push_back(
          {entries[i].line,
           fmt::format("{}: that is what ids of running services look like; valid: another name", entries[i].path)});
    }
    if (std::string_view today = name_of_today(name); !today.empty()) {
      parsed.errors.push_back(
          {entries[i].line, fmt::format("{}: a name of old; valid: service.{}", entries[i].path, today)});
    }
    if (name.find_first_not_of('.') == std::string::npos) {
      parsed.errors.push_back(
          {entries[i].line,
           fmt::format("{}: no path has such a name; valid: one with a letter or digit", entries[i].path)});
    }
    const ServiceConfig& service = config.services.at(name);
    SectionFindings findings(parsed, {kServices, i});
    check_spellings(service, findings);
    check_kind(service, findings);
    check_effects(service, resources, findings);
    check_credentials(service.username, service.password, findings);
  }
}

}  // namespace outpost::supervisor
