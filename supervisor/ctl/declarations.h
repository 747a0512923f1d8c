// All commands of outpostctl with their options, in the order in which --help lists them.
#pragma once

#include "supervisor/ctl/options.h"

namespace outpost::supervisor::ctl {

// `line` outlives `app`, which reads into it.
void add_commands(CLI::App& app, CommandLine& line);

}  // namespace outpost::supervisor::ctl
