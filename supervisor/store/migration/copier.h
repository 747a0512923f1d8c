// Copies all tables from FROM to TO, page by page from the mark on, and compares the two in the end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/store/migration/fence.h"
#include "supervisor/store/migration/progress.h"
#include "supervisor/store/migration/target.h"
#include "supervisor/store/sql/table_store.h"

namespace outpost::supervisor::migration {

// The error of one side, FROM or TO.
Failure about(std::string_view side, Error error);

class Copier {
 public:
  Copier(Fence& fence, TableStore& source, Target& target, const MigrationOptions& options)
      : fence_(fence), source_(source), target_(target), options_(options) {}

  Result<> copy();
  Result<std::vector<MigratedTable>> compare();

 private:
  class Checksum;

  Result<> count();
  Result<> copy_table(const Table& table, const Table* next);
  Result<> between_pages(std::uint64_t rows);
  Result<Checksum> checksum(TableStore& store, const Table& table);

  Fence& fence_;
  TableStore& source_;
  Target& target_;
  const MigrationOptions& options_;
  MigrationProgress progress_;
};

}  // namespace outpost::supervisor::migration
