#include <utility>

#include "supervisor/store/postgres/record_store.h"
#include "supervisor/store/postgres/schema.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/binding.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/statements.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;

constexpr auto kFirstOwn = static_cast<std::size_t>(LeaseSql::count);
constexpr std::size_t kBegin = kFirstOwn;
constexpr std::size_t kEnd = kFirstOwn + 1;

std::vector<PgStatement> statements() {
  std::vector<PgStatement> all;
  for (LeaseSqlText& text : lease_statements(Dialect::postgresql)) all.push_back({text.purpose, std::move(text.sql)});
  all.push_back({"read the lease", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  all.push_back({"read the lease", "COMMIT"});
  return all;
}

class PgLeaseStore final : public LeaseStore {
 public:
  PgLeaseStore(const std::string& url, milliseconds time_limit)
      : link_(url, options(time_limit),
              [this, url](PgSession& session) {
                Result<> done = use_schema(session, record_schema(), kFirstWithLease, !opened_, url);
                if (done) done = session.prepare(statements());
                return done;
              }),
        answer_time_(time_limit / 2) {}

  Result<> open() {
    Result<PgSession*> opened = link_.session();
    if (!opened) return pass(opened);
    opened_ = true;
    return {};
  }

  Result<LeaseView> look() override;
  Result<> announce(const Member& self) override;
  Result<std::optional<std::int64_t>> take(const Lease& seen, const Member& self, milliseconds lease_time) override;
  Result<> release(std::int64_t epoch, std::string_view successor, milliseconds closed_ago) override {
    return done(write(LeaseSql::release, PgParams(epoch, successor, closed_ago.count())));
  }
  Result<> want(std::int64_t epoch, std::string_view name) override {
    return done(write(LeaseSql::want, PgParams(epoch, name)));
  }
  Result<> note_serving(std::int64_t epoch, milliseconds serving_for) override {
    return done(write(LeaseSql::note_serving, PgParams(epoch, serving_for.count())));
  }

 private:
  // Half of the time is for a new connection. A lock is given up well before the answer is.
  static PgOptions options(milliseconds time_limit) {
    PgOptions options;
    options.connect_time = options.connect_time_max = time_limit / 2;
    options.statement_time = time_limit / 2;
    options.lock_time = time_limit / 3;
    return options;
  }
  static Result<> done(const Result<std::int64_t>& written) {
    return written ? Result<>() : Result<>(fail(Error(written.error())));
  }
  Result<std::int64_t> write(LeaseSql id, const PgParams& params);

  PgLink link_;
  milliseconds answer_time_;
  bool opened_ = false;
};

// Returns how many rows changed. A statement outside BEGIN and COMMIT commits by itself.
Result<std::int64_t> PgLeaseStore::write(LeaseSql id, const PgParams& params) {
  Result<PgSession*> session = link_.session();
  if (!session) return pass(session);
  std::int64_t changed = 0;
  static_cast<void>((*session)->take_warning());
  (*session)->send(static_cast<std::size_t>(id), params);
  Result<> written = (*session)->receive(answer_time_, [&](std::size_t, PgRows& rows) { changed = rows.changed(); });
  std::optional<std::string> warning = (*session)->take_warning();
  if (written && !warning) return changed;
  if (written) return fail(Errc::io, "the lease may be lost with the database server: {}", *warning);
  if ((*session)->connected()) return pass(written);
  return fail(Errc::io, "whether the database did it is not known: {}", written.error().text);
}

Result<LeaseView> PgLeaseStore::look() {
  Result<PgSession*> session = link_.session();
  if (!session) return pass(session);
  // One snapshot for its three reads, in one round trip.
  for (std::size_t id : {kBegin, static_cast<std::size_t>(LeaseSql::lease), static_cast<std::size_t>(LeaseSql::members),
                         static_cast<std::size_t>(LeaseSql::store), kEnd}) {
    (*session)->send(id, PgParams());
  }
  LeaseView view;
  bool found = false;
  Result<> read = (*session)->receive(answer_time_, [&](std::size_t i, PgRows& rows) {
    for (int n = 0; n < rows.count(); ++n) {
      PgRow row(rows, n);
      if (i == 1) view.lease = row_of<Lease>(row);
      if (i == 1) found = true;
      if (i == 2) view.members.push_back(row_of<Member>(row));
      if (i != 3) continue;
      view.schema_version = static_cast<int>(row.integer(0));
      view.now = row.integer(1);
    }
  });
  if (!read) {
    (*session)->close();  // with its transaction
    return pass(read);
  }
  if (!found) return fail(Errc::store, "the store has no lease: its schema is damaged");
  return view;
}

Result<> PgLeaseStore::announce(const Member& self) {
  PgParams params;
  for_each_column(self, [&](std::string_view name, const auto& value) {
    if (name != "seen_at") params.bind(value);
  });
  return done(write(LeaseSql::announce, params));
}

Result<std::optional<std::int64_t>> PgLeaseStore::take(const Lease& seen, const Member& self, milliseconds lease_time) {
  Result<std::int64_t> taken = write(
      LeaseSql::take, PgParams(seen.epoch, seen.renewals, seen.holder, self.name, self.instance, lease_time.count()));
  if (!taken) return pass(taken);
  if (*taken == 0) return std::nullopt;
  return seen.epoch + 1;
}

}  // namespace

Result<std::unique_ptr<LeaseStore>> open_postgres_lease_store(const std::string& url, milliseconds time_limit) {
  auto store = std::make_unique<PgLeaseStore>(url, time_limit);
  if (Result<> opened = store->open(); !opened) return pass(opened);
  return store;
}

}  // namespace outpost::supervisor
