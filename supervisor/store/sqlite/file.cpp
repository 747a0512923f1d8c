#include "supervisor/store/sqlite/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/io/access.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"

namespace outpost::supervisor {

namespace {

// "Outp": tells our file from the SQLite database of another program.
constexpr std::int64_t kApplicationId = 0x4F757470;

// How long to wait for another process that writes to the same file: only a second supervisor does, and briefly. Well
// within the time that a client waits for its answer.
constexpr int kBusyTimeoutMs = 2000;
// Holds what comes in order and the upper pages of the indexes. Measured at ten million records: a cache of 256 or 512
// MiB takes nothing off an insertion, and nor does mmap_size, which would also turn a failing disk into a signal: the
// pages that random contacts fall on have to be written to the WAL and to the file all the same.
constexpr int kWriterCacheKib = 64 * 1024;
constexpr int kReaderCacheKib = 8 * 1024;
constexpr std::int64_t kWalBytesKept = 64 * 1024 * 1024;

Result<> sync_directory(const std::filesystem::path& directory) {
  int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, fmt::format("cannot open the directory {}", directory.string()));
  int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed) return fail_errno(failed, fmt::format("cannot sync the directory {}", directory.string()));
  return {};
}

// A directory whose name is not yet on the disk would take a synced store with it when the power fails.
Result<> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::exists(directory, error)) return {};
  if (Result<> made = make_directory(directory.parent_path()); !made) return made;
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    return fail_access(errno, fmt::format("cannot make the directory {} for the store", directory.string()), directory);
  }
  return sync_directory(directory.parent_path());
}

Result<> make_file(const std::filesystem::path& path) {
  if (Result<> made = make_directory(path.parent_path()); !made) return made;
  // O_EXCL also because opening and closing a file that this process has open in SQLite would drop SQLite's locks on
  // it.
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno != EEXIST) return fail_access(errno, fmt::format("cannot make the store {}", path.string()), path);
  // SQLite would only say that it cannot open the file. Those beside it may have been made by another user's program.
  for (std::string_view beside : {"", "-wal", "-shm"}) {
    std::string obstacle = obstacle_to(fmt::format("{}{}", path.string(), beside));
    if (!obstacle.empty()) return fail(Errc::io, "cannot use the store {}: {}", path.string(), obstacle);
  }
  return {};
}

// The version of the family's tables in the file, 0 when it has none. Nothing is written before this is known to be our
// file.
Result<int> version_of(Database& database, const SchemaFamily& family, const std::string& path) {
  constexpr std::string_view kPurpose = "read the schema version of the store";
  Result<std::int64_t> objects = database.query_integer("SELECT count(*) FROM sqlite_master", kPurpose);
  // The file is read here for the first time, so this is where bytes of another kind show.
  if (!objects && objects.error().code == Errc::invalid) {
    return fail(Errc::invalid, "{} is not an SQLite database; name another file in store.url", path);
  }
  if (!objects) return pass(objects);
  Result<std::int64_t> application = database.query_integer("PRAGMA application_id", kPurpose);
  if (!application) return pass(application);
  if (*objects == 0 && *application == 0) return 0;
  if (*application != kApplicationId) {
    return fail(Errc::invalid, "{} is the SQLite database of another program; name another file in store.url", path);
  }
  Result<std::int64_t> present = database.query_integer(
      fmt::format("SELECT count(*) FROM sqlite_master WHERE name = '{}'", family.version_table), kPurpose);
  if (!present) return pass(present);
  if (*present == 0) return 0;
  Result<std::int64_t> version =
      database.query_integer(fmt::format("SELECT version FROM {}", family.version_table), kPurpose);
  if (!version) return pass(version);
  if (*version == kUnfinishedMigration) return unfinished_migration();
  if (*version > family.version()) {
    return fail(Errc::unsupported,
                "the store {} has schema version {} and this program knows versions up to {}; use the newer program "
                "that wrote it",
                path, *version, family.version());
  }
  return static_cast<int>(*version);
}

constexpr std::string_view kSetUp = "set up the store";

Result<> use_wal(Database& database, const std::string& path) {
  Result<std::string> journal = database.query_text("PRAGMA journal_mode = WAL", kSetUp);
  if (!journal) return pass(journal);
  if (*journal == "wal") return {};
  return fail(Errc::unsupported, "the file system of {} cannot hold a store: SQLite's WAL does not work there", path);
}

Result<> set_up(Database& database, OpenMode mode, SqliteSync sync, const std::string& path) {
  bool writer = mode == OpenMode::writer;
  if (writer) {
    if (Result<> wal = use_wal(database, path); !wal) return wal;
  }
  return database.execute(
      fmt::format("PRAGMA synchronous = {}; PRAGMA wal_autocheckpoint = {}; PRAGMA journal_size_limit = {};"
                  "PRAGMA cache_size = -{}; PRAGMA temp_store = MEMORY; PRAGMA query_only = {};",
                  sync == SqliteSync::each_commit ? "FULL" : "NORMAL", kCheckpointPages, kWalBytesKept,
                  writer ? kWriterCacheKib : kReaderCacheKib, writer ? 0 : 1),
      kSetUp);
}

Result<> migrate(Database& database, const SchemaFamily& family, const std::string& path) {
  constexpr std::string_view kPurpose = "bring the schema of the store up to date";
  // An index of millions of rows is sorted first: in files, not in memory as the little sorts of the queries.
  if (Result<> begun = database.execute("PRAGMA temp_store = FILE; BEGIN IMMEDIATE", kPurpose); !begun) return begun;
  // Read under the lock: another supervisor may have been here first.
  Result<int> version = version_of(database, family, path);
  if (!version) return pass(version);
  for (const Migration& migration : family.migrations) {
    if (migration.version <= *version) continue;
    std::string sql = schema_in(Dialect::sqlite, std::string(migration.sql));
    sql += fmt::format("UPDATE {} SET version = {};", family.version_table, migration.version);
    Result<> done = database.execute(sql, kPurpose);
    if (done && migration.fill) done = migration.fill(*tables_of(database));
    if (!done) return done;
  }
  return database.execute(fmt::format("PRAGMA application_id = {}; COMMIT; PRAGMA temp_store = MEMORY", kApplicationId),
                          kPurpose);
}

}  // namespace

Result<Database> open_sqlite_file(const std::string& path, const SchemaFamily& family, OpenMode mode, SqliteSync sync) {
  bool writer = mode == OpenMode::writer;
  if (writer) {
    if (Result<> made = make_file(path); !made) return pass(made);
  }
  Result<Database> database =
      Database::open(path, writer ? Database::Access::read_write : Database::Access::read_only, kBusyTimeoutMs);
  if (!database) return pass(database);

  Result<int> version = version_of(*database, family, path);
  if (!version) return pass(version);
  if (!writer && *version < family.version()) {
    return fail(Errc::unsupported, "the store {} has schema version {}, not {}; {} brings it up to date", path,
                *version, family.version(), family.updated_by);
  }
  Result<> ready = set_up(*database, mode, sync, path);
  if (ready && *version < family.version()) ready = migrate(*database, family, path);
  if (!ready) return pass(ready);

  return database;
}

Result<int> sqlite_schema(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return 0;
  Result<Database> database = Database::open(path, Database::Access::read_only, kBusyTimeoutMs);
  if (!database) return pass(database);
  return version_of(*database, record_schema(), path);
}

Result<Database> open_sqlite_lease_file(const std::string& path, std::chrono::milliseconds busy_timeout) {
  if (Result<> made = make_file(path); !made) return pass(made);
  Result<Database> database =
      Database::open(path, Database::Access::read_write, static_cast<int>(busy_timeout.count()));
  if (!database) return pass(database);
  Result<int> version = version_of(*database, record_schema(), path);
  if (!version) return pass(version);
  Result<> ready = use_wal(*database, path);
  if (ready && *version < kFirstWithLease) ready = migrate(*database, record_schema(), path);
  if (ready) {
    ready = database->execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256;",
                              kSetUp);
  }
  if (!ready) return pass(ready);
  return database;
}

}  // namespace outpost::supervisor
