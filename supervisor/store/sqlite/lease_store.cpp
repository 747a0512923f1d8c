#include <array>
#include <utility>

#include "supervisor/store/sql/binding.h"
#include "supervisor/store/sql/statements.h"
#include "supervisor/store/sqlite/file.h"
#include "supervisor/store/sqlite/record_store.h"
#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

namespace {

class SqliteLeaseStore final : public LeaseStore {
 public:
  explicit SqliteLeaseStore(Database database) : database_(std::move(database)) {}

  Result<> prepare();

  Result<LeaseView> look() override;
  Result<> announce(const Member& self) override;
  Result<std::optional<std::int64_t>> take(const Lease& seen, const Member& self,
                                           std::chrono::milliseconds lease_time) override;
  Result<> release(std::int64_t epoch, std::string_view successor, std::chrono::milliseconds closed_ago) override;
  Result<> want(std::int64_t epoch, std::string_view name) override { return run(LeaseSql::want, epoch, name); }
  Result<> note_serving(std::int64_t epoch, std::chrono::milliseconds serving_for) override {
    return run(LeaseSql::note_serving, epoch, serving_for.count());
  }

 private:
  [[nodiscard]] Statement& statement(LeaseSql id) { return statements_[static_cast<std::size_t>(id)]; }
  template <class... Args>
  Result<> run(LeaseSql id, const Args&... args) {
    Query query(statement(id), args...);
    return query.finish();
  }
  Result<LeaseView> read_view();

  Database database_;  // closed after the statements: declared first
  std::array<Statement, static_cast<std::size_t>(LeaseSql::count)> statements_;
};

Result<> SqliteLeaseStore::prepare() {
  for (const LeaseSqlText& text : lease_statements(Dialect::sqlite)) {
    Result<Statement> prepared = database_.prepare(text.sql, text.purpose);
    if (!prepared) return pass(prepared);
    statement(text.id) = std::move(*prepared);
  }
  return {};
}

Result<LeaseView> SqliteLeaseStore::look() {
  // One snapshot for its three reads.
  if (Result<> begun = database_.execute("BEGIN", "read the lease"); !begun) return pass(begun);
  Result<LeaseView> view = read_view();
  if (database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK", "read the lease"));
  return view;
}

Result<LeaseView> SqliteLeaseStore::read_view() {
  LeaseView view;
  {
    Query lease(statement(LeaseSql::lease));
    Result<bool> found = lease.next();
    if (found && !*found) found = fail(Errc::store, "the store has no lease: its schema is damaged");
    if (!found) return pass(found);
    view.lease = row_of<Lease>(lease);
  }
  Query members(statement(LeaseSql::members));
  for (;;) {
    Result<bool> found = members.next();
    if (!found) return pass(found);
    if (!*found) break;
    view.members.push_back(row_of<Member>(members));
  }
  Query store(statement(LeaseSql::store));
  Result<bool> found = store.next();
  if (!found) return pass(found);
  view.schema_version = static_cast<int>(store.integer(0));
  view.now = store.integer(1);
  return view;
}

Result<> SqliteLeaseStore::announce(const Member& self) {
  Query query(statement(LeaseSql::announce));
  for_each_column(self, [&](std::string_view name, const auto& value) {
    if (name != "seen_at") query.bind(value);
  });
  return query.finish();
}

Result<std::optional<std::int64_t>> SqliteLeaseStore::take(const Lease& seen, const Member& self,
                                                           std::chrono::milliseconds lease_time) {
  Result<> taken =
      run(LeaseSql::take, seen.epoch, seen.renewals, seen.holder, self.name, self.instance, lease_time.count());
  if (!taken) return pass(taken);
  if (database_.changes() == 0) return std::nullopt;
  return seen.epoch + 1;
}

Result<> SqliteLeaseStore::release(std::int64_t epoch, std::string_view successor,
                                   std::chrono::milliseconds closed_ago) {
  return run(LeaseSql::release, epoch, successor, closed_ago.count());
}

}  // namespace

Result<std::unique_ptr<LeaseStore>> open_sqlite_lease_store(const std::string& path,
                                                            std::chrono::milliseconds time_limit) {
  Result<Database> database = open_sqlite_lease_file(path, time_limit);
  if (!database) return pass(database);
  auto store = std::make_unique<SqliteLeaseStore>(std::move(*database));
  if (Result<> prepared = store->prepare(); !prepared) return pass(prepared);
  return store;
}

}  // namespace outpost::supervisor
