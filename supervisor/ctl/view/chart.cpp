#include "supervisor/ctl/view/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/width.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kBarCellsMax = 50;  // longer ones say no more
constexpr std::size_t kEighths = 8;
constexpr std::array<std::string_view, kEighths> kPartCells = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kPlain = "\x1b[0m";

// What is there at all gets a sliver.
std::string blocks(std::uint64_t value, std::uint64_t largest, std::size_t cells) {
  double share = static_cast<double>(value) / static_cast<double>(largest);
  auto eighths = static_cast<std::size_t>(std::llround(share * static_cast<double>(cells * kEighths)));
  eighths = std::max<std::size_t>(eighths, 1);
  std::string bar;
  for (std::size_t i = 0; i < eighths / kEighths; ++i) bar += "█";
  return bar.append(kPartCells[eighths % kEighths]);
}

void gather_others(std::vector<Bar>& bars) {
  if (bars.size() <= kBarsMax + 1) return;
  Bar others{"others", 0};
  for (std::size_t i = kBarsMax; i < bars.size(); ++i) others.value += bars[i].value;
  bars.resize(kBarsMax);
  bars.push_back(std::move(others));
}

}  // namespace

std::string bar_chart(std::vector<Bar> bars, const ChartStyle& style) {
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.value > b.value; });
  std::uint64_t sum = 0;
  for (const Bar& bar : bars) sum += bar.value;
  if (sum == 0) return {};
  const std::uint64_t largest = bars.front().value;
  gather_others(bars);

  std::vector<std::string> heads;
  std::size_t label_width = 0;
  std::size_t number_width = 0;
  for (const Bar& bar : bars) {
    label_width = std::max(label_width, display_width(bar.label));
    number_width = std::max(number_width, grouped(bar.value).size());
  }
  for (const Bar& bar : bars) {
    double percent = 100.0 * static_cast<double>(bar.value) / static_cast<double>(sum);
    std::string padding(label_width - display_width(bar.label), ' ');
    heads.push_back(
        fmt::format("{}{}  {:>{}}  {:5.1f} %", bar.label, padding, grouped(bar.value), number_width, percent));
  }
  std::size_t head_width = display_width(heads.front());
  std::size_t cells = style.columns > head_width + 2 ? std::min(kBarCellsMax, style.columns - head_width - 2) : 0;

  std::string out;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    out += cut_to_width(heads[i], style.columns);
    if (cells > 0 && bars[i].value > 0) {
      // What is gathered may be more than the largest.
      std::string bar = blocks(std::min(bars[i].value, largest), largest, cells);
      out += style.colour ? fmt::format("  {}{}{}", kCyan, bar, kPlain) : "  " + bar;
    }
    out += '\n';
  }
  return out;
}

}  // namespace outpost::supervisor::ctl
