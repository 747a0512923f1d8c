// What is done to the store each second: areas whose time is over are removed, and those that live are counted. Loop
// thread.
#pragma once

#include <cstdint>

#include "common/io/loop.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost::supervisor::mobile {

class Upkeep {
 public:
  // More are not counted: it is done each second.
  static constexpr std::int64_t kCountedMax = 100'000;

  Upkeep(Loop& loop, StateThreads& threads, StoreWatch& watch);
  void start();
  void stop() { timer_.stop(); }

  // Areas that live, of all nodes, as counted last; kCountedMax stands for more too.
  [[nodiscard]] std::int64_t areas() const { return areas_; }
  // Areas that this node has removed because their time was over.
  [[nodiscard]] std::uint64_t expired() const { return expired_; }

 private:
  void sweep();
  void count();

  StateThreads& threads_;
  StoreWatch& watch_;
  Timer timer_;
  bool sweeping_ = false;
  bool counting_ = false;
  std::int64_t areas_ = 0;
  std::uint64_t expired_ = 0;
};

}  // namespace outpost::supervisor::mobile
