#include "supervisor/role/status.h"

#include <algorithm>
#include <cstdint>

#include "common/json.h"

namespace outpost::supervisor {

namespace {

void write_lease(JsonWriter& out, const Lookout& lookout) {
  const Lease& lease = lookout.lease();
  std::int64_t now = lookout.view().now;
  out.key("lease").begin_object();
  out.member("holder", lease.holder).member("epoch", lease.epoch).member("renewals", lease.renewals);
  out.member("lease_ms", lease.lease_ms);
  out.member("renewed_ms_ago", lease.holder.empty() ? 0 : now - (lease.expires_at - lease.lease_ms));
  out.member("expires_in_ms", lease.holder.empty() ? 0 : lease.expires_at - now);
  out.member("wanted_by", lease.wanted_by).member("readable", lookout.is_readable()).end_object();
}

void write_members(JsonWriter& out, const LeaseView& view, const std::string& own_name) {
  out.key("members").begin_array();
  for (const Member& one : view.members) {
    out.begin_object().member("name", one.name).member("host", one.host).member("pid", one.pid);
    out.member("role", one.role).member("reason", one.reason).member("since", one.since);
    out.member("program", one.program).member("schema_version", one.schema_version).member("problem", one.problem);
    out.member("seen_ms_ago", std::max<std::int64_t>(0, view.now - one.seen_at));
    out.member("self", one.name == own_name).end_object();
  }
  out.end_array();
}

}  // namespace

void write_role_status(JsonWriter& out, const Self& self, const Lookout& lookout, bool redundant) {
  std::int64_t epoch = self.epoch() != 0 ? self.epoch() : lookout.lease().epoch;
  out.member("role", to_string(self.role())).member("epoch", epoch);
  out.member("name", self.name()).member("redundant", redundant);
  write_lease(out, lookout);
  write_members(out, lookout.view(), self.name());
  out.key("transitions").begin_array();
  for (const Self::Past& past : self.past()) {
    out.begin_object().member("at", past.at).member("from", to_string(past.from)).member("to", to_string(past.to));
    out.member("epoch", past.epoch).member("reason", past.reason).end_object();
  }
  out.end_array();
}

}  // namespace outpost::supervisor
