// What is known of one destination of the outbox while this supervisor is primary. Steady times are milliseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/histogram.h"
#include "common/words.h"
#include "supervisor/engine/outward/outward.h"
#include "supervisor/engine/sending/attempt.h"
#include "supervisor/engine/sending/lanes.h"

namespace outpost::supervisor {

// Why a message is not sent any more.
enum class GivenUp : std::uint8_t { attempts, retention, maximum, dropped };
inline constexpr std::array<std::string_view, 4> kGivenUpWords{"attempts", "retention", "maximum", "dropped"};
constexpr std::span<const std::string_view> words_of(GivenUp) { return kGivenUpWords; }

// Microseconds that an answer took.
inline constexpr std::array<std::uint64_t, 10> kDeliveryTimes{1'000,   5'000,   10'000,    25'000,    50'000,
                                                              100'000, 500'000, 1'000'000, 5'000'000, 30'000'000};

struct Destination {
  Lanes lanes;
  std::optional<Address> address;  // none: the configuration gives it none, and its messages stay where they are
  std::int64_t paused_at = 0;      // 0: it is not

  // While it cannot be reached it is probed with one message at a time.
  bool more = false;         // the store may have messages that are not known here
  int failures = 0;          // in a row; requests that were under way together fail as one
  std::uint64_t round = 0;   // which is that of those that are begun now
  std::uint64_t due_ms = 0;  // nothing is begun before
  std::string problem;       // since the last success

  bool failing_told = false;  // the log has a line of its problem
  std::optional<std::uint64_t> failing_told_ms;
  std::array<std::uint64_t, kGivenUpWords.size()> untold{};  // given up since the line of the log
  std::optional<std::uint64_t> given_up_told_ms;

  // As of the last survey.
  std::int64_t messages = 0;
  std::int64_t oldest_at = 0;
  std::uint64_t delivered_then = 0;

  std::array<std::uint64_t, kDeliveryWords.size()> deliveries{};
  std::array<std::uint64_t, kGivenUpWords.size()> given_up{};
};

}  // namespace outpost::supervisor
