// A store as plain tables, whatever its engine: for copying and comparing stores (migration/migrate.h). What runs a
// supervisor goes through RecordStore.
//
// One instance belongs to one thread. Statements are SQL that all engines share, with parameters $1, $2, ... in the
// order in which they first appear. Errors are Errc::store; after one within a transaction, rollback().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/store/sql/tables.h"

namespace outpost::supervisor {

class TableStore {
 public:
  virtual ~TableStore() = default;

  // A transaction that writes, and that nobody else's write can come into.
  virtual Result<> begin() = 0;
  virtual Result<> commit() = 0;
  virtual void rollback() noexcept = 0;
  // While off, a loss of power may take the last commits away, never a part of one. A commit with it on makes all
  // before it durable too.
  virtual Result<> set_durable(bool durable) = 0;

  // All rows that a SELECT gives: the caller limits them. `kinds` are those of its columns. Texts and purposes of
  // statements outlive the store's use; a purpose completes "cannot ...".
  virtual Result<std::vector<Row>> query(const std::string& sql, const Row& parameters,
                                         std::span<const ColumnKind> kinds, std::string_view purpose) = 0;
  // Returns how many rows were changed.
  virtual Result<std::int64_t> run(const std::string& sql, const Row& parameters, std::string_view purpose) = 0;
  // The columns by which this engine gives the rows of a table in order, by an index.
  [[nodiscard]] virtual std::vector<std::size_t> order(const Table& table) const;
  // Whole rows, none of which is there yet.
  virtual Result<> insert(const Table& table, const std::vector<Row>& rows) = 0;
  // Sets the columns behind the keys, in rows that are there. Here `table` may name some of the columns of its table.
  virtual Result<> update(const Table& table, const std::vector<Row>& rows) = 0;
};

enum class TableAccess : std::uint8_t { read_only, read_write };

// The store must be there; its schema version is not looked at.
Result<std::unique_ptr<TableStore>> open_table_store(const std::string& url, TableAccess access);
Result<std::unique_ptr<TableStore>> open_sqlite_tables(const std::string& path, TableAccess access);
Result<std::unique_ptr<TableStore>> open_postgres_tables(const std::string& url, TableAccess access);

// On a connection that is open, for as long as it is: what is done is part of its transaction.
class Database;
class PgSession;
std::unique_ptr<TableStore> tables_of(Database& database);
std::unique_ptr<TableStore> tables_of(PgSession& session);

// What every new store holds, in memory.
Result<std::unique_ptr<TableStore>> open_empty_tables();

// At most a page of rows behind that with the key `after`, in the store's order; from the first when that is empty.
Result<std::vector<Row>> read_page(TableStore& store, const Table& table, const Row& after);
// The INSERT of one row: parameter k is column k.
std::string insert_sql(const Table& table);
// What the next page comes behind, as `after`.
Row key_of(const TableStore& store, const Table& table, const Row& row);
Result<std::int64_t> count_rows(TableStore& store, const Table& table);

}  // namespace outpost::supervisor
