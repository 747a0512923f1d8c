// The correlation ids of what a proxy waits for: a set that takes no memory for each of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace outpost::supervisor {

// Open addressing by the lowest bits. A proxy counts its ids upwards, so those of one window meet nobody in their
// places. One that chooses others makes us look at more places, at most at one for each id that it may have waiting.
class Correlations {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool contains(std::uint64_t id) const {
    return size_ > 0 && id != kFree && places_[place_of(id)] == id;
  }
  // Of an id that is not there, and not 0, which is of no generation.
  void insert(std::uint64_t id) {
    if (places_.size() < 2 * (size_ + 1)) grow();
    places_[place_of(id)] = id;
    ++size_;
  }
  // Whether it was there.
  bool erase(std::uint64_t id) {
    if (!contains(id)) return false;
    std::size_t hole = place_of(id);
    // What stands behind the hole is moved into it, unless it would then be in front of where it is looked for.
    for (std::size_t at = next(hole); places_[at] != kFree; at = next(at)) {
      std::size_t moved = (at - first_place(places_[at])) & mask();
      if (moved >= ((at - hole) & mask())) places_[std::exchange(hole, at)] = places_[at];
    }
    places_[hole] = kFree;
    --size_;
    return true;
  }
  // All that were there; nothing is any more.
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> all = std::move(places_);
    *this = {};
    std::erase(all, kFree);
    return all;
  }
  void clear() { *this = {}; }

 private:
  static constexpr std::uint64_t kFree = 0;
  static constexpr std::size_t kPlacesMin = 64;  // a power of two, as are all sizes

  [[nodiscard]] std::size_t mask() const { return places_.size() - 1; }
  [[nodiscard]] std::size_t first_place(std::uint64_t id) const { return static_cast<std::size_t>(id) & mask(); }
  [[nodiscard]] std::size_t next(std::size_t place) const { return (place + 1) & mask(); }
  // Where it is, or would be.
  [[nodiscard]] std::size_t place_of(std::uint64_t id) const {
    std::size_t place = first_place(id);
    while (places_[place] != id && places_[place] != kFree) place = next(place);
    return place;
  }
  void grow() {
    auto old = std::exchange(places_, std::vector<std::uint64_t>(std::max(2 * places_.size(), kPlacesMin)));
    for (std::uint64_t id : old) {
      if (id != kFree) places_[place_of(id)] = id;
    }
  }

  std::vector<std::uint64_t> places_;  // at least half of them free
  std::size_t size_ = 0;
};

}  // namespace outpost::supervisor
