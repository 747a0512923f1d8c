// The command test-call: sends one request by the courier and says all that came of it.
#pragma once

#include <string_view>

#include "supervisor/control/command.h"

namespace outpost::supervisor {

class Courier;

inline constexpr std::string_view kTestCall = "test-call";

// {"url", "method"?, "headers"?, "body"?, "client"?} -> {"outcome", ...}: an answer of whatever status, or why there is
// none. The courier, which may be null, outlives the command.
ControlCommand test_call_command(Courier* courier);

}  // namespace outpost::supervisor
