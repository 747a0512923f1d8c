// Moves the content of one store into another, of whatever engines, while no supervisor runs: outpostctl store migrate.
//
//   lock and fence FROM ──▶ copy, page by page ──▶ compare, reading both sides again ──▶ release TO, then FROM
//
// FROM stays as it is. Its lease is taken meanwhile, so whoever would write to it is fenced off. Each page is one
// transaction of TO together with a mark of how far it is: a run that was killed is taken up by the next with the same
// FROM. Until the end TO has a schema version that no program opens, so nobody can serve half a store.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/error.h"

namespace outpost::supervisor {

struct MigrationProgress {
  enum class Phase : std::uint8_t { copy, compare };
  Phase phase = Phase::copy;
  std::uint64_t rows_before = 0;  // copied by runs that were interrupted
  std::uint64_t rows = 0;         // done in all
  std::uint64_t rows_total = 0;
};

struct MigratedTable {
  std::string name;
  std::int64_t rows = 0;
  std::string checksum;  // of all its rows, in any order; hexadecimal
};

struct MigrationReport {
  std::string from;  // without passwords
  std::string to;
  std::int64_t epoch = 0;  // of the lease in TO
  std::int64_t rows = 0;
  std::int64_t rows_resumed = 0;  // of these: copied by runs that were interrupted
  std::vector<MigratedTable> tables;
};

struct MigrationOptions {
  // How long FROM stays locked when the migration dies.
  std::chrono::milliseconds lease{5'000};
  // Is called between pages.
  std::function<void(const MigrationProgress&)> progress;
  // Called while somebody may still use a store, a supervisor that was killed or another migration: whether it is gone
  // is known in this time at the latest.
  std::function<void(std::chrono::milliseconds)> waiting;
};

// `from` and `to` are values of store.url. TO is made when it is absent and can be made. Errc::busy: one of them is in
// use; Errc::exists: TO holds something else; Errc::invalid: no such store; Errc::fenced: somebody took FROM or TO over
// meanwhile; Errc::store: a store failed, or the two differ in the end. No text of an error holds a password.
Result<MigrationReport> migrate_store(const std::string& from, const std::string& to, const MigrationOptions& options);

}  // namespace outpost::supervisor
