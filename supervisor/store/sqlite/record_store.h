// The RecordStore in one SQLite file: WAL, so that readers and the writer do not wait for one another, and
// synchronous=FULL, so that what commit() returned for survives a loss of power.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Errors: those of open_sqlite_file().
Result<std::unique_ptr<RecordStore>> open_sqlite_store(const std::string& path, OpenMode mode);
Result<std::unique_ptr<LeaseStore>> open_sqlite_lease_store(const std::string& path,
                                                            std::chrono::milliseconds time_limit);

}  // namespace outpost::supervisor
