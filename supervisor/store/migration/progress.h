// What a migration is told by its caller, and tells it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

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

struct MigrationOptions {
  // How long FROM stays locked when the migration dies.
  std::chrono::milliseconds lease{5'000};
  // Is called between pages.
  std::function<void(const MigrationProgress&)> progress;
  // Called while somebody may still use a store, a supervisor that was killed or another migration: whether it is gone
  // is known in this time at the latest.
  std::function<void(std::chrono::milliseconds)> waiting;
};

}  // namespace outpost::supervisor
