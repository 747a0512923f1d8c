// Who this supervisor is: its role, the epoch of its lease, what it says of itself to the others, and how its role has
// changed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "common/clock.h"
#include "supervisor/role/role.h"
#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

class Self {
 public:
  struct Past {
    std::int64_t at;  // epoch seconds
    Role from;
    Role to;
    std::int64_t epoch;
    std::string reason;
  };

  // `clock` outlives this.
  Self(const Clock& clock, std::string name, std::string host);

  [[nodiscard]] Role role() const { return role_; }
  // The epoch of the lease that it took last; 0 before the first.
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  // What the others are told.
  [[nodiscard]] const Member& row() const { return row_; }
  [[nodiscard]] const std::string& name() const { return row_.name; }
  // Why it could not be primary, or why it is and does not serve; empty for none.
  [[nodiscard]] const std::string& problem() const { return row_.problem; }
  // How often it became what it asks for.
  [[nodiscard]] std::uint64_t changes_to(Role role) const { return changes_[static_cast<std::size_t>(role)]; }
  // Newest first.
  [[nodiscard]] const std::deque<Past>& past() const { return past_; }

  // Does what the table of roles says. The role before; nothing: the event means nothing in this role.
  std::optional<Role> change(RoleEvent event, const std::string& reason);
  void set_epoch(std::int64_t epoch) { epoch_ = epoch; }
  void set_problem(std::string problem) { row_.problem = std::move(problem); }
  // The epoch of the lease that it is ready to take over from, by a switch; 0 for none.
  void set_ready_for(std::int64_t epoch) { row_.ready_for = epoch; }

 private:
  const Clock& clock_;
  Role role_ = Role::backup;
  std::int64_t epoch_ = 0;
  Member row_;
  std::deque<Past> past_;
  std::array<std::uint64_t, kRoles.size()> changes_{};  // by what it became
};

}  // namespace outpost::supervisor
