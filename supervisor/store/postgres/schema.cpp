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

// As the list of an IN.
std::string sql_list(std::span<const std::string_view> names) {
  std::string list;
  for (std::string_view name : names) list += fmt::format("{}'{}'", list.empty() ? "" : ", ", name);
  return list;
}

// The tables that the migrations make, as such a list.
std::string our_tables(const SchemaFamily& family) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::vector<std::string_view> names;
  for (const Migration& migration : family.migrations) {
    std::string_view sql = migration.sql;
    for (std::size_t at = sql.find(kCreate); at != sql.npos; at = sql.find(kCreate, at)) {
      at += kCreate.size();
      names.push_back(sql.substr(at, sql.find(' ', at) - at));
    }
  }
  return sql_list(names);
}

// The version of the schema, 0 when there is none. Nothing is written before the tables are known to be ours.
Result<int> version_of(PgSession& session, const SchemaFamily& family, const std::string& url) {
  std::string sql = fmt::format(
      "SELECT count(*), count(CASE WHEN table_name IN ({}) THEN 1 END), CAST(min(table_name) AS TEXT)"
      " FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ({})",
      sql_list(family.marks), our_tables(family));
  Result<PgRows> tables = session.query(sql, kRead, kReadTime);
  if (!tables) return pass(tables);
  if (tables->integer(0, 0) == 0) return 0;
  if (tables->integer(0, 1) != static_cast<std::int64_t>(family.marks.size())) {
    return fail(Errc::invalid,
                "the database {} has a table \"{}\" of another program; name another database in store.url, or another "
                "schema (options=-c search_path=NAME)",
                shown_url(url), tables->text(0, 2));
  }
  Result<PgRows> version =
      session.query(fmt::format("SELECT max(version) FROM {}", family.version_table), kRead, kReadTime);
  if (!version) return pass(version);
  if (version->integer(0, 0) == kUnfinishedMigration) return unfinished_migration();
  if (version->integer(0, 0) > family.version()) {
    return fail(Errc::unsupported,
                "the store {} has schema version {} and this program knows versions up to {}; use the newer program "
                "that wrote it",
                shown_url(url), version->integer(0, 0), family.version());
  }
  return static_cast<int>(version->integer(0, 0));
}

Result<> run_migrations(PgSession& session, const SchemaFamily& family, int version) {
  for (const Migration& migration : family.migrations) {
    if (migration.version <= version) continue;
    std::string sql = schema_in(Dialect::postgresql, std::string(migration.sql));
    sql += fmt::format("UPDATE {} SET version = {};", family.version_table, migration.version);
    Result<> done = session.execute(sql, kMigrate, kMigrateTime);
    if (done && migration.fill) done = migration.fill(*tables_of(session));
    if (!done) return done;
  }
  return {};
}

// In the transaction. Another supervisor that has begun is waited for, and has then done it.
Result<> migrate(PgSession& session, const SchemaFamily& family, const std::string& url) {
  Result<int> version = version_of(session, family, url);
  if (version && *version > 0) {
    std::string lock = fmt::format("SELECT version FROM {} FOR UPDATE", family.version_table);
    if (Result<> locked = session.execute(lock, kMigrate, kMigrateTime); !locked) return locked;
    version = version_of(session, family, url);
  }
  if (!version) return pass(version);
  return run_migrations(session, family, *version);
}

// Between two pages of a large table the session may lie idle for longer than one that serves, on a busy machine.
Result<> allow_pauses(PgSession& session) {
  constexpr std::string_view kAllow =
      "SELECT set_config(name, '60000', true) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'";
  Result<PgRows> set = session.query(kAllow, kMigrate, kReadTime);
  if (!set) return pass(set);
  return {};
}

Result<> migrate_in_transaction(PgSession& session, const SchemaFamily& family, const std::string& url) {
  // Our own limits are for short statements.
  constexpr const char* kUnlimited = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
  Result<> done = session.execute(kUnlimited, kMigrate, kReadTime);
  if (done) done = allow_pauses(session);
  if (done) done = migrate(session, family, url);
  if (done) done = session.execute("COMMIT", kMigrate, kMigrateTime);
  if (!done) static_cast<void>(session.execute("ROLLBACK", kMigrate, kReadTime));
  return done;
}

}  // namespace

Result<> use_schema(PgSession& session, const SchemaFamily& family, int needed, bool may_write,
                    const std::string& url) {
  Result<> done;
  // When several make the tables of an empty database at once one succeeds; the others wait for it, fail on what is
  // there by then, and find it done.
  for (int attempt = 0; attempt < 3; ++attempt) {
    Result<int> version = version_of(session, family, url);
    if (!version) return pass(version);
    if (*version >= needed) return {};
    if (!may_write) {
      return fail(Errc::unsupported, "the store {} has schema version {}, not {}; {} brings it up to date",
                  shown_url(url), *version, family.version(), family.updated_by);
    }
    done = migrate_in_transaction(session, family, url);
    if (done) return {};
  }
  return done;
}

Result<int> postgres_schema(const std::string& url) {
  PgOptions options;
  options.read_only = true;
  Result<PgSession> session = PgSession::open(url, options);
  if (!session) return pass(session);
  return version_of(*session, record_schema(), url);
}

}  // namespace outpost::supervisor
