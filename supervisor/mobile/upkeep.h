// What is done to the store each second: what has ended is removed, and what lives is counted. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/io/loop.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost::supervisor::mobile {

class Upkeep {
 public:
  // More are not counted: it is done each second.
  static constexpr std::int64_t kCountedMax = 100'000;

  // What lives, as it was counted last: areas and services of all nodes, groups of numbers that this node gives from.
  struct Counted {
    std::int64_t areas = 0;                                      // kCountedMax stands for more too, here and below
    std::vector<std::pair<std::string, std::int64_t>> services;  // by the name of their section
    std::vector<GroupCount> groups;                              // those that have been used
  };

  // `node_id`: whose LOCAL groups are counted.
  Upkeep(Loop& loop, StateThreads& threads, StoreWatch& watch, int node_id);
  void use(int node_id) { node_id_ = node_id; }
  void start();
  void stop() { timer_.stop(); }

  [[nodiscard]] const Counted& counted() const { return counted_; }
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
  int node_id_;
  Counted counted_;
  std::uint64_t expired_ = 0;
};

}  // namespace outpost::supervisor::mobile
