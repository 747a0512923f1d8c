#include "supervisor/store/sql/dialect.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::dialect_test {

using namespace supervisor;

TEST_CASE("a statement is put into the words of its engine", "[store]") {
  const std::string sql = "SELECT id FROM t INDEXED BY t_by_id WHERE id = ?1 AND ends > NOW_MS FOR UPDATE";
  CHECK(statement_in(Dialect::postgresql, sql) ==
        "SELECT id FROM t WHERE id = $1 AND ends > CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        " FOR UPDATE");
  CHECK(statement_in(Dialect::sqlite, sql) ==
        "SELECT id FROM t INDEXED BY t_by_id WHERE id = ?1 AND ends >"
        " CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) ");
}

TEST_CASE("rows are locked, and locked ones left, where others write too", "[store]") {
  const std::string sql = "WITH old AS (SELECT id FROM t LIMIT ?1 FOR UPDATE SKIP LOCKED) DELETE FROM t";
  CHECK(statement_in(Dialect::postgresql, sql) ==
        "WITH old AS (SELECT id FROM t LIMIT $1 FOR UPDATE SKIP LOCKED) DELETE FROM t");
  CHECK(statement_in(Dialect::sqlite, sql) == "WITH old AS (SELECT id FROM t LIMIT ?1 ) DELETE FROM t");
  // Whole words only.
  CHECK(statement_in(Dialect::sqlite, "SELECT 1 -- FOR UPDATES") == "SELECT 1 -- FOR UPDATES");
}

TEST_CASE("a transaction that writes locks the store where there is one writer", "[store]") {
  CHECK(statement_in(Dialect::sqlite, "BEGIN IMMEDIATE") == "BEGIN IMMEDIATE");
  CHECK(statement_in(Dialect::postgresql, "BEGIN IMMEDIATE") == "BEGIN");
}

TEST_CASE("a migration is put into the types of its engine", "[store]") {
  const std::string sql = "CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER, b BLOB) WITHOUT ROWID;";
  CHECK(schema_in(Dialect::sqlite, sql) == sql);
  CHECK(schema_in(Dialect::postgresql, sql) ==
        "CREATE TABLE t (id TEXT COLLATE \"C\" PRIMARY KEY, n BIGINT, b BYTEA);");
}

}  // namespace outpost::test::dialect_test
