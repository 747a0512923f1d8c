#include "supervisor/ctl/view/statistics.h"

#include <fmt/core.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/text.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

std::string value_of(const JsonValue& counter) {
  std::string number = text_of(counter, "value");
  std::string name = text_of(counter, "name");
  return name.empty() || name == number ? number : number + " " + name;
}

void add_counters(Table& table, const char* scope, const JsonValue& object, bool with_results) {
  std::string name = text_of(object, "name");
  table.add({scope, name, "records", "", count_of(object, "records")});
  for (const char* kind : {"status", "type", "result"}) {
    if (kind == std::string_view("result") && !with_results) continue;
    for (const JsonValue& counter : array_of(object, kind)) {
      table.add({scope, name, kind, value_of(counter), count_of(counter, "records")});
    }
  }
}

std::string results_chart(const char* scope, const JsonValue& object, const ChartStyle& style) {
  std::vector<Bar> bars;
  for (const JsonValue& counter : array_of(object, "result")) {
    bars.push_back({escape_control(value_of(counter)), static_cast<std::uint64_t>(integer_of(counter, "records"))});
  }
  std::string chart = bar_chart(std::move(bars), style);
  if (chart.empty()) return {};
  return fmt::format("\ncall results of {} {}\n{}", scope, escape_control(text_of(object, "name")), chart);
}

}  // namespace

std::string show_statistics(const JsonValue& reply, const std::optional<ChartStyle>& charts) {
  Table table({{""}, {"NAME"}, {"COUNT BY"}, {"VALUE"}, {"RECORDS", Table::Align::right}});
  std::string drawn;
  for (auto [key, scope] : {std::pair{"lists", "list"}, {"groups", "group"}}) {
    for (const JsonValue& object : array_of(reply, key)) {
      add_counters(table, scope, object, !charts);
      if (charts) drawn += results_chart(scope, object, *charts);
    }
  }
  return table.take() + drawn;
}

}  // namespace outpost::supervisor::ctl
