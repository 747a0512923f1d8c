// The tables, as numbered migrations.
//
// The SQL is what SQLite and PostgreSQL share: no triggers, no procedures, no foreign keys (they would cost a look-up
// for each record, and sharded systems restrict them). Three words differ: INTEGER means 64 bits, which is what SQLite
// gives it, and is BIGINT elsewhere; BLOB is BYTEA elsewhere; WITHOUT ROWID, a table that is its key's index, is left
// out elsewhere.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost::supervisor {

// Why such a store is not opened: Errc::exists.
Failure unfinished_migration();

class TableStore;

struct Migration {
  int version;           // from 1, without gaps
  std::string_view sql;  // never changed once it was released: stores exist that have run it
  // What SQL cannot say, behind it and in the same transaction, in bounded pages; null for nothing. An empty store
  // needs none of it.
  Result<> (*fill)(TableStore& tables) = nullptr;
};

std::span<const Migration> migrations();
// The version that this program writes and reads.
int schema_version();
// The version of a store: of an older program, too, and 0 when there is nothing yet. Errors as of open_store().
Result<int> stored_schema(const std::string& url);
// The first version whose lease is that of lease_store.h. Programs that know no lease run without redundancy, so going
// there disturbs nobody.
inline constexpr int kFirstWithLease = 4;
// In place of the version while a store is filled from another (migration/migrate.h): no program opens it, not even one
// that knows nothing of this.
inline constexpr int kUnfinishedMigration = 1'000'000;

}  // namespace outpost::supervisor
