// The engines behind postgresql:// urls.
//
// A transaction of the RecordStore: one round trip to begin and for what was foreseen, seldom one or two more for what
// follows from that (read_ahead.h), one for each read that nobody foresaw, and one for all writes with the commit. A
// transaction that foresees nothing begins with that last one, as long as the session answered just now.
//
// The first write is preceded by the proof that the lease is still ours, which locks the lease's row until the commit:
// whoever takes the lease waits for that, so no write of the old primary can come after it. The proof fails when it
// does not hold, and a server skips all that is behind a failure, the COMMIT among it. It also numbers the transaction,
// so that a commit whose answer was lost can be looked up.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Errors: those of PgSession::open() and use_schema(). A store that is open outlives its connections: while the
// database is away calls fail after a second at most, and those that follow at once, until it is back.
Result<std::unique_ptr<RecordStore>> open_postgres_store(const std::string& url, OpenMode mode);
Result<std::unique_ptr<LeaseStore>> open_postgres_lease_store(const std::string& url,
                                                              std::chrono::milliseconds time_limit);

}  // namespace outpost::supervisor
