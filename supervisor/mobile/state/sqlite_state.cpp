// The state in one SQLite file, in WAL, so that the reader and the writer do not wait for one another.
#include <array>
#include <utility>

#include "supervisor/mobile/state/engines.h"
#include "supervisor/mobile/state/schema.h"
#include "supervisor/mobile/state/sql_state.h"
#include "supervisor/store/sqlite/checkpointer.h"
#include "supervisor/store/sqlite/file.h"
#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

namespace {

class SqliteState final : public SqlState<SqliteState> {
 public:
  SqliteState(Database database, std::string url, StateMode mode)
      : database_(std::move(database)), url_(std::move(url)), mode_(mode) {}

  Result<> prepare(const std::string& path);

  [[nodiscard]] StateInfo info() override {
    return {fmt::format("SQLite {}", sqlite3_libversion()), url_, state_schema().version()};
  }
  [[nodiscard]] bool shared() const noexcept override { return false; }
  Result<> begin() override { return run(mode_ == StateMode::writer ? StateSql::begin : StateSql::begin_read); }
  Result<> commit() override { return run(StateSql::commit); }
  void rollback() noexcept override {
    if (database_.in_transaction()) static_cast<void>(run(StateSql::rollback));
  }

 private:
  friend class SqlAsking<SqliteState>;

  [[nodiscard]] Statement& statement(StateSql id) { return statements_[static_cast<std::size_t>(id)]; }
  // A statement without parameters and rows.
  Result<> run(StateSql id) { return Query(statement(id)).finish(); }

  template <class Bind>
  Result<> write(StateSql id, Bind&& bind) {
    Result<std::int64_t> changed = change(id, bind, [](Query&) {});
    if (!changed) return pass(changed);
    return {};
  }
  template <class Bind, class Each>
  Result<std::int64_t> change(StateSql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read(StateSql id, Bind&& bind, Each&& each);
  // A writer's transaction has all locked.
  template <class Bind, class Each>
  Result<> read_locked(StateSql id, Bind&& bind, Each&& each) {
    return read(id, bind, each);
  }

  Database database_;  // closed after the statements: declared first
  std::array<Statement, static_cast<std::size_t>(StateSql::count)> statements_;
  std::string url_;
  StateMode mode_;
  std::unique_ptr<SqliteCheckpointer> checkpointer_;  // of a writer; ended before its database: declared last
};

Result<> SqliteState::prepare(const std::string& path) {
  for (const StateSqlText& text : state_statements(Dialect::sqlite)) {
    Result<Statement> prepared = database_.prepare(text.sql, text.purpose);
    if (!prepared) return pass(prepared);
    statement(text.id) = std::move(*prepared);
  }
  if (mode_ == StateMode::reader) return {};
  auto checkpointer = SqliteCheckpointer::start(database_, path, kCheckpointPages);
  if (!checkpointer) return pass(checkpointer);
  checkpointer_ = *std::move(checkpointer);
  return {};
}

template <class Bind, class Each>
Result<std::int64_t> SqliteState::change(StateSql id, Bind&& bind, Each&& each) {
  // After some failures of the disk SQLite ends a transaction by itself; a write would then stand alone.
  if (!database_.in_transaction()) return fail(Errc::store, "the store takes writes only within a transaction");
  if (Result<> done = read(id, bind, each); !done) return pass(done);
  if (database_.changes() > 0) ++writes_;
  return database_.changes();
}

template <class Bind, class Each>
Result<> SqliteState::read(StateSql id, Bind&& bind, Each&& each) {
  Query query(statement(id));
  bind(query);
  for (;;) {
    Result<bool> found = query.next();
    if (!found) return pass(found);
    if (!*found) return {};
    each(query);
  }
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_sqlite_state(const std::string& path, StateMode mode,
                                                      StateDurability durability) {
  Result<Database> database =
      open_sqlite_file(path, state_schema(), mode == StateMode::writer ? OpenMode::writer : OpenMode::reader,
                       durability == StateDurability::power ? SqliteSync::each_commit : SqliteSync::checkpoints);
  if (!database) return pass(database);
  auto store = std::make_unique<SqliteState>(std::move(*database), "sqlite://" + path, mode);
  if (Result<> prepared = store->prepare(path); !prepared) return pass(prepared);
  return store;
}

}  // namespace outpost::supervisor
