#include "supervisor/store/sql/table_store.h"

#include <numeric>

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

std::string page_sql(const Table& table, const std::vector<std::size_t>& order, bool from_first) {
  std::vector<TableColumn> columns;
  for (std::size_t k : order) columns.push_back(table.columns[k]);
  std::string key = names(columns);
  std::string behind = from_first ? "" : fmt::format(" WHERE ({}) > ({})", key, parameters(order.size()));
  return fmt::format("SELECT {} FROM {}{} ORDER BY {} LIMIT {}", names(table.columns), table.name, behind, key,
                     table.page);
}

}  // namespace

Result<std::vector<Row>> read_page(TableStore& store, const Table& table, const Row& after) {
  return store.query(page_sql(table, store.order(table), after.empty()), after, table.kinds(),
                     "read the tables of the store");
}

std::string insert_sql(const Table& table) {
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, names(table.columns),
                     parameters(table.columns.size()));
}

Row key_of(const TableStore& store, const Table& table, const Row& row) {
  Row key;
  for (std::size_t k : store.order(table)) key.push_back(row[k]);
  return key;
}

std::vector<std::size_t> TableStore::order(const Table& table) const {
  std::vector<std::size_t> order(table.keys);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

Result<std::int64_t> count_rows(TableStore& store, const Table& table) {
  constexpr ColumnKind kKinds[] = {ColumnKind::integer};
  auto rows = store.query(fmt::format("SELECT count(*) FROM {}", table.name), {}, kKinds, "count the rows of a table");
  if (!rows) return pass(rows);
  return std::get<std::int64_t>(rows->front().front());
}

}  // namespace outpost::supervisor
