// Subscriptions and events as clients send them: read, checked, and shown again. Pure. Source: gms.md 3.2 to 3.4,
// mobile.md 15.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "common/words.h"
#include "supervisor/config/push.h"
#include "supervisor/mobile/state/service_rows.h"
#include "supervisor/mobile/storage_rules.h"

namespace outpost::supervisor::mobile {

// Bytes, where protocol/mobile/limits.h has no limit of its own.
inline constexpr std::size_t kDeviceBytesMax = 1000;
inline constexpr std::size_t kPropertiesMax = 32;
inline constexpr std::size_t kPropertyBytesMax = 1000;
inline constexpr std::size_t kAuthorizationBytesMax = 1000;
// How long a subscription of a stranger lives at most, so that those who are gone do not fill the store.
inline constexpr std::chrono::seconds kExternalTimeMax{86'400};
// Of a message as JSON.
inline constexpr std::size_t kMessageBytesMax = 64 * 1024;
// The event that an ORS session gets; its subscription's property "event" is another name for it.
inline constexpr std::string_view kOrsEvent = "notification.event";

// What of a node decides whether a subscription is taken.
struct SubscriptionRules {
  std::function<bool(std::string_view name)> has_provider;
  std::set<PushType> enabled;
  std::chrono::seconds default_time{30};
  bool external = false;  // it came through an external listener
};

struct NewSubscription {
  StateSubscription row;  // without id and times
  std::chrono::seconds time{0};
};
// Refusals, each with the name of the member, what was wrong and what is valid: 400, and 403 for httpcb and orscb
// through an external listener, where strangers would have this node post to whomever, and to whose session, they name.
// A longer time than there may be is cut.
tl::expected<NewSubscription, Refusal> read_subscription(std::string_view json, const SubscriptionRules& rules);
// As it was sent, with its id and the seconds that are left in "expire"; without its credentials.
std::string subscription_json(const StateSubscription& row);

enum class MediaType : std::uint8_t { string, localizestring };
inline constexpr std::array<std::string_view, 2> kMediaTypeWords{"string", "localizestring"};
constexpr std::span<const std::string_view> words_of(MediaType) { return kMediaTypeWords; }

struct NotificationEvent {
  std::string tag;
  std::string message;  // JSON
  MediaType media_type = MediaType::string;
};
tl::expected<NotificationEvent, Refusal> read_event(std::string_view json);
// The same limits for one that is made here; `message` is JSON. No media type is that of a string.
tl::expected<NotificationEvent, Refusal> make_event(std::string tag, std::string message, std::string_view media_type);

// The form of the ids of subscriptions and events: 32 lower-case hexadecimal digits.
bool is_notification_id(std::string_view text);

}  // namespace outpost::supervisor::mobile
