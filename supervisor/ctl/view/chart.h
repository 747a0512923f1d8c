// A horizontal bar chart for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace outpost::supervisor::ctl {

struct Bar {
  std::string label;
  std::uint64_t value = 0;
};

struct ChartStyle {
  std::size_t columns = 80;  // of the terminal; no line is wider
  bool colour = false;
};

// The most bars; the rest is one more, "others".
inline constexpr std::size_t kBarsMax = 12;

// One line a bar, the largest value first, each with its label, its number and its share of the sum. Empty when there
// is nothing to show.
std::string bar_chart(std::vector<Bar> bars, const ChartStyle& style);

}  // namespace outpost::supervisor::ctl
