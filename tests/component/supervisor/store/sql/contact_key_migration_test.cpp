// A store that is older than the comparison of contacts, on both engines.
#include <fstream>

#include "supervisor/store/contact_key.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"
#include "supervisor/store/sqlite/session.h"
#include "supervisor/store/url.h"
#include "tests/component/supervisor/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test::contact_key_migration_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

constexpr int kOldVersion = 4;
constexpr std::int64_t kRecords = 2'500;  // more than two pages

// The tables of the old version, in an engine's words.
void make_old_store(const std::string& name, const std::string& url) {
  std::string sql;
  for (const Migration& migration : migrations().first(kOldVersion)) sql += migration.sql;
  sql += fmt::format("UPDATE schema_version SET version = {};", kOldVersion);
  if (name == "postgresql") {
    auto session = PgSession::open(url, {});
    require_ok(session);
    require_ok(session->execute(schema_in(Dialect::postgresql, sql), "set up", 30s));
    return;
  }
  std::string path = *sqlite_file(url);
  std::ofstream(path).close();
  auto database = Database::open(path, Database::Access::read_write, 1000);
  require_ok(database);
  require_ok(database->execute(sql + "PRAGMA application_id = 0x4F757470;", "set up"));
}

// Without the columns that the migration adds behind the others.
Table old_table(std::string_view name) {
  Table table = *std::ranges::find(tables(), name, &Table::name);
  std::erase_if(table.columns, [](const TableColumn& column) { return column.name.ends_with("_key"); });
  return table;
}

Row record_row(const Table& table, std::int64_t id, const std::string& contact, const std::string& customer) {
  Row row;
  for (const TableColumn& column : table.columns) {
    row.push_back(column.kind == ColumnKind::integer ? Value(std::int64_t{0}) : Value(std::string()));
  }
  row[0] = id, row[1] = 1 + id % 3, row[2] = contact, row[3] = id, row[5] = customer;
  return row;
}

}  // namespace

TEST_CASE("a store from before contacts had a normal form is searched by it once it is opened",
          "[store][contact_key]") {
  std::string name = GENERATE(from_range(engine_names()));
  EngineUnderTest engine(name);
  CHECK(value_of(stored_schema(engine.url())) == 0);
  make_old_store(name, engine.url());
  {
    auto tables = value_of(open_table_store(engine.url(), TableAccess::read_write));
    Table records = old_table("records");
    std::vector<Row> rows;
    for (std::int64_t id = 1; id <= kRecords; ++id) {
      rows.push_back(record_row(records, id, fmt::format("+1-555-{:04}\xc2\xa0", id), id % 2 == 0 ? "" : "C7 "));
    }
    require_ok(tables->begin());
    require_ok(tables->insert(records, rows));
    auto entry = [](std::int64_t kind, std::string value) {
      return Row{std::int64_t{1}, kind, std::move(value), std::int64_t{1700}};
    };
    require_ok(tables->insert(old_table("do_not_call"),
                              {entry(0, "+1-555-0007"), entry(0, "+15550007"), entry(1, " C7"), entry(1, "C-8")}));
    require_ok(tables->commit());
  }

  CHECK(value_of(stored_schema(engine.url())) == kOldVersion);
  auto store = engine.writer();
  CHECK(store->info().schema_version == schema_version());
  CHECK(value_of(stored_schema(engine.url())) == schema_version());
  for (std::int64_t id : {std::int64_t{1}, std::int64_t{1024}, std::int64_t{1025}, kRecords}) {
    auto found = value_of(store->records_with(ContactKind::phone, fmt::format("+1555{:04}", id), 0, 0, 10));
    REQUIRE(ids_of(found) == std::vector{id});
    CHECK(found[0].contact_info == fmt::format("+1-555-{:04}\xc2\xa0", id));
  }
  std::size_t of_customer = 0;
  for (std::int64_t list : {1, 2, 3}) {
    RecordFilter filter;
    filter.customer_id = "C7";
    filter.limit = 1000;
    of_customer += all_records(*store, list, filter).size();
  }
  CHECK(of_customer == kRecords / 2);
  // No entry is lost, not even one that says the same as another.
  CHECK(value_of(store->do_not_call_like(1, ContactKind::phone, "+1 555 0007", 10)).size() == 2);
  CHECK(value_of(store->is_do_not_call(1, ContactKind::customer_id, "C7")));
  CHECK_FALSE(value_of(store->is_do_not_call(1, ContactKind::customer_id, "C8")));
  in_transaction(*store, [&] { require_ok(store->remove_do_not_call(1, ContactKind::phone, "+15550007")); });
  CHECK(value_of(store->do_not_call(1, ContactKind::phone, "", 10)).empty());
}

}  // namespace outpost::test::contact_key_migration_test
