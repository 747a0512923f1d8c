// How subscribers are told of events, as the sections push and push.provider.* have it. Source: gms.md 3.4, 3.5.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/options.h"
#include "common/words.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

// How a subscription may be served.
enum class PushType : std::uint8_t { android, comet, gcm, httpcb, ios, orscb };
inline constexpr std::array<std::string_view, 6> kPushTypeWords{"android", "comet", "gcm", "httpcb", "ios", "orscb"};
constexpr std::span<const std::string_view> words_of(PushType) { return kPushTypeWords; }

struct PushTypes {
  std::set<PushType> enabled;         // that work: httpcb and orscb where pushEnabled has them, comet always
  std::vector<std::string> disabled;  // one sentence for each that was asked for and does not work yet
};
PushTypes push_types(const Config& config);

// Formatting of one event, option by option the most specific first: that of the provider and the event's group, that
// of the group, that of all events, that of push. Of two groups that both fit, the longer one counts. An empty provider
// is the default one.
PushFormatOptions push_format(const Config& config, std::string_view provider, std::string_view tag);

// A section push.provider.NAME, which subscriptions may name.
bool has_provider(const Config& config, std::string_view name);

// Whether an option of a provider, with debug. before its name or without, is never shown.
bool is_secret_of_provider(std::string_view name);

// What no row can see alone.
void check_push(const Config& config, ParsedOptions& parsed);

}  // namespace outpost::supervisor
