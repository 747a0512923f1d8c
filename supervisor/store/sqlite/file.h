// The file of a SQLite store: made, recognised, set up and brought up to date.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "supervisor/store/record_store.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

// What finds this many pages in the WAL (64 MiB) has them copied into the file: checkpointer.h, or the commit itself.
// Measured with 64 insertions a commit: going from SQLite's 1000 pages to 16000 takes a tenth off the CPU, for a page
// that is written often is copied once; 64000 cost more CPU. The price is a recovery of 0.1 s after a crash.
inline constexpr int kCheckpointPages = 16000;

// As a writer, makes the directory (mode 0750) and the file (mode 0640) when they are absent, and brings the schema up
// to date in one transaction. Errc::invalid: no SQLite database, or that of another program; Errc::unsupported: written
// by a newer program, or not yet by a writer; Errc::store and Errc::io: the machine refused. What a commit of the
// writer survives is `sync`: the power's end, or that of every process.
enum class SqliteSync : std::uint8_t { each_commit, checkpoints };
Result<Database> open_sqlite_file(const std::string& path, const SchemaFamily& family, OpenMode mode,
                                  SqliteSync sync = SqliteSync::each_commit);
// The version of the records' schema, 0 when there is no such file or nothing of them in it. Writes nothing.
Result<int> sqlite_schema(const std::string& path);
// As open_sqlite_file() for what is written beside the records: brings up to date only a schema that has no such lease,
// and syncs nothing. A commit that the power takes away takes its processes with it, and whatever is synced later by
// the writer lies behind it in the WAL.
Result<Database> open_sqlite_lease_file(const std::string& path, std::chrono::milliseconds busy_timeout);

}  // namespace outpost::supervisor
