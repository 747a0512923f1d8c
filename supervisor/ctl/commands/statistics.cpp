// outpostctl stats: counters, and charts where somebody watches.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "supervisor/ctl/commands/options.h"
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

std::string show(const JsonValue& reply) { return show_statistics(reply, chart_style()); }

}  // namespace

std::vector<Command> statistics_commands() {
  return {{.name = "stats",
           .text = "Count the records of lists and groups by status, type, result",
           .options = {json_option(),
                       {"NAME", "Lists and groups, all when none is given", &Arguments::names, "names"},
                       {"--list", "A list", &Arguments::lists, "lists"},
                       {"--group", "A group", &Arguments::groups, "groups"}},
           .sends = "statistics",
           .view = show}};
}

}  // namespace outpost::supervisor::ctl
