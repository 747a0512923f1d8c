// Whether the other side of a channel is still there. Ticks are counted, not time measured: a machine that stood still
// makes one late tick, not several, and what came meanwhile is read before the next.
#pragma once

#include <cstdint>

namespace outpost::protocol {

class Silence {
 public:
  // What channel-timeout is divided into.
  static constexpr std::uint32_t kTicks = 3;

  // The other side has shown that it lives.
  void broken() { ticks_ = 0; }
  // To be called at each tick. True: all of channel-timeout has passed without a sign.
  bool tick() { return ++ticks_ > kTicks; }

 private:
  std::uint32_t ticks_ = 0;
};

}  // namespace outpost::protocol
