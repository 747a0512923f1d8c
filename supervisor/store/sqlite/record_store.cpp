#include "supervisor/store/sqlite/record_store.h"

#include <array>
#include <utility>

#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/sql_store.h"
#include "supervisor/store/sqlite/checkpointer.h"
#include "supervisor/store/sqlite/file.h"
#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

namespace {

class SqliteStore final : public SqlStore<SqliteStore> {
 public:
  SqliteStore(Database database, std::string url, OpenMode mode)
      : database_(std::move(database)), url_(std::move(url)), mode_(mode) {}

  Result<> prepare(const std::string& path);

  [[nodiscard]] StoreInfo info() override;
  Result<> begin() override;
  Result<> commit() override;
  void rollback() noexcept override;

 private:
  friend class SqlStore<SqliteStore>;

  [[nodiscard]] Statement& statement(Sql id) { return statements_[static_cast<std::size_t>(id)]; }

  // A statement without parameters and rows.
  Result<> run(Sql id) { return Query(statement(id)).finish(); }
  template <class Bind>
  Result<> write(Sql id, Bind&& bind) {
    Query query(statement(id));
    bind(query);
    return finish_write(query);
  }
  template <class Bind>
  Result<> write_record(Sql id, Bind&& bind, const Record& record);
  template <class Bind, class Each>
  Result<> read(Sql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read_many(Sql id, std::size_t n, Bind&& bind, Each&& each);
  template <class Action>
  Result<> snapshot(Action&& action);
  Result<> may_write();
  Result<> finish_write(Query& query);
  Result<std::int64_t> read_epoch() { return number(Sql::read_epoch, bind_values()); }

  Database database_;  // closed after the statements: declared first
  std::array<Statement, static_cast<std::size_t>(Sql::count)> statements_;
  std::string url_;
  OpenMode mode_;
  std::unique_ptr<SqliteCheckpointer> checkpointer_;  // of a writer; ended before its database: declared last
};

Result<> SqliteStore::prepare(const std::string& path) {
  for (const SqlText& text : record_statements(Dialect::sqlite)) {
    Result<Statement> prepared = database_.prepare(text.sql, text.purpose);
    if (!prepared) return pass(prepared);
    statement(text.id) = std::move(*prepared);
  }
  if (mode_ == OpenMode::reader) return {};
  auto checkpointer = SqliteCheckpointer::start(database_, path, kCheckpointPages);
  if (!checkpointer) return pass(checkpointer);
  checkpointer_ = *std::move(checkpointer);
  return {};
}

StoreInfo SqliteStore::info() {
  Result<std::int64_t> epoch = read_epoch();
  return {fmt::format("SQLite {}", sqlite3_libversion()), url_, schema_version(), epoch ? *epoch : 0};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

Result<> SqliteStore::begin() {
  if (mode_ == OpenMode::reader) return fail(Errc::unsupported, "the store was opened for reading only");
  if (Result<> begun = run(Sql::begin); !begun) return begun;
  Result<std::int64_t> epoch = read_epoch();
  if (epoch && *epoch == epoch_ && epoch_ != 0) return {};
  rollback();
  if (!epoch) return pass(epoch);
  return fenced(*epoch);
}

Result<> SqliteStore::commit() {
  Result<> done = write_statistics();
  if (done) done = run(Sql::commit);
  if (!done) return done;
  committed();
  return {};
}

void SqliteStore::rollback() noexcept {
  if (database_.in_transaction()) static_cast<void>(run(Sql::rollback));
  rolled_back();
}

template <class Action>
Result<> SqliteStore::snapshot(Action&& action) {
  if (database_.in_transaction()) return action();
  if (Result<> begun = run(Sql::begin_read); !begun) return begun;
  Result<> done = action();
  rollback();
  return done;
}

// --- Statements ------------------------------------------------------------------------------------------------------

// After some failures of the disk SQLite ends a transaction by itself; a write would then stand alone, unfenced.
Result<> SqliteStore::may_write() {
  if (database_.in_transaction()) return {};
  return fail(Errc::store, "the store takes writes only within a transaction");
}

Result<> SqliteStore::finish_write(Query& query) {
  if (Result<> may = may_write(); !may) return may;
  if (Result<> done = query.finish(); !done) return done;
  if (database_.changes() > 0) ++writes_;
  return {};
}

template <class Bind>
Result<> SqliteStore::write_record(Sql id, Bind&& bind, const Record& record) {
  if (Result<> done = write(id, bind); !done) return done;
  if (database_.changes() != 0) return {};
  return fail(Errc::not_found, "list {} has no record {}", record.list_dbid, record.record_id);
}

template <class Bind, class Each>
Result<> SqliteStore::read(Sql id, Bind&& bind, Each&& each) {
  Query query(statement(id));
  bind(query);
  for (;;) {
    Result<bool> found = query.next();
    if (!found) return pass(found);
    if (!*found || !each(query)) return {};
  }
}

template <class Bind, class Each>
Result<> SqliteStore::read_many(Sql id, std::size_t n, Bind&& bind, Each&& each) {
  for (std::size_t i = 0; i < n; ++i) {
    if (Result<> done = read(
            id, [&](Query& to) { bind(i, to); }, each);
        !done)
      return done;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RecordStore>> open_sqlite_store(const std::string& path, OpenMode mode) {
  Result<Database> database = open_sqlite_file(path, record_schema(), mode);
  if (!database) return pass(database);
  auto store = std::make_unique<SqliteStore>(std::move(*database), "sqlite://" + path, mode);
  if (Result<> prepared = store->prepare(path); !prepared) return pass(prepared);
  return store;
}

}  // namespace outpost::supervisor
