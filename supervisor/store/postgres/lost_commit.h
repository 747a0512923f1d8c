// What became of a commit whose answer was lost, because the connection broke or the server did not say it in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/error.h"
#include "supervisor/store/postgres/session.h"

namespace outpost::supervisor {

// Which hold of the lease it is.
struct PgHold {
  std::int64_t epoch = 0;
  std::string instance;
  bool operator==(const PgHold&) const = default;
};

// By what a transaction that wrote is known again, in the row of the lease.
struct PgTrace {
  PgHold held;
  std::int64_t batch = 0;
};

// Found out, never guessed: Errc::store when nothing was applied, Errc::io when that cannot be known. `why` is how the
// answer was lost; its session, the link's last, is of no more use. Asks for some seconds, each time for `limit` at
// most. Unless the transaction is there, its number and the next one are used.
Result<> find_outcome(PgLink& link, const PgTrace& trace, const Error& why, std::chrono::milliseconds limit);

}  // namespace outpost::supervisor
