// outpostctl stats: counters, and charts where somebody watches.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "common/json.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/statistics.h"

namespace outpost::supervisor::ctl {

namespace {

// Whether somebody watches, and how.
std::optional<ChartStyle> chart_style() {
  if (isatty(STDOUT_FILENO) != 1) return std::nullopt;
  const char* no_colour = std::getenv("NO_COLOR");
  return ChartStyle{terminal_columns(STDOUT_FILENO), !no_colour || *no_colour == '\0'};
}

}  // namespace

Result<Exit> run_stats(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object();
  for (auto [key, names] :
       {std::pair{"names", &arguments.names}, {"lists", &arguments.lists}, {"groups", &arguments.groups}}) {
    writer.key(key).begin_array();
    for (const std::string& name : *names) writer.value(name);
    writer.end_array();
  }
  return show_reply(client, "statistics", writer.end_object().take(), arguments.json,
                    [](const JsonValue& reply) { return show_statistics(reply, chart_style()); });
}

}  // namespace outpost::supervisor::ctl
