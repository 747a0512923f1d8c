// What is told to other servers, and which of them are told what: the configuration, with what campaign groups say
// otherwise for themselves. Source: ocs.md 6.3 to 6.7.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/outward.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// Single-threaded: it remembers what it has read of groups.
class Outward {
 public:
  Outward() = default;
  // `clients`: as in OutwardRules.
  Outward(OutwardConfig application, std::vector<WebhookConfig> webhooks, std::vector<std::string> clients = {})
      : rules_{std::move(application), std::move(clients)}, webhooks_(std::move(webhooks)) {}
  static Outward of(const Config& config);

  [[nodiscard]] const OutwardConfig& application() const { return rules_.application; }
  // By which the options of a group are judged when they come in.
  [[nodiscard]] const OutwardRules& rules() const { return rules_; }
  [[nodiscard]] const std::vector<WebhookConfig>& webhooks() const { return webhooks_; }
  // The options that hold for the group, null for none. Good until the next call.
  [[nodiscard]] const OutwardConfig& of(const CampaignGroup* group) const;

 private:
  OutwardRules rules_;
  std::vector<WebhookConfig> webhooks_;
  mutable std::map<std::string, OutwardConfig, std::less<>> of_groups_;  // by their text
};

// --- Destinations ----------------------------------------------------------------------------------------------------

// What a message of the outbox is for: "history", "contact-processed", or "history@201" where campaign group 201 has an
// address of its own; "webhook:crm". A destination is looked up when a message is sent, so that an address can be
// corrected while messages wait.
std::string destination_of(OutwardKind kind, const Outward& outward, const CampaignGroup* group);
std::string destination_of(const WebhookConfig& webhook);

struct Address {
  OutwardKind kind = OutwardKind::history;
  std::string url;
  std::string http_client;  // empty for the first
  std::string secret;       // of a webhook that signs
  bool operator==(const Address&) const = default;
};
// Nothing when the configuration gives it no address any more.
std::optional<Address> address_of(std::string_view destination, const Outward& outward,
                                  std::span<const CampaignGroup> groups);

}  // namespace outpost::supervisor
