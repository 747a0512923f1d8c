// Judges a lease from outside: whether it may be taken. A pure function of what was seen and when.
//
// Two clocks have a say. By the store's clock a lease has expired when its time is over, or when it ends later than a
// renewal ever could, which is a clock that was set back. That alone would let one jump of that clock take the role
// from a primary that is well; so the lease must also have been seen unchanged, by our own steady clock, for as long as
// it lasts. Whatever both say, the epoch decides who may write (lease_store.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

// How long a wish counts on top of the lease that it may have to wait for. Whoever asks withdraws it as soon as nobody
// waits any more; this is for one that could not, having been killed.
inline constexpr std::int64_t kWishMsMax = 30'000;

class LeaseWatch {
 public:
  enum class Standing : std::uint8_t {
    unknown,   // nothing was seen yet
    free,      // nobody has it
    reserved,  // nobody has it, and another supervisor is to have it first
    ours,      // this life of ours holds it
    held,
    expired,
  };

  LeaseWatch(std::string_view name, std::string_view instance, std::int64_t lease_ms)
      : name_(name), instance_(instance), lease_ms_(lease_ms) {}

  // `now_ms` is of a steady clock, here and below.
  void saw(const LeaseView& view, std::uint64_t now_ms);
  [[nodiscard]] Standing standing(std::uint64_t now_ms) const;
  // Since when the lease has been as it is, by the steady clock.
  [[nodiscard]] std::uint64_t unchanged_since_ms() const { return unchanged_since_ms_; }
  [[nodiscard]] const LeaseView& view() const { return view_; }
  [[nodiscard]] bool seen() const { return seen_; }
  // A switch asks for this supervisor, and has not done so for too long. Of a wish that was there already at the first
  // look nobody can say how old it is, nor whether anybody waits for it: it does not count.
  [[nodiscard]] bool is_wanted(std::uint64_t now_ms) const;
  // By the store's clock alone, which has no say on its own.
  [[nodiscard]] bool expired_by_store(std::uint64_t now_ms) const;

 private:
  [[nodiscard]] std::int64_t store_now(std::uint64_t now_ms) const;

  const std::string name_;
  const std::string instance_;
  const std::int64_t lease_ms_;  // of our own configuration, for a lease that does not say its own
  LeaseView view_;
  bool seen_ = false;
  std::uint64_t seen_ms_ = 0;
  std::uint64_t unchanged_since_ms_ = 0;
  std::optional<std::uint64_t> wished_at_ms_;  // when the wish appeared; none: before the first look
};

}  // namespace outpost::supervisor
