#include "supervisor/role/status.h"

#include <algorithm>
#include <cstdint>

#include "common/json.h"
#include "supervisor/metrics/exposition.h"

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

void write_role_metrics(MetricsWriter& out, const Self& self, const Lookout& lookout, bool redundant) {
  MetricFamily& role = out.gauge("outpost_role", "1 for the role that this supervisor has, 0 for the others.");
  MetricFamily& changes = out.counter("outpost_role_changes", "How often this supervisor got the role.");
  for (Role one : kRoles) {
    role.add({{"role", to_string(one)}}, one == self.role());
    changes.add({{"role", to_string(one)}}, self.changes_to(one));
  }
  out.gauge("outpost_epoch", "Epoch of the lease, as this supervisor knows it.")
      .add({}, self.epoch() != 0 ? self.epoch() : lookout.lease().epoch);
  out.gauge("outpost_redundant", "Whether another supervisor can take over.").add({}, redundant);
  out.gauge("outpost_role_problem",
            "Whether something keeps this supervisor from being primary, or from serving as primary; outpostctl status "
            "says what.")
      .add({}, !self.problem().empty());
  if (!redundant) return;
  constexpr double kMsPerSecond = 1000;
  out.gauge("outpost_lease_readable", "Whether this supervisor could read the lease when it looked last.")
      .add({}, lookout.is_readable());
  if (lookout.lease().holder.empty()) return;
  out.gauge("outpost_lease_age_seconds", "For how long this supervisor has not seen the lease renewed.")
      .add({}, static_cast<double>(lookout.unchanged_for().count()) / kMsPerSecond);
  out.gauge("outpost_lease_duration_seconds", "For how long a renewal of the lease lasts.")
      .add({}, static_cast<double>(lookout.lease().lease_ms) / kMsPerSecond);
}

}  // namespace outpost::supervisor
