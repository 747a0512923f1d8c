// Judges, when a supervisor starts, whether another one of its name is alive: the two would take one another's row in
// the store for their own, and a switch to one would be a switch to either. A pure function of what was seen and when,
// but for a look at the process table.
//
// A process of this machine is there or is not. One of elsewhere gives signs of life each second: it is gone when the
// last one is old by the store's clock, or when none came for that long by our own steady clock; so a store's clock
// that was set back keeps nobody from starting.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

// The longest between two signs of life of somebody who is alive.
inline constexpr std::chrono::milliseconds kSilenceMax{3'000};

class NamesakeWatch {
 public:
  enum class Verdict : std::uint8_t { gone, alive, unsure };

  explicit NamesakeWatch(std::string_view name) : name_(name) {}

  // To be asked again while it is unsure. `now_ms` is of a steady clock.
  Verdict saw(const LeaseView& view, std::uint64_t now_ms);
  // As it was seen last; meaningless before something was seen.
  [[nodiscard]] const Member& namesake() const { return namesake_; }

 private:
  const std::string name_;
  Member namesake_;
  bool seen_ = false;
  std::uint64_t seen_ms_ = 0;  // when it was seen first
};

}  // namespace outpost::supervisor
