#include "supervisor/store/table_store.h"

#include <iterator>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

namespace {

std::string names(std::span<const TableColumn> columns) {
  std::string text;
  for (const TableColumn& column : columns) text += fmt::format("{}{}", text.empty() ? "" : ", ", column.name);
  return text;
}

std::string parameters(std::size_t n) {
  std::string text;
  for (std::size_t k = 1; k <= n; ++k) text += fmt::format("{}${}", k > 1 ? ", " : "", k);
  return text;
}

std::string page_sql(const Table& table, bool from_first) {
  std::string key = names(std::span(table.columns).first(table.keys));
  std::string behind = from_first ? "" : fmt::format(" WHERE ({}) > ({})", key, parameters(table.keys));
  return fmt::format("SELECT {} FROM {}{} ORDER BY {} LIMIT {}", names(table.columns), table.name, behind, key,
                     table.page);
}

}  // namespace

Result<std::vector<Row>> read_page(TableStore& store, const Table& table, const Row& after) {
  return store.query(page_sql(table, after.empty()), after, table.kinds(), "read the tables of the store");
}

std::string insert_sql(const Table& table) {
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, names(table.columns),
                     parameters(table.columns.size()));
}

Row key_of(const Table& table, const Row& row) {
  return {row.begin(), std::next(row.begin(), static_cast<std::ptrdiff_t>(table.keys))};
}

Result<std::int64_t> count_rows(TableStore& store, const Table& table) {
  constexpr ColumnKind kKinds[] = {ColumnKind::integer};
  auto rows = store.query(fmt::format("SELECT count(*) FROM {}", table.name), {}, kKinds, "count the rows of a table");
  if (!rows) return fail(std::move(rows.error()));
  return std::get<std::int64_t>(rows->front().front());
}

Result<std::unique_ptr<TableStore>> open_table_store(const std::string& url, TableAccess access) {
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return open_postgres_tables(url, access);
  auto path = sqlite_file(url);
  if (!path) return fail(Errc::invalid, "no such store; valid are sqlite:///absolute/path.db and postgresql://...");
  return open_sqlite_tables(*path, access);
}

}  // namespace outpost::supervisor
