#include <optional>
#include <unordered_map>
#include <utility>

#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"
#include "supervisor/store/sqlite/file.h"
#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

namespace {

constexpr int kMoveBusyTimeoutMs = 5000;
// Holds the upper pages of the indexes that come in no order, of some millions of records.
constexpr int kCacheKib = 256 * 1024;

void bind(Query& query, const Value& value, ColumnKind kind) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    query.bind(*number);
  } else if (kind == ColumnKind::bytes) {
    query.bind(Bytes{std::get<std::string>(value)});
  } else {
    query.bind(std::string_view(std::get<std::string>(value)));
  }
}

Row read_row(Query& query, std::span<const ColumnKind> kinds) {
  Row row;
  row.reserve(kinds.size());
  for (int column = 0; ColumnKind kind : kinds) {
    if (kind == ColumnKind::integer) {
      row.emplace_back(query.integer(column++));
    } else {
      row.emplace_back(std::in_place_type<std::string>, query.text(column++));
    }
  }
  return row;
}

// Parameters are numbered, for here the keys come last.
std::string update_sql(const Table& table) {
  std::string changes;
  std::string key;
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    bool is_key = k < table.keys;
    std::string& into = is_key ? key : changes;
    into += fmt::format("{}{} = ?{}", into.empty() ? "" : is_key ? " AND " : ", ", table.columns[k].name, k + 1);
  }
  return fmt::format("UPDATE {} SET {} WHERE {}", table.name, changes, key);
}

class SqliteTables final : public TableStore {
 public:
  explicit SqliteTables(Database&& database) : owned_(std::move(database)), database_(*owned_) {}
  explicit SqliteTables(Database& database) : database_(database) {}

  Result<> begin() override { return database_.execute("BEGIN IMMEDIATE", "begin a transaction"); }
  Result<> commit() override { return database_.execute("COMMIT", "commit"); }
  void rollback() noexcept override {
    if (database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK", "roll back"));
  }
  Result<> set_durable(bool durable) override {
    return database_.execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "set up the store");
  }
  Result<std::vector<Row>> query(const std::string& sql, const Row& parameters, std::span<const ColumnKind> kinds,
                                 std::string_view purpose) override;
  Result<std::int64_t> run(const std::string& sql, const Row& parameters, std::string_view purpose) override;
  Result<> insert(const Table& table, const std::vector<Row>& rows) override {
    return run_each(insert_sql(table), table, rows);
  }
  Result<> update(const Table& table, const std::vector<Row>& rows) override {
    return run_each(update_sql(table), table, rows);
  }

 private:
  // Parameter k is column k.
  Result<> run_each(const std::string& sql, const Table& table, const std::vector<Row>& rows);
  // Statements are few: those of each table.
  Result<Statement*> prepared(const std::string& sql, std::string_view purpose);

  std::optional<Database> owned_;  // closed after the statements: declared first
  Database& database_;
  std::unordered_map<std::string, Statement> statements_;
};

Result<Statement*> SqliteTables::prepared(const std::string& sql, std::string_view purpose) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    Result<Statement> statement = database_.prepare(sql, purpose);
    if (!statement) return pass(statement);
    found = statements_.emplace(sql, std::move(*statement)).first;
  }
  return &found->second;
}

Result<std::vector<Row>> SqliteTables::query(const std::string& sql, const Row& parameters,
                                             std::span<const ColumnKind> kinds, std::string_view purpose) {
  Result<Statement*> statement = prepared(sql, purpose);
  if (!statement) return pass(statement);
  Query query(**statement);
  for (const Value& value : parameters) bind(query, value, ColumnKind::text);
  std::vector<Row> rows;
  for (;;) {
    Result<bool> found = query.next();
    if (!found) return pass(found);
    if (!*found) return rows;
    rows.push_back(read_row(query, kinds));
  }
}

Result<std::int64_t> SqliteTables::run(const std::string& sql, const Row& parameters, std::string_view purpose) {
  Result<Statement*> statement = prepared(sql, purpose);
  if (!statement) return pass(statement);
  Query query(**statement);
  for (const Value& value : parameters) bind(query, value, ColumnKind::text);
  if (Result<> done = query.finish(); !done) return pass(done);
  return database_.changes();
}

Result<> SqliteTables::run_each(const std::string& sql, const Table& table, const std::vector<Row>& rows) {
  Result<Statement*> statement = prepared(sql, "write the tables of the store");
  if (!statement) return pass(statement);
  for (const Row& row : rows) {
    Query query(**statement);
    for (std::size_t k = 0; k < row.size(); ++k) bind(query, row[k], table.columns[k].kind);
    if (Result<> done = query.finish(); !done) return done;
  }
  return {};
}

}  // namespace

std::unique_ptr<TableStore> tables_of(Database& database) { return std::make_unique<SqliteTables>(database); }

Result<std::unique_ptr<TableStore>> open_empty_tables() {
  auto database = Database::open(":memory:", Database::Access::read_write, 0);
  if (!database) return pass(database);
  for (const Migration& migration : migrations()) {
    Result<> done = database->execute(std::string(migration.sql), "lay out an empty store");
    if (!done) return pass(done);
  }
  return std::make_unique<SqliteTables>(std::move(*database));
}

Result<std::unique_ptr<TableStore>> open_sqlite_tables(const std::string& path, TableAccess access) {
  bool writes = access == TableAccess::read_write;
  auto database =
      Database::open(path, writes ? Database::Access::read_write : Database::Access::read_only, kMoveBusyTimeoutMs);
  if (!database) return pass(database);
  Result<> ready =
      database->execute(fmt::format("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {};"
                                    "PRAGMA cache_size = -{}; PRAGMA temp_store = MEMORY; PRAGMA query_only = {};",
                                    kCheckpointPages, kCacheKib, writes ? 0 : 1),
                        "set up the store");
  if (!ready) return pass(ready);
  return std::make_unique<SqliteTables>(std::move(*database));
}

}  // namespace outpost::supervisor
