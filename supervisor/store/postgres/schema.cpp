#include "supervisor/store/postgres/schema.h"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/store/sql/dialect.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kRead = "read the schema version of the store";
constexpr std::string_view kMigrate = "bring the schema of the store up to date";
constexpr milliseconds kReadTime{5000};
// The index of a large table takes its time.
constexpr std::chrono::hours kMigrateTime{4};

// The tables that the migrations make, as the list of an IN.
std::string our_tables() {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::string names;
  for (const Migration& migration : migrations()) {
    std::string_view sql = migration.sql;
    for (std::size_t at = sql.find(kCreate); at != sql.npos; at = sql.find(kCreate, at)) {
      at += kCreate.size();
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", sql.substr(at, sql.find(' ', at) - at));
    }
  }
  return names;
}

// Those that were there from the first version on, and that no other program has all of.
constexpr std::string_view kMarks = "'schema_version', 'lease', 'counters', 'records'";
constexpr std::int64_t kMarkCount = 4;

// The version of the schema, 0 when there is none. Nothing is written before the tables are known to be ours.
Result<int> version_of(PgSession& session, const std::string& url) {
  std::string sql = fmt::format(
      "SELECT count(*), count(CASE WHEN table_name IN ({}) THEN 1 END), CAST(min(table_name) AS TEXT)"
      " FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ({})",
      kMarks, our_tables());
  Result<PgRows> tables = session.query(sql, kRead, kReadTime);
  if (!tables) return pass(tables);
  if (tables->integer(0, 0) == 0) return 0;
  if (tables->integer(0, 1) != kMarkCount) {
    return fail(Errc::invalid,
                "the database {} has a table \"{}\" of another program; name another database in store.url, or another "
                "schema (options=-c search_path=NAME)",
                shown_url(url), tables->text(0, 2));
  }
  Result<PgRows> version = session.query("SELECT max(version) FROM schema_version", kRead, kReadTime);
  if (!version) return pass(version);
  if (version->integer(0, 0) == kUnfinishedMigration) return unfinished_migration();
  if (version->integer(0, 0) > schema_version()) {
    return fail(Errc::unsupported,
                "the store {} has schema version {} and this program knows versions up to {}; use the newer program "
                "that wrote it",
                shown_url(url), version->integer(0, 0), schema_version());
  }
  return static_cast<int>(version->integer(0, 0));
}

Result<> run_migrations(PgSession& session, int version) {
  for (const Migration& migration : migrations()) {
    if (migration.version <= version) continue;
    std::string sql = schema_in(Dialect::postgresql, std::string(migration.sql));
    sql += fmt::format("UPDATE schema_version SET version = {};", migration.version);
    Result<> done = session.execute(sql, kMigrate, kMigrateTime);
    if (done && migration.fill) done = migration.fill(*tables_of(session));
    if (!done) return done;
  }
  return {};
}

// In the transaction. Another supervisor that has begun is waited for, and has then done it.
Result<> migrate(PgSession& session, const std::string& url) {
  Result<int> version = version_of(session, url);
  if (version && *version > 0) {
    Result<> locked = session.execute("SELECT version FROM schema_version FOR UPDATE", kMigrate, kMigrateTime);
    if (!locked) return locked;
    version = version_of(session, url);
  }
  if (!version) return pass(version);
  return run_migrations(session, *version);
}

// Between two pages of a large table the session may lie idle for longer than one that serves, on a busy machine.
Result<> allow_pauses(PgSession& session) {
  constexpr std::string_view kAllow =
      "SELECT set_config(name, '60000', true) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'";
  Result<PgRows> set = session.query(kAllow, kMigrate, kReadTime);
  if (!set) return pass(set);
  return {};
}

Result<> migrate_in_transaction(PgSession& session, const std::string& url) {
  // Our own limits are for short statements.
  constexpr const char* kUnlimited = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
  Result<> done = session.execute(kUnlimited, kMigrate, kReadTime);
  if (done) done = allow_pauses(session);
  if (done) done = migrate(session, url);
  if (done) done = session.execute("COMMIT", kMigrate, kMigrateTime);
  if (!done) static_cast<void>(session.execute("ROLLBACK", kMigrate, kReadTime));
  return done;
}

}  // namespace

Result<> use_schema(PgSession& session, int needed, bool may_write, const std::string& url) {
  Result<> done;
  // When several make the tables of an empty database at once one succeeds; the others wait for it, fail on what is
  // there by then, and find it done.
  for (int attempt = 0; attempt < 3; ++attempt) {
    Result<int> version = version_of(session, url);
    if (!version) return pass(version);
    if (*version >= needed) return {};
    if (!may_write) {
      return fail(Errc::unsupported,
                  "the store {} has schema version {}, not {}; a primary supervisor brings it up to date",
                  shown_url(url), *version, schema_version());
    }
    done = migrate_in_transaction(session, url);
    if (done) return {};
  }
  return done;
}

Result<int> postgres_schema(const std::string& url) {
  PgOptions options;
  options.read_only = true;
  Result<PgSession> session = PgSession::open(url, options);
  if (!session) return pass(session);
  return version_of(*session, url);
}

}  // namespace outpost::supervisor
