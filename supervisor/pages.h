// The manual pages of the supervisor: what they say beside the tables.
#pragma once

#include <string>

#include "common/command_tree.h"

namespace outpost::supervisor {

// outpostd(8).
std::string outpostd_page(const CommandTree& tree);
// outpost.json(5).
std::string config_page();

}  // namespace outpost::supervisor
