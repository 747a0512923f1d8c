// What this supervisor is to its peer. Source: design.md section 6.
#pragma once

#include <cstdint>
#include <string_view>

namespace outpost::supervisor {

// Without redundancy configured a supervisor is primary as soon as it holds the lease; the way between the two is
// starting (backup to primary) and draining (primary to backup, or to the end).
enum class Role : std::uint8_t { backup, starting, primary, draining };

constexpr std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::backup: return "backup";
    case Role::starting: return "starting";
    case Role::primary: return "primary";
    case Role::draining: return "draining";
  }
  return "unknown";
}

}  // namespace outpost::supervisor
