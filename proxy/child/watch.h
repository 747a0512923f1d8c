// Whether the supervisor is still there.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "common/io/loop.h"
#include "protocol/channel/silence.h"

namespace outpost::proxy {

class SupervisorWatch {
 public:
  // Until it is told a time-out, it waits for a supervisor that never sends its Configure. `ping` is called at each
  // tick; `silent` when nothing was heard for too many of them.
  SupervisorWatch(Loop& loop, std::function<void()> ping, std::function<void()> silent)
      : ping_(std::move(ping)), silent_(std::move(silent)), timer_(loop, [this] { tick(); }) {
    timer_.start_repeating(kGreetingTick);
  }
  void heard() { silence_.broken(); }
  void set_timeout(std::uint32_t channel_timeout_ms) {
    timer_.start_repeating(std::chrono::milliseconds(std::max(channel_timeout_ms / protocol::Silence::kTicks, 1U)));
  }
  void stop() { timer_.stop(); }

 private:
  static constexpr std::chrono::milliseconds kGreetingTick{10'000};

  void tick() { silence_.tick() ? silent_() : ping_(); }

  std::function<void()> ping_;
  std::function<void()> silent_;
  protocol::Silence silence_;
  Timer timer_;
};

}  // namespace outpost::proxy
