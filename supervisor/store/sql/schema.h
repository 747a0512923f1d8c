// The tables, as numbered migrations.
//
// The SQL is what SQLite and PostgreSQL share: no triggers, no procedures, no foreign keys (they would cost a look-up
// for each record, and sharded systems restrict them). Three words differ: INTEGER means 64 bits, which is what SQLite
// gives it, and is BIGINT elsewhere; BLOB is BYTEA elsewhere; WITHOUT ROWID, a table that is its key's index, is left
// out elsewhere.
//
// What products keep is a family of tables with a version of its own. One database may hold several.
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

struct SchemaFamily {
  std::string_view version_table;  // has one row
  std::span<const Migration> migrations;
  // Tables that are there from the first version on, and that no other program has all of.
  std::span<const std::string_view> marks;
  std::string_view updated_by;  // "a primary supervisor"
  // That this program writes and reads.
  [[nodiscard]] int version() const { return migrations.back().version; }
};

// That of the records, here and in what follows.
const SchemaFamily& record_schema();
std::span<const Migration> migrations();
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
