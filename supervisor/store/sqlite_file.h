// The file of a SQLite store: made, recognised, set up and brought up to date.
#pragma once

#include <string>

#include "supervisor/store/record_store.h"
#include "supervisor/store/sqlite.h"

namespace outpost::supervisor {

// As a writer, makes the directory (mode 0750) and the file (mode 0640) when they are absent, and brings the schema up
// to date in one transaction. Errc::invalid: no SQLite database, or that of another program; Errc::unsupported: written
// by a newer program, or not yet by a writer; Errc::store and Errc::io: the machine refused.
Result<Database> open_sqlite_file(const std::string& path, OpenMode mode);

}  // namespace outpost::supervisor
