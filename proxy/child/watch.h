// Whether the supervisor is still there. Ticks are counted, not time measured: a machine that stood still makes one
// late tick, not several, and what came meanwhile is read before the next.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "common/io/loop.h"

namespace outpost::proxy {

class SupervisorWatch {
 public:
  // Until it is told a time-out, it waits for a supervisor that never sends its Configure. `ping` is called at each
  // tick; `silent` when nothing was heard for too many of them.
  SupervisorWatch(Loop& loop, std::function<void()> ping, std::function<void()> silent)
      : ping_(std::move(ping)), silent_(std::move(silent)), timer_(loop, [this] { tick(); }) {
    timer_.start_repeating(kGreetingTick);
  }
  void heard() { silent_ticks_ = 0; }
  void set_timeout(std::uint32_t channel_timeout_ms) {
    timer_.start_repeating(std::chrono::milliseconds(std::max(channel_timeout_ms / kSilentTicksMax, 1U)));
  }
  void stop() { timer_.stop(); }

 private:
  static constexpr std::chrono::milliseconds kGreetingTick{10'000};
  static constexpr std::uint32_t kSilentTicksMax = 3;

  void tick() { ++silent_ticks_ > kSilentTicksMax ? silent_() : ping_(); }

  std::function<void()> ping_;
  std::function<void()> silent_;
  std::uint32_t silent_ticks_ = 0;
  Timer timer_;
};

}  // namespace outpost::proxy
