// What no row can see alone of the sections of a mobile node, and the texts in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

// Of a mobile node only: findings go to `parsed`.
void check_node(const Config& config, ParsedOptions& parsed);

// What stands between commas, without the blanks around it; an empty text is one empty item.
std::vector<std::string_view> items_of(std::string_view list);

// Why a date pattern is none that can be written; empty when it can be.
std::string date_pattern_fault(std::string_view pattern);

}  // namespace outpost::supervisor
