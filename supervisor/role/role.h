// What this supervisor is to its peer, and the table of how that changes. Source: design.md section 6.
//
//               lease_free, told_primary           store_open
//   backup ──────────────────────────────▶ starting ───────────▶ primary
//     ▲                                       │                     │ told_backup, switch_away, lease_lost,
//     │            cannot_start               │                     │ renewal_overdue, stopping
//     ├───────────────────────────────────────┘                     ▼
//     └──────────────────────────────────────────────────────── draining
//                              drained
//
// Without redundancy configured a supervisor goes the same way, at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace outpost::supervisor {

enum class Role : std::uint8_t { backup, starting, primary, draining };
inline constexpr std::array kRoles{Role::backup, Role::starting, Role::primary, Role::draining};

enum class RoleEvent : std::uint8_t {
  lease_free,       // nobody had the lease, or it had expired: it is taken
  told_primary,     // the same, by a person or by the other side of a switch
  store_open,       // under the epoch of the lease
  cannot_start,     // the store or the configuration does not allow it
  told_backup,      // by a person
  switch_away,      // another supervisor is ready to take over
  lease_lost,       // the store has another epoch
  renewal_overdue,  // the lease might be taken soon
  stopping,         // the process ends
  drained,          // no port, no request and no transaction is left
};

struct RoleTransition {
  Role from;
  RoleEvent event;
  Role to;
};

// Every change that there is.
std::span<const RoleTransition> role_transitions();
// Nothing: the event means nothing in this role.
std::optional<Role> next_role(Role from, RoleEvent event) noexcept;

std::string_view to_string(Role role) noexcept;
std::string_view to_string(RoleEvent event) noexcept;

}  // namespace outpost::supervisor
