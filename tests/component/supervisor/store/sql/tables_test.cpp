// The tables that are copied are all that a store has.
#include "supervisor/store/sql/tables.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sqlite/session.h"
#include "tests/component/supervisor/store/engines.h"

namespace outpost::test::tables_test {

using namespace supervisor;

TEST_CASE("the tables that are copied are those of the schema", "[store_migration]") {
  auto database = value_of(Database::open(":memory:", Database::Access::read_write, 0));
  for (const Migration& migration : migrations()) require_ok(database.execute(std::string(migration.sql), "make it"));
  std::set<std::string> found;
  auto names = value_of(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'", "list"));
  for (Query query(names); value_of(query.next());) found.emplace(query.text(0));
  for (const char* other : {"schema_version", "lease", "supervisors"}) CHECK(found.erase(other) == 1);
  for (const Table& table : tables()) {
    INFO(table.name);
    CHECK(found.erase(std::string(table.name)) == 1);
    std::map<std::string, std::pair<std::string, std::int64_t>> columns;
    auto info = value_of(database.prepare(fmt::format("PRAGMA table_info({})", table.name), "describe"));
    for (Query query(info); value_of(query.next());) {
      columns[std::string(query.text(1))] = {std::string(query.text(2)), query.integer(5)};
      CHECK((query.integer(3) == 1 || query.integer(5) > 0));  // none is null
    }
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      const auto& [name, kind] = table.columns[k];
      INFO(name);
      if (!columns.contains(std::string(name))) {
        FAIL_CHECK("no migration of sql/schema.cpp adds " << table.name << "." << name);
        continue;
      }
      auto [type, key] = columns[std::string(name)];
      CHECK(type == (kind == ColumnKind::integer ? "INTEGER" : kind == ColumnKind::text ? "TEXT" : "BLOB"));
      CHECK(key == (k < table.keys ? static_cast<std::int64_t>(k) + 1 : 0));
      columns.erase(std::string(name));
    }
    for (const auto& [name, column] : columns) {
      FAIL_CHECK("sql/columns.h (of records: record_columns.h) lacks " << table.name << "." << name);
    }
  }
  CHECK(found.empty());
}

}  // namespace outpost::test::tables_test
