#include "supervisor/role/peers.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "supervisor/role/namesake.h"

namespace outpost::supervisor {

using std::chrono::milliseconds;
using Standing = LeaseWatch::Standing;

const Member* Peers::member(std::string_view name) const {
  const auto& members = lookout_.view().members;
  auto found = std::ranges::find(members, name, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

const Member* Peers::holder_of(const Lease& lease) const {
  const Member* holder = member(lease.holder);
  return holder && holder->instance == lease.instance ? holder : nullptr;
}

bool Peers::is_vacant() const {
  Standing standing = lookout_.standing();
  return standing == Standing::free || standing == Standing::reserved || standing == Standing::expired;
}

// An earlier life of it may still have the lease.
bool Peers::is_in_office(std::string_view name) const {
  if (name == self_.name() && self_.role() == Role::primary) return true;
  const Lease& lease = lookout_.lease();
  const Member* holder = member(lease.holder);
  return lease.holder == name && !is_vacant() && !lookout_.expired_by_store() &&
         (!holder || holder->instance == lease.instance);
}

std::string Peers::who_is_primary() const {
  const Lease& lease = lookout_.lease();
  if (lease.holder.empty()) return "nobody is primary";
  const Member* holder = member(lease.holder);
  if (lookout_.standing() == Standing::expired) {
    return fmt::format("{} was primary and its lease has run out", lease.holder);
  }
  return holder ? fmt::format("{} on {} is primary", holder->name, holder->host)
                : fmt::format("{} is primary", lease.holder);
}

std::string Peers::fault_of(std::string_view to) const {
  const LeaseView& view = lookout_.view();
  const Member* peer = member(to);
  std::string names;
  for (const Member& one : view.members) names += (names.empty() ? "" : ", ") + one.name;
  if (!peer) return fmt::format("there is no supervisor called {}; known are: {}", to, names);
  if (to == self_.name()) return self_.problem();
  auto silent = milliseconds(std::max<std::int64_t>(0, view.now - peer->seen_at));
  // With a longer lease, who looks at it may be held up for longer.
  if (silent > std::max(kSilenceMax, lease_time_)) {
    return fmt::format("{} is absent: it was last heard of {} s ago", to, silent.count() / 1'000);
  }
  if (peer->schema_version < view.schema_version) {
    return fmt::format("{} ({}) knows schema versions up to {} and the store has {}: install the newer program there",
                       to, peer->program, peer->schema_version, view.schema_version);
  }
  if (!peer->problem.empty()) return fmt::format("{} cannot be primary: {}", to, peer->problem);
  return "";
}

std::string Peers::way_out(std::string_view to) const {
  if (!is_vacant() || to == self_.name() || !fault_of(self_.name()).empty()) return "";
  return fmt::format("; {}: outpostctl role primary, typed here, makes {} primary", who_is_primary(), self_.name());
}

Result<std::string> Peers::only_other() const {
  std::vector<std::string> able;
  std::string why;
  for (const Member& one : lookout_.view().members) {
    if (one.name == self_.name()) continue;
    std::string fault = fault_of(one.name);
    if (fault.empty()) {
      able.push_back(one.name);
    } else {
      why += (why.empty() ? ": " : "; ") + fault;
    }
  }
  if (able.size() == 1) return able.front();
  if (able.size() > 1) return fail(Errc::invalid, "several supervisors could take over; name one with --to");
  return fail(Errc::not_found, "no other supervisor can take over{}", why.empty() ? ": none is known" : why);
}

}  // namespace outpost::supervisor
