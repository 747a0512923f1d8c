// Being alone with a store, so that nothing of it changes while it is copied: its lock, its lease, and the wait for
// those who had them before.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/error.h"
#include "common/io/process.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/migration/progress.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor::migration {

// The time of one look at a lease, or of one change of it.
inline constexpr std::chrono::milliseconds kLeaseTimeLimit{5'000};

// The lock of an embedded store, which has to be there; nothing for any other store.
Result<std::optional<LockFile>> lock(const std::string& url);

// The lease as it is once nobody uses the store.
Result<LeaseView> await_free(LeaseStore& leases, const std::string& url, const MigrationOptions& options);

// The lease of FROM, held and renewed by whoever copies. Given back at the end, however that comes.
class Fence {
 public:
  static Result<std::unique_ptr<Fence>> take(const std::string& url, const std::string& run,
                                             const MigrationOptions& options);
  ~Fence() { static_cast<void>(leases_->release(epoch_, "", std::chrono::milliseconds(0))); }
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;

  // To be called often. Errc::fenced when somebody took the lease.
  Result<> renew_when_due();
  Result<> renew();
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  // Whether nobody but a migration has had the lease since one held `epoch`: it died, or gave it back.
  [[nodiscard]] bool follows(std::int64_t epoch) const {
    return before_.epoch == epoch || (before_.epoch == epoch + 1 && before_.holder.empty());
  }

 private:
  Fence(std::unique_ptr<LeaseStore> leases, std::unique_ptr<RecordStore> records, Lease before, std::int64_t epoch,
        std::chrono::milliseconds time)
      : leases_(std::move(leases)),
        records_(std::move(records)),
        before_(std::move(before)),
        epoch_(epoch),
        time_(time) {
    records_->hold(epoch);
  }

  std::unique_ptr<LeaseStore> leases_;
  std::unique_ptr<RecordStore> records_;
  Lease before_;
  std::int64_t epoch_;
  std::chrono::milliseconds time_;
  std::chrono::steady_clock::time_point renewed_ = std::chrono::steady_clock::now();
};

}  // namespace outpost::supervisor::migration
