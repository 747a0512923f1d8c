#include "supervisor/role/taking.h"

#include <memory>
#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;

namespace {

// After an attempt to take the lease that failed, and after one to serve with it.
constexpr milliseconds kRetryDelay{500};
constexpr milliseconds kStartRetryDelay{5'000};

}  // namespace

void Taking::begin(const Lease& seen, const Member& self, std::function<void(const Outcome&)> done) {
  from_ = seen;
  sent_ms_ = loop_.now_ms();
  auto epoch = std::make_shared<std::optional<std::int64_t>>();
  under_way_ = leases_.run(
      [epoch, seen, self, time = lease_time_](LeaseStore& store) -> Result<> {
        auto taken = store.take(seen, self, time);
        if (!taken) return pass(taken);
        *epoch = *taken;
        return {};
      },
      [this, epoch, done = std::move(done)](const Result<>& outcome) {
        under_way_ = false;
        if (!outcome) return done(fail(outcome.error()));
        if (*epoch) logged_.clear();
        done(*epoch);
      });
}

void Taking::cannot(const std::string& reason) {
  delay(kRetryDelay);
  if (std::exchange(logged_, reason) == reason) return;
  log_.write(lm::kCannotBePrimary, "this supervisor should be primary, and cannot: {}", reason);
}

void Taking::cannot_serve() { delay(kStartRetryDelay); }

void Taking::delay(milliseconds delay) { not_before_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(delay.count()); }

}  // namespace outpost::supervisor
