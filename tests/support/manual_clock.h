// A clock that a test sets by hand.
#pragma once

#include "common/clock.h"

namespace outpost::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t now) : now_(now) {}
  [[nodiscard]] std::int64_t now() const override { return now_; }
  void set(std::int64_t now) { now_ = now; }
  void advance(std::int64_t seconds) { now_ += seconds; }

 private:
  std::int64_t now_;
};

}  // namespace outpost::test
