// The places that one outpostd has for itself: its control socket, and its store's file.
#pragma once

#include <vector>

#include "common/error.h"
#include "common/io/process.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

// Held for as long as the result lives, and let go by the kernel when the process ends however it does.
// Errc::busy names who has one of them; any other error what is missing.
Result<std::vector<LockFile>> take_locks(const Config& config);

}  // namespace outpost::supervisor
