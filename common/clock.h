// The time of day, as an interface so that a test can set it; and a clock to measure with.
#pragma once

#include <chrono>
#include <cstdint>

namespace outpost {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since 1970 UTC. May jump when somebody sets the machine's clock: never used to measure how long something
  // takes. Any thread.
  [[nodiscard]] virtual std::int64_t now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now() const override {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
  }
};

// Microseconds of a steady clock, to measure how long something takes: finer than the loop's, which stands still while
// the loop works. Any thread.
inline std::uint64_t steady_us() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace outpost
