// The time of day, as an interface so that a test can set it.
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

}  // namespace outpost
