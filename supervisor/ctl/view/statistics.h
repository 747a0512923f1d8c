// The counters of lists and groups.
#pragma once

#include <optional>
#include <string>

#include "common/json.h"
#include "supervisor/ctl/view/chart.h"

namespace outpost::supervisor::ctl {

// The counters of each list and group; with a style, the call results as charts.
std::string show_statistics(const JsonValue& reply, const std::optional<ChartStyle>& charts);

}  // namespace outpost::supervisor::ctl
