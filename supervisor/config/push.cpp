#include "supervisor/config/push.h"

#include <algorithm>
#include <iterator>

#include "common/log_filter.h"
#include "common/text.h"
#include "supervisor/config/node.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/config/section_findings.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kProviders = "push.provider.*";
constexpr std::string_view kEvent = "event";
constexpr std::string_view kDebug = "debug.";

// What a provider's option is. `node`: it is set in the section push for all providers.
enum class ProviderKind : std::uint8_t { text, flag, number, path, address, node };
struct ProviderOption {
  std::string_view name;
  ProviderKind kind = ProviderKind::text;
  bool secret = false;
};
constexpr ProviderOption kProviderOptions[] = {
    {"android.fcm.credentials_file", ProviderKind::path},
    {"android.fcm.endpoint", ProviderKind::address},
    {"android.fcm.project_id"},
    {"android.fcm.token_uri", ProviderKind::address},
    {"android.gcm.apiKey", ProviderKind::text, true},
    {"android.gcm.retryNumber", ProviderKind::number},
    {"android.senderAccountType"},
    {"android.senderEmail"},
    {"android.senderPassword", ProviderKind::text, true},
    {"android.source"},
    {"android.ssl_trust_all", ProviderKind::flag},
    {"android.unavailability_retry_timeout", ProviderKind::number},
    {"apple.endpoint", ProviderKind::address},
    {"apple.isDebug", ProviderKind::flag},
    {"apple.key_file", ProviderKind::path},
    {"apple.key_id"},
    {"apple.keystore", ProviderKind::path},
    {"apple.keystorePassword", ProviderKind::text, true},
    {"apple.team_id"},
    {"apple.topic"},
    {"localizationFileLocation", ProviderKind::node},
    {"pushEnabled", ProviderKind::node},
};

struct FormatOption {
  std::string_view name;
  std::string PushFormatOptions::*member;
};
constexpr FormatOption kFormatOptions[] = {
    {"android.collapseKey", &PushFormatOptions::android_collapse_key},
    {"android.delayWhileIdle", &PushFormatOptions::android_delay_while_idle},
    {"apple.alertMessageActionLocKey", &PushFormatOptions::apple_action_loc_key},
    {"apple.alertMessageBody", &PushFormatOptions::apple_body},
    {"apple.alertMessageLaunchImage", &PushFormatOptions::apple_launch_image},
    {"apple.alertMessageLocArgNames", &PushFormatOptions::apple_loc_arg_names},
    {"apple.alertMessageLocKey", &PushFormatOptions::apple_loc_key},
    {"apple.badge", &PushFormatOptions::apple_badge},
    {"apple.sound", &PushFormatOptions::apple_sound},
};

// What follows push.provider.: PROVIDER, event, event.GROUP or PROVIDER.event.GROUP.
struct ProviderPath {
  std::string_view provider;  // empty: all
  std::string_view group;     // empty: all events, or no format at all
  bool is_format = false;
  bool valid = false;
};

ProviderPath read_path(std::string_view name) {
  ProviderPath path;
  std::size_t dot = std::min(name.find('.'), name.size());
  std::string_view rest = name.substr(std::min(dot + 1, name.size()));
  bool has_rest = dot < name.size();
  if (name.substr(0, dot) == kEvent) {
    return {{}, rest, true, !has_rest || !rest.empty()};
  }
  path.provider = name.substr(0, dot);
  path.is_format = has_rest;
  constexpr std::string_view kGroup = "event.";
  if (has_rest && rest.starts_with(kGroup)) path.group = rest.substr(kGroup.size());
  path.valid = !path.provider.empty() && (!has_rest || !path.group.empty());
  return path;
}

bool fits_tag(std::string_view group, std::string_view tag) {
  return tag == group || (tag.starts_with(group) && tag[group.size()] == '.');
}

void fill(PushFormatOptions& format, const PushFormatOptions& from) {
  for (const FormatOption& one : kFormatOptions) {
    if ((format.*one.member).empty()) format.*one.member = from.*one.member;
  }
}

// Of the groups of one provider, or of all, the longest first.
void fill_from_groups(PushFormatOptions& format, const Config& config, std::string_view provider,
                      std::string_view tag) {
  std::vector<std::pair<std::string_view, const PushFormatOptions*>> fitting;
  for (const auto& [name, section] : config.push_providers) {
    ProviderPath path = read_path(name);
    bool is_own = path.is_format && path.provider == provider && !path.group.empty();
    if (is_own && fits_tag(path.group, tag)) fitting.emplace_back(path.group, &section.format);
  }
  std::ranges::sort(fitting, std::ranges::greater{}, [](const auto& one) { return one.first.size(); });
  for (const auto& [group, section] : fitting) fill(format, *section);
}

const ProviderOption* find_provider_option(std::string_view name) {
  if (name.starts_with(kDebug)) name.remove_prefix(kDebug.size());
  auto found = std::ranges::find(kProviderOptions, name, &ProviderOption::name);
  return found == std::end(kProviderOptions) ? nullptr : &*found;
}

// --- Checks ----------------------------------------------------------------------------------------------------------

struct ValueFault {
  std::string fault;
  std::string_view valid;
};

// An empty text is as if it were not there.
ValueFault provider_value_fault(ProviderKind kind, const std::string& value) {
  constexpr std::int64_t kNumberMax = 86'400;
  if (value.empty()) return {};
  switch (kind) {
    case ProviderKind::text:
    case ProviderKind::node: return {};
    case ProviderKind::flag: {
      std::string flag = to_lower(value);
      return {flag == "true" || flag == "false" ? "" : "is neither", "true or false"};
    }
    case ProviderKind::number: {
      auto number = parse_integer(value);
      return {number && *number >= 0 && *number <= kNumberMax ? "" : "is out of range", "0 to 86400"};
    }
    case ProviderKind::path: return {optional_file_fault(value), kOptionalFileValid};
    case ProviderKind::address:
      return {value.find('@') == std::string::npos ? http_url_fault(value) : "holds a user or password",
              "an http or https address, or empty"};
  }
  return {};
}

void check_unknown(const std::string& name, SectionFindings& findings) {
  bool debug = name.starts_with(kDebug);
  std::string_view bare = std::string_view(name).substr(debug ? kDebug.size() : 0);
  std::vector<std::string_view> known;
  std::ranges::transform(kProviderOptions, std::back_inserter(known), &ProviderOption::name);
  std::ranges::transform(kFormatOptions, std::back_inserter(known), &FormatOption::name);
  auto format = std::ranges::find(kFormatOptions, bare, &FormatOption::name);
  std::string_view near = nearest(bare, known);
  if (debug && format != std::end(kFormatOptions)) {
    findings.error(name, fmt::format("formats have no debug channel of their own; valid: {}", bare));
  } else if (near.empty()) {
    findings.error(name, "there is no such option; valid: those of etc/OPTIONS.md");
  } else {
    findings.error(name, fmt::format("there is no such option; did you mean {}{}?", debug ? kDebug : "", near));
  }
}

void check_provider_options(const OptionTexts& options, SectionFindings& findings) {
  for (const auto& [name, value] : options) {
    const ProviderOption* option = find_provider_option(name);
    if (!option) {
      check_unknown(name, findings);
      continue;
    }
    if (option->kind == ProviderKind::node)
      findings.remark(name, "has no effect here; the one of the section push has");
    ValueFault found = provider_value_fault(option->kind, value);
    if (!found.fault.empty()) {
      findings.error(name, fmt::format("{} {}; valid: {}", option->secret ? "the value" : option_text(value),
                                       found.fault, found.valid));
    } else if (name.ends_with("ssl_trust_all") && to_lower(value) == "true") {
      findings.remark(name, "whoever stands between can read and change what is sent, for no certificate is checked");
    }
  }
}

// A section of providers has no formats, and the other way round.
void check_place(const ProviderPath& path, const PushSectionConfig& section, SectionFindings& findings) {
  if (path.is_format) {
    for (const auto& [name, value] : section.provider) {
      findings.remark(name,
                      "has no effect here, where formats of events are; valid: in push or push.provider.PROVIDER");
    }
    return;
  }
  for (const FormatOption& one : kFormatOptions) {
    if ((section.format.*one.member).empty()) continue;
    findings.remark(one.name,
                    "has no effect here, where options of a provider are; valid: in push, "
                    "push.provider.event or push.provider.PROVIDER.event.GROUP");
  }
}

}  // namespace

PushTypes push_types(const Config& config) {
  PushTypes types;
  types.enabled.insert(PushType::comet);
  for (std::string_view item : items_of(config.push.push_enabled)) {
    auto type = from_word<PushType>(item);
    if (type == PushType::httpcb || type == PushType::orscb) {
      types.enabled.insert(*type);
    } else if (type && type != PushType::comet) {
      types.disabled.push_back(
          fmt::format("push.pushEnabled: {} is disabled, for native push comes in a later version", word_of(*type)));
    }
  }
  return types;
}

PushFormatOptions push_format(const Config& config, std::string_view provider, std::string_view tag) {
  PushFormatOptions format;
  if (!provider.empty()) fill_from_groups(format, config, provider, tag);
  fill_from_groups(format, config, {}, tag);
  auto all = config.push_providers.find(std::string(kEvent));
  if (all != config.push_providers.end()) fill(format, all->second.format);
  fill(format, config.push.section.format);
  return format;
}

bool has_provider(const Config& config, std::string_view name) {
  ProviderPath path = read_path(name);
  return path.valid && !path.is_format && config.push_providers.contains(std::string(name));
}

bool is_secret_of_provider(std::string_view name) {
  const ProviderOption* option = find_provider_option(name);
  return option ? option->secret : log_view(name) != LogView::shown;
}

void check_push(const Config& config, ParsedOptions& parsed) {
  SectionFindings push(parsed, {"push"});
  check_provider_options(config.push.section.provider, push);
  const auto& entries = entries_of(parsed, kProviders);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (is_no_entry(parsed, entries[i])) continue;
    std::string name = entries[i].path.substr(kProviders.size() - 1);
    ProviderPath path = read_path(name);
    auto say = [&](std::vector<OptionFinding>& list, std::string_view text) {
      list.push_back({entries[i].line, fmt::format("{}: {}", entries[i].path, text)});
    };
    if (!path.valid) {
      say(parsed.errors,
          "is no name of a provider or format; valid: push.provider.PROVIDER, push.provider.event, "
          "push.provider.event.GROUP or push.provider.PROVIDER.event.GROUP, and no dot in PROVIDER");
      continue;
    }
    if (path.is_format && !path.provider.empty() && !has_provider(config, path.provider)) {
      say(parsed.remarks,
          fmt::format("there is no section push.provider.{}, so no subscription can name it", path.provider));
    }
    const PushSectionConfig& section = config.push_providers.at(name);
    SectionFindings findings(parsed, {kProviders, i});
    check_provider_options(section.provider, findings);
    check_place(path, section, findings);
  }
}

}  // namespace outpost::supervisor
