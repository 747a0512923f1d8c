// The values of a record, as people read them.
#pragma once

#include <string>
#include <string_view>

#include "common/json.h"

namespace outpost::supervisor::ctl {

// A member of a record, or of a handle: enumerations by name, times and windows as clocks show them.
std::string record_value(const JsonValue& record, std::string_view name);

}  // namespace outpost::supervisor::ctl
