// Commands that only one type of application has: who gives one to the other is told so, and not that there is none.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

struct TypedCommand {
  std::string_view name;
  ApplicationType type;
};
std::span<const TypedCommand> typed_commands();

// What is said of a command that an outpostd of type `here` has not; empty when the other type has none of this name.
std::string foreign_command_text(std::string_view name, ApplicationType here);

}  // namespace outpost::supervisor
