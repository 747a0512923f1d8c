// The command line of outpostctl, as the rows of commands.h have it.
#pragma once

#include <variant>

#include "supervisor/ctl/commands/commands.h"

namespace outpost::supervisor::ctl {

// What is to be done; or, after --help, --version and an error, which were printed, the exit status.
std::variant<Arguments, Exit> read_command_line(int argc, char** argv);

}  // namespace outpost::supervisor::ctl
