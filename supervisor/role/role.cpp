#include "supervisor/role/role.h"

#include <algorithm>
#include <array>

namespace outpost::supervisor {

namespace {

constexpr std::array kTransitions{
    RoleTransition{Role::backup, RoleEvent::lease_free, Role::starting},
    RoleTransition{Role::backup, RoleEvent::told_primary, Role::starting},
    RoleTransition{Role::starting, RoleEvent::store_open, Role::primary},
    RoleTransition{Role::starting, RoleEvent::cannot_start, Role::backup},
    RoleTransition{Role::primary, RoleEvent::told_backup, Role::draining},
    RoleTransition{Role::primary, RoleEvent::switch_away, Role::draining},
    RoleTransition{Role::primary, RoleEvent::lease_lost, Role::draining},
    RoleTransition{Role::primary, RoleEvent::renewal_overdue, Role::draining},
    RoleTransition{Role::primary, RoleEvent::stopping, Role::draining},
    RoleTransition{Role::draining, RoleEvent::drained, Role::backup},
};

}  // namespace

std::span<const RoleTransition> role_transitions() { return kTransitions; }

std::optional<Role> next_role(Role from, RoleEvent event) noexcept {
  const auto* found = std::ranges::find_if(
      kTransitions, [&](const RoleTransition& row) { return row.from == from && row.event == event; });
  if (found == kTransitions.end()) return std::nullopt;
  return found->to;
}

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::backup: return "backup";
    case Role::starting: return "starting";
    case Role::primary: return "primary";
    case Role::draining: return "draining";
  }
  return "unknown";
}

std::string_view to_string(RoleEvent event) noexcept {
  switch (event) {
    case RoleEvent::lease_free: return "the lease is free";
    case RoleEvent::told_primary: return "told to be primary";
    case RoleEvent::store_open: return "the store is open";
    case RoleEvent::cannot_start: return "it cannot be primary";
    case RoleEvent::told_backup: return "told to be backup";
    case RoleEvent::switch_away: return "another supervisor takes over by a switch";
    case RoleEvent::lease_lost: return "another supervisor has the lease";
    case RoleEvent::renewal_overdue: return "the lease could not be renewed";
    case RoleEvent::stopping: return "the process ends";
    case RoleEvent::drained: return "drained";
  }
  return "unknown";
}

}  // namespace outpost::supervisor
