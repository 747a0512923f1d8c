// Moves the content of one store into another, of whatever engines, while no supervisor runs: outpostctl store migrate.
//
//   lock and fence FROM ──▶ copy, page by page ──▶ compare, reading both sides again ──▶ release TO, then FROM
//
// FROM stays as it is. Its lease is taken meanwhile, so whoever would write to it is fenced off. Each page is one
// transaction of TO together with a mark of how far it is: a run that was killed is taken up by the next with the same
// FROM. Until the end TO has a schema version that no program opens, so nobody can serve half a store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/store/migration/progress.h"

namespace outpost::supervisor {

struct MigrationReport {
  std::string from;  // without passwords
  std::string to;
  std::int64_t epoch = 0;  // of the lease in TO
  std::int64_t rows = 0;
  std::int64_t rows_resumed = 0;  // of these: copied by runs that were interrupted
  std::vector<MigratedTable> tables;
};

// `from` and `to` are values of store.url. TO is made when it is absent and can be made. Errc::busy: one of them is in
// use; Errc::exists: TO holds something else; Errc::invalid: no such store; Errc::fenced: somebody took FROM or TO over
// meanwhile; Errc::store: a store failed, or the two differ in the end. No text of an error holds a password.
Result<MigrationReport> migrate_store(const std::string& from, const std::string& to, const MigrationOptions& options);

}  // namespace outpost::supervisor
