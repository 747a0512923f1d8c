#include <bit>
#include <optional>
#include <utility>

#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/table_store.h"

namespace outpost::supervisor {

namespace {

// Counting the rows of a large table is the longest that is asked for here.
constexpr std::chrono::minutes kStatementTime{10};
constexpr std::chrono::milliseconds kLockTime{5'000};
// Between two pages of the other store, which a busy machine is slow to read.
constexpr std::chrono::milliseconds kIdleTime{60'000};

void append_number(std::string& bytes, std::uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
}

// An array as the server sends and takes it. Source: array_recv() of PostgreSQL: dimensions, whether there are nulls,
// type of the elements, then for the one dimension its length and first index, then each element behind its length.
class BinaryArray {
 public:
  BinaryArray(ColumnKind kind, std::size_t elements) {
    append_number(bytes_, 1, 4);
    append_number(bytes_, 0, 4);
    append_number(bytes_, type_of(kind), 4);
    append_number(bytes_, elements, 4);
    append_number(bytes_, 1, 4);
  }
  void add(const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    append_number(bytes_, text ? text->size() : sizeof(std::int64_t), 4);
    if (text) {
      bytes_ += *text;
    } else {
      append_number(bytes_, std::bit_cast<std::uint64_t>(std::get<std::int64_t>(value)), sizeof(std::int64_t));
    }
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  // Source: pg_type.dat of PostgreSQL; these never change.
  static std::uint64_t type_of(ColumnKind kind) {
    switch (kind) {
      case ColumnKind::integer: return 20;
      case ColumnKind::text: return 25;
      case ColumnKind::bytes: return 17;
    }
    return 0;
  }

  std::string bytes_;
};

std::string names_of(const Table& table) {
  std::string names;
  for (const TableColumn& column : table.columns) names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
  return names;
}

// A whole page of rows, whatever they are, as one table: its columns are the parameters.
std::string unnest(const Table& table) {
  std::string arrays;
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    ColumnKind kind = table.columns[k].kind;
    const char* type = kind == ColumnKind::integer ? "BIGINT" : kind == ColumnKind::text ? "TEXT" : "BYTEA";
    arrays += fmt::format("{}${}::{}[]", k > 0 ? ", " : "", k + 1, type);
  }
  return fmt::format("unnest({})", arrays);
}

std::string insert_page_sql(const Table& table) {
  return fmt::format("INSERT INTO {} ({}) SELECT * FROM {}", table.name, names_of(table), unnest(table));
}

std::string update_page_sql(const Table& table) {
  std::string changes;
  std::string key;
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    std::string_view name = table.columns[k].name;
    if (k < table.keys) {
      key += fmt::format("{}{}.{} = page.{}", key.empty() ? "" : " AND ", table.name, name, name);
    } else {
      changes += fmt::format("{}{} = page.{}", changes.empty() ? "" : ", ", name, name);
    }
  }
  return fmt::format("UPDATE {} SET {} FROM {} AS page ({}) WHERE {}", table.name, changes, unnest(table),
                     names_of(table), key);
}

void bind_all(PgParams& params, const Row& values) {
  for (const Value& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      params.bind(*number);
    } else {
      params.bind(std::string_view(std::get<std::string>(value)));
    }
  }
}

class PostgresTables final : public TableStore {
 public:
  explicit PostgresTables(PgSession&& session) : owned_(std::move(session)), session_(*owned_) {}
  explicit PostgresTables(PgSession& session) : session_(session) {}

  Result<> begin() override { return command("BEGIN", "begin a transaction"); }
  Result<> commit() override {
    auto done = session_.query("COMMIT", "commit", kStatementTime);
    if (!done) return pass(done);
    if (done->command() != "COMMIT") return fail(Errc::store, "cannot commit: the database rolled back instead");
    return {};
  }
  void rollback() noexcept override { static_cast<void>(command("ROLLBACK", "roll back")); }
  Result<> set_durable(bool durable) override;
  Result<std::vector<Row>> query(const std::string& sql, const Row& parameters, std::span<const ColumnKind> kinds,
                                 std::string_view purpose) override;
  Result<std::int64_t> run(const std::string& sql, const Row& parameters, std::string_view purpose) override;
  Result<> insert(const Table& table, const std::vector<Row>& rows) override {
    return run_page(insert_page_sql(table), table, rows);
  }
  Result<> update(const Table& table, const std::vector<Row>& rows) override {
    return run_page(update_page_sql(table), table, rows);
  }
  [[nodiscard]] std::vector<std::size_t> order(const Table& table) const override;

 private:
  Result<> command(std::string_view sql, std::string_view purpose) {
    auto done = session_.query(sql, purpose, kStatementTime);
    if (!done) return pass(done);
    return {};
  }

  // The k-th parameter of the statement is all of column k.
  Result<> run_page(const std::string& sql, const Table& table, const std::vector<Row>& rows);

  std::optional<PgSession> owned_;
  PgSession& session_;
  std::string synchronous_commit_;  // as it was before set_durable(false)
};

// By way of pg_settings, for not everything that speaks the protocol has this setting.
Result<> PostgresTables::set_durable(bool durable) {
  constexpr std::string_view kPurpose = "set up the session";
  constexpr std::string_view kSet =
      "SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'synchronous_commit'";
  if (!durable) {
    auto now =
        session_.query("SELECT setting FROM pg_settings WHERE name = 'synchronous_commit'", kPurpose, kStatementTime);
    if (!now) return pass(now);
    synchronous_commit_ = now->count() == 1 ? now->text(0, 0) : "";
  }
  std::string_view value = durable ? std::string_view(synchronous_commit_) : "off";
  if (value.empty()) return {};
  auto set = session_.query(kSet, kPurpose, kStatementTime, PgParams(value));
  if (!set) return pass(set);
  return {};
}

Result<std::vector<Row>> PostgresTables::query(const std::string& sql, const Row& parameters,
                                               std::span<const ColumnKind> kinds, std::string_view purpose) {
  PgParams params;
  bind_all(params, parameters);
  auto answer = session_.query(sql, purpose, kStatementTime, params);
  if (!answer) return pass(answer);
  std::vector<Row> rows(static_cast<std::size_t>(answer->count()));
  for (int r = 0; Row & row : rows) {
    row.reserve(kinds.size());
    for (int column = 0; ColumnKind kind : kinds) {
      if (kind == ColumnKind::integer) {
        row.emplace_back(answer->integer(r, column++));
      } else {
        row.emplace_back(std::in_place_type<std::string>, answer->text(r, column++));
      }
    }
    ++r;
  }
  return rows;
}

Result<std::int64_t> PostgresTables::run(const std::string& sql, const Row& parameters, std::string_view purpose) {
  PgParams params;
  bind_all(params, parameters);
  auto done = session_.query(sql, purpose, kStatementTime, params);
  if (!done) return pass(done);
  return done->changed();
}

// The key of a record is here its list and its number.
std::vector<std::size_t> PostgresTables::order(const Table& table) const {
  if (table.name != "records") return TableStore::order(table);
  return {1, 0};
}

Result<> PostgresTables::run_page(const std::string& sql, const Table& table, const std::vector<Row>& rows) {
  std::vector<BinaryArray> arrays;
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    BinaryArray& array = arrays.emplace_back(table.columns[k].kind, rows.size());
    for (const Row& row : rows) array.add(row[k]);
  }
  PgParams params;
  for (const BinaryArray& array : arrays) params.bind(array.bytes());
  auto done = session_.query(sql, "write the tables of the store", kStatementTime, params);
  if (!done) return pass(done);
  return {};
}

}  // namespace

std::unique_ptr<TableStore> tables_of(PgSession& session) { return std::make_unique<PostgresTables>(session); }

Result<std::unique_ptr<TableStore>> open_postgres_tables(const std::string& url, TableAccess access) {
  PgOptions options;
  options.statement_time = kStatementTime;
  options.lock_time = kLockTime;
  options.idle_time = kIdleTime;
  options.read_only = access == TableAccess::read_only;
  auto session = PgSession::open(url, options);
  if (!session) return pass(session);
  return std::make_unique<PostgresTables>(std::move(*session));
}

}  // namespace outpost::supervisor
