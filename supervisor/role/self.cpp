#include "supervisor/role/self.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "common/digest.h"
#include "common/version.h"
#include "supervisor/role/process_state.h"
#include "supervisor/store/sql/schema.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kPastMax = 10;
constexpr std::size_t kInstanceBytes = 8;

std::string new_instance() {
  auto bytes = random_bytes(kInstanceBytes);
  return bytes ? to_hex(*bytes) : std::to_string(getpid());
}

}  // namespace

Self::Self(const Clock& clock, std::string name, std::string host)
    : clock_(clock),
      row_{.name = std::move(name),
           .instance = new_instance(),
           .host = std::move(host),
           .pid = getpid(),
           .process_start = process_start(getpid()),
           .program = fmt::format("outpostd {}", kVersion),
           .schema_version = schema_version(),
           .role = std::string(to_string(Role::backup)),
           .reason = "started",
           .since = clock.now(),
           .ready_for = 0,
           .problem = "",
           .seen_at = 0} {}

std::optional<Role> Self::change(RoleEvent event, const std::string& reason) {
  auto next = next_role(role_, event);
  if (!next) return std::nullopt;
  Role before = std::exchange(role_, *next);
  ++changes_[static_cast<std::size_t>(role_)];
  row_.role = to_string(role_);
  row_.reason = reason;
  row_.since = clock_.now();
  past_.push_front({row_.since, before, role_, epoch_, reason});
  if (past_.size() > kPastMax) past_.pop_back();
  return before;
}

}  // namespace outpost::supervisor
