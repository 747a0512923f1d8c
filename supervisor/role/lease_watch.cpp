#include "supervisor/role/lease_watch.h"

namespace outpost::supervisor {

void LeaseWatch::saw(const LeaseView& view, std::uint64_t now_ms) {
  const Lease& before = view_.lease;
  const Lease& now = view.lease;
  bool same = seen_ && before.epoch == now.epoch && before.renewals == now.renewals && before.holder == now.holder;
  if (!same) unchanged_since_ms_ = now_ms;
  bool same_wish = before.epoch == now.epoch && before.wanted_by == now.wanted_by;
  if (seen_ && !same_wish) wished_at_ms_ = now_ms;
  view_ = view;
  seen_ = true;
  seen_ms_ = now_ms;
}

std::int64_t LeaseWatch::store_now(std::uint64_t now_ms) const {
  return view_.now + static_cast<std::int64_t>(now_ms - seen_ms_);
}

bool LeaseWatch::is_wanted(std::uint64_t now_ms) const {
  const Lease& lease = view_.lease;
  if (lease.wanted_by != name_ || !wished_at_ms_) return false;
  return static_cast<std::int64_t>(now_ms - *wished_at_ms_) <= kWishMsMax + lease.lease_ms;
}

bool LeaseWatch::expired_by_store(std::uint64_t now_ms) const {
  std::int64_t left = view_.lease.expires_at - store_now(now_ms);
  return left <= 0 || left > view_.lease.lease_ms;
}

LeaseWatch::Standing LeaseWatch::standing(std::uint64_t now_ms) const {
  if (!seen_) return Standing::unknown;
  const Lease& lease = view_.lease;
  auto unchanged = static_cast<std::int64_t>(now_ms - unchanged_since_ms_);
  if (lease.holder.empty()) {
    bool for_another = !lease.wanted_by.empty() && lease.wanted_by != name_;
    std::int64_t ago = store_now(now_ms) - lease.expires_at;
    bool lately = ago < lease_ms_ && unchanged < lease_ms_;
    return for_another && lately ? Standing::reserved : Standing::free;
  }
  if (lease.instance == instance_) return Standing::ours;
  return unchanged >= lease.lease_ms && expired_by_store(now_ms) ? Standing::expired : Standing::held;
}

}  // namespace outpost::supervisor
