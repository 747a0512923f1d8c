// The RecordStore in one SQLite file: WAL, so that readers and the writer do not wait for one another, and
// synchronous=FULL, so that what commit() returned for survives a loss of power.
#pragma once

#include <memory>
#include <string>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// As a writer, makes the directory (mode 0750) and the file (mode 0640) when they are absent, and brings the schema up to
// date in one transaction. Errc::invalid: no SQLite database, or that of another program; Errc::unsupported: written by a
// newer program; Errc::store and Errc::io: the machine refused.
Result<std::unique_ptr<RecordStore>> open_sqlite_store(const std::string& path, OpenMode mode);

}  // namespace outpost::supervisor
