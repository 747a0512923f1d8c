// Turns an event loop until something has happened. Tests wait for events, never for a time.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "common/io/loop.h"

namespace outpost::test {

// Fails the test when `condition` does not come true within ten minutes, which only a hang can cause.
inline void run_until(Loop& loop, const std::function<bool()>& condition) {
  constexpr std::chrono::milliseconds kLook{2};  // clients outside the loop are looked at this often
  constexpr std::chrono::seconds kHang{600};
  bool hangs = false;
  Timer look(loop, [] {});
  Timer hang(loop, [&] { hangs = true; });
  look.start_repeating(kLook);
  hang.start(kHang);
  while (!condition()) {
    if (hangs) FAIL("what the test waits for does not happen");
    loop.run_once(true);
  }
}

}  // namespace outpost::test
