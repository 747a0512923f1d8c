// The reply to `status`: one paragraph a part of the system.
#pragma once

#include <string>

#include "common/json.h"

namespace outpost::supervisor::ctl {

std::string show_status(const JsonValue& status);

}  // namespace outpost::supervisor::ctl
