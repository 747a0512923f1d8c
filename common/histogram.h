// Values counted in fixed buckets. To count one takes a look along the bounds and two additions; no memory, no lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace outpost {

// `bounds` are inclusive and rise; what is above the last falls into one more bucket behind it.
template <std::size_t kBounds>
constexpr std::size_t bucket_of(const std::array<std::uint64_t, kBounds>& bounds, std::uint64_t value) {
  std::size_t bucket = 0;
  while (bucket < kBounds && value > bounds[bucket]) ++bucket;
  return bucket;
}

// Of what others have counted, who may say any number: a sum that wrapped around would have fallen.
constexpr std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

template <const auto& kBounds>
class Histogram {
 public:
  using Counts = std::array<std::uint64_t, kBounds.size() + 1>;

  void add(std::uint64_t value) {
    ++counts_[bucket_of(kBounds, value)];
    sum_ += value;
  }
  // Of each bucket alone.
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  Counts counts_{};
  std::uint64_t sum_ = 0;
};

}  // namespace outpost
