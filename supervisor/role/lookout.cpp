#include "supervisor/role/lookout.h"

#include <memory>
#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

Lookout::Lookout(const Loop& loop, Log& log, LeaseJobs& leases, const Member& self,
                 std::chrono::milliseconds lease_time, std::function<void(bool)> looked)
    : loop_(loop),
      log_(log),
      leases_(leases),
      looked_(std::move(looked)),
      watch_(self.name, self.instance, lease_time.count()) {}

void Lookout::look() {
  if (under_way_) return;
  auto view = std::make_shared<LeaseView>();
  under_way_ = leases_.run(
      [view](LeaseStore& store) -> Result<> {
        auto seen = store.look();
        if (!seen) return pass(seen);
        *view = std::move(*seen);
        return {};
      },
      [this, view](const Result<>& outcome) {
        under_way_ = false;
        note_outage(outcome);
        if (outcome) watch_.saw(*view, loop_.now_ms());
        looked_(outcome.has_value());
      });
}

void Lookout::note_outage(const Result<>& outcome) {
  if (outcome.has_value() != outage_) return;
  outage_ = !outcome;
  if (outage_) {
    outage_since_ms_ = loop_.now_ms();
    log_.write(lm::kLeaseUnseen, "the lease cannot be read: {}", outcome.error().text);
  } else {
    log_.write(lm::kLeaseSeen, "the lease can be read again, after {} ms", loop_.now_ms() - outage_since_ms_);
  }
}

}  // namespace outpost::supervisor
