// The threads on which the state is read and written, so that the loop never waits for a store.
//
// SQLite has one writer with group commit and a reader beside it. PostgreSQL has several workers with a session each,
// and a transaction there is one request: batches of two nodes that hold locks of many requests would wait for each
// other crosswise. The worker is chosen by the key of the work, so that what concerns one object keeps its order. One
// worker more is the node's own, so that what it does for itself and what clients ask do not wait for one another.
// Source: mobile.md 6.2.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/io/loop.h"
#include "supervisor/mobile/state/state_store.h"

namespace outpost {
class Log;
}

namespace outpost::supervisor {

class StateThreads {
 public:
  // On a store's thread. May run again after a rollback: what it keeps outside must bear that.
  using Apply = std::function<Result<>(StateStore& store)>;
  // On the loop's thread, behind the commit. The error is apply's own, or the store's: Errc::unavailable when it cannot
  // be reached, Errc::io when it is not known whether the change was made.
  using Done = std::function<void(const Result<>&)>;

  struct Counters {
    std::uint64_t works = 0;    // finished
    std::uint64_t queued = 0;   // that wait now
    std::uint64_t busy_us = 0;  // time of all threads in transactions
  };

  virtual ~StateThreads() = default;

  // `apply` in a transaction. False: too many wait, or the end; nothing is called then.
  virtual bool write(std::string_view key, Apply apply, Done done) = 0;
  // The same for the node's own works: no client's waits behind it where several can be done at once.
  virtual bool write_aside(Apply apply, Done done) = 0;
  // The same, ahead of all that waits. False after the end only.
  virtual bool write_urgent(Apply apply, Done done) = 0;
  // `apply` reads what is committed; it must not write.
  virtual bool read(std::string_view key, Apply apply, Done done) = 0;
  // Finishes what waits, calls every Done, and ends the threads. Blocks; not from a Done.
  virtual void stop() = 0;
  // From now on what waits fails at once, with Errc::closed: somebody has no patience.
  virtual void abandon() noexcept = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
};

// Opens the store, which it makes or brings up to date; blocks for that. The loop outlives it.
Result<std::unique_ptr<StateThreads>> open_state_threads(Loop& loop, Log& log, const std::string& url,
                                                         StateDurability durability);

}  // namespace outpost::supervisor
