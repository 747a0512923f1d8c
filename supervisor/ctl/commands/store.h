// outpostctl store: what is done to a store itself, without a supervisor.
#pragma once

#include "supervisor/ctl/commands/commands.h"

namespace outpost::supervisor::ctl {

// Moves the content of the store arguments.from to arguments.to.
Result<Exit> run_store_migrate(const Arguments& arguments);

}  // namespace outpost::supervisor::ctl
