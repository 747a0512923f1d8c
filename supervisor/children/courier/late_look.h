// A look at what is due that comes late finds a supervisor that stood still and has not read yet what the courier said
// meanwhile. It is put off once, so that replies are read first.
#pragma once

#include <cstdint>

namespace outpost::supervisor {

class LateLook {
 public:
  static constexpr std::uint64_t kLateMs = 100;  // and so much later comes the next look

  // Whether to look again instead, at what was due at `due_ms`.
  bool puts_off(std::uint64_t due_ms, std::uint64_t now_ms) {
    put_off_ = !put_off_ && due_ms + kLateMs < now_ms;
    return put_off_;
  }

 private:
  bool put_off_ = false;
};

}  // namespace outpost::supervisor
