// The calls of RapidJSON's reader that never come where numbers stay as they are written (kParseNumbersAsStringsFlag):
// what every handler of ours has to have all the same.
#pragma once

#include <cstdint>

namespace outpost {

struct RawNumbers {
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
};

}  // namespace outpost
