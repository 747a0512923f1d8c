#include "supervisor/ctl/view/chart.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "supervisor/ctl/view/width.h"

namespace outpost::test::chart_test {

using namespace outpost::supervisor::ctl;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("a chart shows the largest first, to eighths of a cell", "[ctl][chart]") {
  // Label 4, number 2, share 7, each with two blanks behind: 19 columns, so 8 cells.
  std::string chart = bar_chart({{"b", 1}, {"a", 16}, {"none", 0}, {"c", 7}}, {27, false});
  CHECK(lines_of(chart) == std::vector<std::string>{"a     16   66.7 %  ████████", "c      7   29.2 %  ███▌",
                                                    "b      1    4.2 %  ▌", "none   0    0.0 %"});
}

TEST_CASE("a chart keeps to the width of the terminal, whatever that is", "[ctl][chart]") {
  const std::vector<Bar> bars = {{"33 Answer", 1'234'567}, {"Zoë's own result", 999}, {"6 Busy", 1}};
  for (std::size_t columns = 0; columns < 200; ++columns) {
    for (const std::string& line : lines_of(bar_chart(bars, {columns, false}))) {
      INFO(columns << " " << line);
      CHECK(display_width(line) <= columns);
    }
  }
}

TEST_CASE("what is there at all has a sliver", "[ctl][chart]") {
  auto lines = lines_of(bar_chart({{"all", 1'000'000'000}, {"one", 1}}, {80, false}));
  CHECK(lines[1].ends_with("▏"));
}

TEST_CASE("many bars are the largest ones and the others together", "[ctl][chart]") {
  std::vector<Bar> bars;
  for (std::uint64_t i = 1; i <= 40; ++i) bars.push_back({std::to_string(i), i});
  auto lines = lines_of(bar_chart(bars, {80, false}));
  REQUIRE(lines.size() == kBarsMax + 1);
  CHECK(lines.front().starts_with("40 "));
  CHECK(lines.back().starts_with("others  406"));
}

TEST_CASE("only a coloured chart has colours, and nothing makes no chart", "[ctl][chart]") {
  CHECK(bar_chart({{"a", 1}}, {80, false}).find('\x1b') == std::string::npos);
  CHECK(bar_chart({{"a", 1}}, {80, true}).find("\x1b[36m█") != std::string::npos);
  CHECK(bar_chart({}, {80, false}).empty());
  CHECK(bar_chart({{"a", 0}}, {80, false}).empty());
}

}  // namespace outpost::test::chart_test
