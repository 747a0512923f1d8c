// outpostctl stats: counters, and charts where somebody watches.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <optional>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/chart.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/terminal.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

// Whether somebody watches, and how. A pager shows it on the same terminal.
std::optional<ChartStyle> chart_style() {
  Terminal terminal = terminal_of(STDOUT_FILENO);
  if (!terminal.watched) terminal = output_terminal();
  if (!terminal.watched) return std::nullopt;
  return ChartStyle{terminal.columns, terminal.colour};
}

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

// The counters of each list and group; where somebody watches, the call results as charts.
std::string show_statistics(const JsonValue& reply) {
  const std::optional<ChartStyle> charts = chart_style();
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

}  // namespace

std::vector<Command> statistics_commands() {
  return {{.name = "stats",
           .text = "Count the records of lists and groups by status, type, result",
           .options = {json_option(),
                       watch_option(),
                       {"NAME", "Lists and groups, all when none is given", &Arguments::names, "names"},
                       {"--list", "A list", &Arguments::lists, "lists"},
                       {"--group", "A group", &Arguments::groups, "groups"}},
           .sends = "statistics",
           .view = show_statistics}};
}

}  // namespace outpost::supervisor::ctl
