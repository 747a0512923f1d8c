// Who asks another server about a record before it is handed out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "supervisor/engine/outward/verdict.h"

namespace outpost::supervisor {

class Validator {
 public:
  using Done = std::function<void(Verdict verdict)>;

  // Calls `done` on the loop thread, once, not before this returns, and at the latest when the time is over. Returns a
  // number for withdraw().
  virtual std::uint64_t validate(Validation validation, std::chrono::milliseconds time, Done done) = 0;
  // Nobody waits for it any more: it is asked no longer, and `done` is told so soon.
  virtual void withdraw(std::uint64_t number) = 0;

 protected:
  ~Validator() = default;
};

}  // namespace outpost::supervisor
