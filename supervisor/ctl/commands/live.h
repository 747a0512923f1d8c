// Frames, one in the place of the other, until whoever watches has seen enough: q and Ctrl-C end them, and the terminal
// is as it was before. Where the cursor cannot be placed (TERM=dumb, a file), frame follows frame.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "common/error.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/view/terminal.h"

namespace outpost::supervisor::ctl {

// A text of any size: it is cut to that of the terminal. The client may be another one than that of the frame before.
using Frame = std::function<Result<std::string>(Client& client, const Terminal& terminal)>;

// A supervisor that is gone is said to be gone, and awaited; what it refuses is the end, and so is an output that
// nobody reads any more. Each interval begins when the frame before was drawn.
Result<Exit> run_live(Client& client, const Arguments& arguments, const Frame& frame);

// The interval of the command line.
std::chrono::milliseconds live_interval(const Arguments& arguments);

}  // namespace outpost::supervisor::ctl
