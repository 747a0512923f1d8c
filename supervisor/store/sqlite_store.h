// The RecordStore in one SQLite file: WAL, so that readers and the writer do not wait for one another, and
// synchronous=FULL, so that what commit() returned for survives a loss of power.
#pragma once

#include <memory>
#include <string>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Errors: those of open_sqlite_file().
Result<std::unique_ptr<RecordStore>> open_sqlite_store(const std::string& path, OpenMode mode);

}  // namespace outpost::supervisor
