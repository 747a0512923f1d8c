// What goes out over HTTP and to whom: options of the application, of which a campaign group may have some of its own,
// and webhooks. Source: ocs.md 6.3 to 6.7.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "common/words.h"

namespace outpost {
struct ParsedOptions;
}

namespace outpost::supervisor {

struct Config;

// What is sent. The words are those of http-retry-applies-to, but the last: states are never sent again.
enum class OutwardKind : std::uint8_t { validation, history, contact_processed, webhook, campaigngroup_states };
inline constexpr std::array<std::string_view, 5> kOutwardKindWords{"validation", "history", "contact-processed",
                                                                   "webhooks", "campaigngroup-states"};
constexpr std::span<const std::string_view> words_of(OutwardKind) { return kOutwardKindWords; }
inline constexpr std::size_t kRetriedKinds = 4;

enum class WebhookEvent : std::uint8_t { record_added, record_changed, record_called, dnc_added, role_changed };
inline constexpr std::array<std::string_view, 5> kWebhookEventWords{"record.added", "record.changed", "record.called",
                                                                    "dnc.added", "role.changed"};
constexpr std::span<const std::string_view> words_of(WebhookEvent) { return kWebhookEventWords; }

// A valid one has an address and a client for each kind that is switched on.
struct OutwardConfig {
  std::uint32_t campaigngroup_states_interval = 10;  // s
  std::string campaigngroup_states_http_client;      // as all of them: a name of http-client, empty for the first
  std::string campaigngroup_states_uri;
  std::string contact_processed_http_client;
  bool contact_processed_notification = false;
  std::string contact_processed_notification_uri;
  std::string history_http_client;
  std::string history_uri;
  std::string history_wait_condition_threshold;  // ignored, as the next
  std::string history_wait_recovery_timeout;
  std::string http_retry_applies_to = "history, contact-processed, webhooks";  // see retries()
  std::uint32_t http_retry_max_attempts = 0;      // 0: as long as outbox_retention; of validation: none
  std::uint32_t outbox_max_messages = 1'000'000;  // of one destination
  std::uint32_t outbox_retention = 168;           // h
  bool pre_dial_validation = false;
  bool send_campaigngroup_states = false;
  bool send_history = false;
  std::string tenant_ccid;
  std::string validation_http_client;
  std::int32_t validation_race_condition_call_result = 3;  // GeneralError
  std::uint32_t validation_retry_delay = 300;              // s
  std::int32_t validation_timeout_call_result = 3;
  std::string validation_uri;

  bool operator==(const OutwardConfig&) const = default;
};

struct WebhookConfig {
  std::string events;  // empty for all: see wants()
  std::string http_client;
  std::string name = "default";
  std::string secret;  // see signing_key()
  std::string url;     // empty for an entry that has no effect, which is at its defaults altogether

  bool operator==(const WebhookConfig&) const = default;
};

inline constexpr std::size_t kWebhooksMax = 16;

// Whether it is to be told.
bool wants(const WebhookConfig& webhook, WebhookEvent event);
// Whether what was not delivered is sent again.
bool retries(const OutwardConfig& config, OutwardKind kind);

// With what a webhook's messages are signed; empty for an empty secret. Errc::invalid with what is wrong, never with
// the secret. Source: Standard Webhooks, "Signature scheme": whsec_ and the key in base64, of 24 to 64 bytes; any other
// text is the key itself.
Result<std::string> signing_key(std::string_view secret);

// What the rest of the configuration says about the options of groups.
struct OutwardRules {
  OutwardConfig application;
  std::vector<std::string> clients;  // the names of http-client, of which the first is meant when none is named

  static OutwardRules of(const Config& config);
};

// The options of a group over those of the application. Text that read_group_options() made is never an error, but what
// comes of it may lack what has left the configuration since: without an address `switched_on` is false of it; a client
// that there is no more is found out when it is to send.
Result<OutwardConfig> outward_of(const OutwardConfig& application, std::string_view group_options);
// The switch is on, and there is an address. Not for webhooks.
bool switched_on(const OutwardConfig& config, OutwardKind kind);

// Options of a group as they stand in the file of the catalogue.
struct GroupOptions {
  struct Finding {
    int line = 0;
    std::string text;  // "options.history-uri: ..."
  };
  std::string text;  // for CampaignGroup::options: compact JSON in the order of the names, empty when there are none
  std::vector<Finding> errors;
  std::vector<Finding> remarks;
};
GroupOptions read_group_options(const JsonValue& given, const OutwardRules& rules);

// What no row can see alone: switches without an address, clients that there are not, webhooks that are in each
// other's way.
void check_outward(const Config& config, ParsedOptions& parsed);

}  // namespace outpost::supervisor
