#include "supervisor/role/role.h"

#include <set>

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::role_test {

TEST_CASE("each role and event has one outcome at most, and every role can be left", "[role]") {
  std::set<std::pair<Role, RoleEvent>> seen;
  std::set<Role> left;
  std::set<Role> reached;
  for (const RoleTransition& row : role_transitions()) {
    CHECK(seen.emplace(row.from, row.event).second);
    CHECK(next_role(row.from, row.event) == row.to);
    left.insert(row.from);
    reached.insert(row.to);
  }
  CHECK(left.size() == 4);
  CHECK(reached == left);
}

TEST_CASE("a primary is never made without the lease, and never ends without draining", "[role]") {
  for (const RoleTransition& row : role_transitions()) {
    if (row.to == Role::primary) CHECK(row.event == RoleEvent::store_open);
    if (row.from == Role::primary) CHECK(row.to == Role::draining);
  }
}

TEST_CASE("an event that means nothing in a role changes nothing", "[role]") {
  CHECK_FALSE(next_role(Role::backup, RoleEvent::renewal_overdue));
  CHECK_FALSE(next_role(Role::primary, RoleEvent::lease_free));
  CHECK_FALSE(next_role(Role::draining, RoleEvent::told_primary));
}

}  // namespace outpost::supervisor::role_test
