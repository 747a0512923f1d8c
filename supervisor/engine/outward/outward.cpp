#include "supervisor/engine/outward/outward.h"

#include <algorithm>

#include "common/text.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kWebhook = "webhook:";
constexpr char kOfGroup = '@';
constexpr std::size_t kGroupsRemembered = 1'000;

struct Route {
  OutwardKind kind;
  std::string OutwardConfig::*url;
  std::string OutwardConfig::*http_client;
};
constexpr Route kRoutes[] = {
    {OutwardKind::history, &OutwardConfig::history_uri, &OutwardConfig::history_http_client},
    {OutwardKind::contact_processed, &OutwardConfig::contact_processed_notification_uri,
     &OutwardConfig::contact_processed_http_client},
};

}  // namespace

Outward Outward::of(const Config& config) {
  OutwardRules rules = OutwardRules::of(config);
  return {std::move(rules.application), config.webhooks, std::move(rules.clients)};
}

const OutwardConfig& Outward::of(const CampaignGroup* group) const {
  if (!group || group->options.empty()) return application();
  if (auto known = of_groups_.find(group->options); known != of_groups_.end()) return known->second;
  if (of_groups_.size() >= kGroupsRemembered) of_groups_.clear();
  // What is stored was checked when it came in.
  auto read = outward_of(application(), group->options);
  return of_groups_.emplace(group->options, read ? *std::move(read) : application()).first->second;
}

std::string destination_of(OutwardKind kind, const Outward& outward, const CampaignGroup* group) {
  std::string name(word_of(kind));
  const auto* route = std::ranges::find(kRoutes, kind, &Route::kind);
  const OutwardConfig& effective = outward.of(group);
  bool own = group && (effective.*route->url != outward.application().*route->url ||
                       effective.*route->http_client != outward.application().*route->http_client);
  return own ? fmt::format("{}{}{}", name, kOfGroup, group->dbid) : name;
}

std::string destination_of(const WebhookConfig& webhook) { return fmt::format("{}{}", kWebhook, webhook.name); }

std::optional<Address> address_of(std::string_view destination, const Outward& outward,
                                  std::span<const CampaignGroup> groups) {
  if (destination.starts_with(kWebhook)) {
    std::string_view name = destination.substr(kWebhook.size());
    auto webhook = std::ranges::find(outward.webhooks(), name, &WebhookConfig::name);
    if (webhook == outward.webhooks().end() || webhook->url.empty()) return std::nullopt;
    return Address{OutwardKind::webhook, webhook->url, webhook->http_client, webhook->secret};
  }
  std::string_view word = destination.substr(0, destination.find(kOfGroup));
  const auto* route = std::ranges::find(kRoutes, word, [](const Route& one) { return word_of(one.kind); });
  if (route == std::end(kRoutes)) return std::nullopt;
  const CampaignGroup* group = nullptr;
  if (word.size() < destination.size()) {
    auto dbid = parse_integer(destination.substr(word.size() + 1));
    auto found = std::ranges::find(groups, dbid.value_or(0), &CampaignGroup::dbid);
    if (found == groups.end()) return std::nullopt;
    group = &*found;
  }
  const OutwardConfig& effective = outward.of(group);
  if ((effective.*route->url).empty()) return std::nullopt;
  return Address{route->kind, effective.*route->url, effective.*route->http_client, {}};
}

}  // namespace outpost::supervisor
