#include "supervisor/store/migration/fence.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

#include "supervisor/store/url.h"

namespace outpost::supervisor::migration {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kHolder = "store migrate";
// How often a lease is looked at that somebody left behind.
constexpr milliseconds kLook{200};

bool is_held(const LeaseView& view) { return !view.lease.holder.empty() && view.lease.expires_at > view.now; }

// Who may be using a store: the holder of its lease, and supervisors that wait for it. Each says so again and again, so
// whoever is silent until its time is up is gone.
class SignsOfLife {
 public:
  // With the lock of an embedded store in hand, nobody waits for it.
  SignsOfLife(LeaseView view, bool locked) : first_(std::move(view)), locked_(locked) {}

  // Until the last of them has proved to be gone; 0: nobody is there.
  [[nodiscard]] milliseconds left(const LeaseView& view) const {
    std::int64_t left = is_held(view) ? view.lease.expires_at - view.now : 0;
    for (const Member& member : view.members) {
      if (!locked_) left = std::max(left, member.seen_at + kSilence.count() - view.now);
    }
    return milliseconds(left);
  }
  // Errc::busy when one of them lives.
  [[nodiscard]] Result<> check(const LeaseView& view) const {
    const Lease& lease = view.lease;
    bool renewed = lease.epoch != first_.lease.epoch || lease.renewals != first_.lease.renewals;
    if (is_held(view) && (renewed || left(view) > kMostWaited)) {
      return in_use(fmt::format("\"{}\" holds its lease, which runs for another {} ms", lease.holder,
                                lease.expires_at - view.now));
    }
    for (const Member& member : view.members) {
      auto before = std::ranges::find(first_.members, member.name, &Member::name);
      bool seen = before == first_.members.end() || before->seen_at != member.seen_at;
      if (seen && !locked_) {
        return in_use(fmt::format("\"{}\" on {}, pid {}, waits for its lease", member.name, member.host, member.pid));
      }
    }
    return {};
  }

 private:
  static constexpr milliseconds kSilence{3'000};
  // Whoever holds it for longer is not waited for.
  static constexpr milliseconds kMostWaited{10'000};

  static Failure in_use(const std::string& who) {
    return fail(Errc::busy, "the store is in use: {}; stop its supervisors first", who);
  }

  LeaseView first_;
  bool locked_;
};

}  // namespace

Result<std::optional<LockFile>> lock(const std::string& url) {
  auto file = sqlite_file(url);
  if (!file) return std::nullopt;
  std::error_code error;
  if (!std::filesystem::exists(*file, error)) return fail(Errc::not_found, "there is no store {}", *file);
  auto lock = LockFile::acquire(*file + ".lock");
  if (!lock) return fail(lock.error().code, "the store is in use, stop its supervisor first: {}", lock.error().text);
  return std::move(*lock);
}

Result<LeaseView> await_free(LeaseStore& leases, const std::string& url, const MigrationOptions& options) {
  auto view = leases.look();
  if (!view) return view;
  SignsOfLife signs(*view, sqlite_file(url).has_value());
  for (;;) {
    if (Result<> checked = signs.check(*view); !checked) return pass(checked);
    milliseconds left = signs.left(*view);
    if (left <= milliseconds(0)) return view;
    if (options.waiting) options.waiting(left);
    // No store tells what somebody else does not do.
    std::this_thread::sleep_for(std::min(left, kLook));
    view = leases.look();
    if (!view) return view;
  }
}

// --- Fence -----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Fence>> Fence::take(const std::string& url, const std::string& run,
                                           const MigrationOptions& options) {
  // A reader neither makes a store nor changes its schema.
  if (auto reader = open_store(url, OpenMode::reader); !reader) return pass(reader);
  auto leases = open_lease_store(url, kLeaseTimeLimit);
  if (!leases) return pass(leases);
  auto view = await_free(**leases, url, options);
  if (!view) return pass(view);
  Member self;
  self.name = kHolder;
  self.instance = run;
  auto epoch = (*leases)->take(view->lease, self, options.lease);
  if (!epoch) return pass(epoch);
  if (!*epoch) return fail(Errc::busy, "the store is in use: somebody else just took its lease");
  auto records = open_store(url, OpenMode::writer);
  if (!records) {
    static_cast<void>((*leases)->release(**epoch, "", milliseconds(0)));
    return pass(records);
  }
  return std::unique_ptr<Fence>(
      new Fence(std::move(*leases), std::move(*records), view->lease, **epoch, options.lease));
}

Result<> Fence::renew_when_due() {
  constexpr int kRenewals = 5;  // in the time of a lease
  return steady_clock::now() < renewed_ + time_ / kRenewals ? Result<>() : renew();
}

Result<> Fence::renew() {
  renewed_ = steady_clock::now();
  Result<> done = records_->begin();
  if (done) done = records_->renew_lease(time_);
  if (done) done = records_->commit();
  if (done) return {};
  records_->rollback();
  if (done.error().code != Errc::fenced) return done;
  return fail(Errc::fenced,
              "somebody took the store over while it was copied; stop its supervisors and run this again");
}

}  // namespace outpost::supervisor::migration
