#include "supervisor/role/opening.h"

#include <thread>
#include <utility>

#include "supervisor/log_messages.h"
#include "supervisor/role/namesake.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

constexpr int kTakeAttempts = 5;
constexpr std::chrono::milliseconds kNamesakeLook{100};

std::uint64_t steady_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

Result<> refuse_namesake(Log& log, LeaseStore& leases, LeaseView view, const std::string& name,
                         const std::string& url) {
  NamesakeWatch watch(name);
  bool said = false;
  for (;;) {
    auto verdict = watch.saw(view, steady_ms());
    if (verdict == NamesakeWatch::Verdict::gone) return {};
    const Member& other = watch.namesake();
    if (verdict == NamesakeWatch::Verdict::alive) {
      return fail(Errc::exists,
                  "another outpostd over the store {} is called {} as well, on {}, pid {}: give each its own "
                  "redundancy.name",
                  shown_url(url), other.name, other.host, other.pid);
    }
    if (!std::exchange(said, true)) {
      log.write(lm::kNamesake, "an outpostd called {} was heard of {} ms ago, on {}, pid {}: waiting whether it lives",
                other.name, view.now - other.seen_at, other.host, other.pid);
    }
    std::this_thread::sleep_for(kNamesakeLook);
    auto again = leases.look();
    if (!again) return pass(again);
    view = std::move(*again);
  }
}

Result<std::int64_t> take_from_whoever(LeaseStore& leases, Lease seen, const Member& self,
                                       std::chrono::milliseconds lease_time, const std::string& url) {
  for (int attempt = 0; attempt < kTakeAttempts; ++attempt) {
    auto epoch = leases.take(seen, self, lease_time);
    if (!epoch) return pass(epoch);
    if (*epoch) return **epoch;
    auto again = leases.look();
    if (!again) return pass(again);
    seen = again->lease;
  }
  return fail(Errc::fenced, "another supervisor writes to the store {}: switch on redundancy.enabled on both",
              shown_url(url));
}

}  // namespace outpost::supervisor
