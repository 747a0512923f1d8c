// SQLite, as thin as it can be: handles that clean up after themselves and errors as values.
//
// A Database and everything made from it belong to one thread at a time; SQLite's own locks are switched off. Errors
// are Errc::store, but Errc::invalid for a file that is no database at all.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"
#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

// A prepared statement, made once and run many times through Query.
class Statement {
 public:
  Statement() = default;

 private:
  friend class Database;
  friend class Query;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  Statement(sqlite3_stmt* statement, std::string_view purpose) : statement_(statement), purpose_(purpose) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string_view purpose_;  // "insert a record": what an error says that could not be done
};

class Database {
 public:
  enum class Access : std::uint8_t { read_write, read_only };

  // The file must exist; an empty one is a new database. A lock held by another process is waited for that long.
  static Result<Database> open(const std::string& path, Access access, int busy_timeout_ms);

  // `purpose` outlives the statement.
  Result<Statement> prepare(std::string_view sql, std::string_view purpose);
  // One or more statements without parameters; their rows are dropped.
  Result<> execute(const std::string& sql, std::string_view purpose);
  // The first column of the only row of a statement that is needed just once.
  Result<std::int64_t> query_integer(std::string_view sql, std::string_view purpose);
  Result<std::string> query_text(std::string_view sql, std::string_view purpose);

  // False also when SQLite ended the transaction by itself, as it does after some failures of the disk.
  [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(database_.get()) == 0; }
  // Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t changes() const noexcept { return sqlite3_changes64(database_.get()); }

  // Copies what is in the WAL into the file and syncs it, as far as nobody reads what is older; waits for nobody.
  // Returns how many of its pages the file has now; 0 when it failed.
  int checkpoint() noexcept {
    int pages = 0;
    int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &pages);
    return code == SQLITE_OK ? pages : 0;
  }
  // Any thread: what is under way ends soon, with an error.
  void interrupt() noexcept { sqlite3_interrupt(database_.get()); }
  // Called behind each commit, with the number of pages in the WAL last, in place of SQLite's automatic checkpoints;
  // null: no longer, and no automatic ones either. Returns SQLITE_OK.
  using AfterCommit = int(void* context, sqlite3*, const char*, int pages_in_wal);
  void after_commit(AfterCommit* call, void* context) noexcept { sqlite3_wal_hook(database_.get(), call, context); }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

// One run of a statement. Parameters are bound in order and not copied: they outlive the Query. Its end resets the
// statement, so that no row is left open and no lock held.
class Query {
 public:
  template <class... Args>
  explicit Query(Statement& statement, const Args&... args) : statement_(statement) {
    (bind(args), ...);
  }
  ~Query() { sqlite3_reset(raw()); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <std::integral Int>
  void bind(Int value) {
    note(sqlite3_bind_int64(raw(), ++bound_, static_cast<std::int64_t>(value)));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void bind(Enum value) { bind(static_cast<std::int64_t>(value)); }
  void bind(std::string_view text) {
    note(
        sqlite3_bind_text64(raw(), ++bound_, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(Bytes bytes) {
    const char* data = bytes.value.empty() ? "" : bytes.value.data();
    note(sqlite3_bind_blob64(raw(), ++bound_, data, bytes.value.size(), SQLITE_STATIC));
  }
  void bind_null() { note(sqlite3_bind_null(raw(), ++bound_)); }

  // True when there is a row; its columns may be read until the next call.
  Result<bool> next();
  // Runs a statement that gives no rows.
  Result<> finish();

  [[nodiscard]] std::int64_t integer(int column) { return sqlite3_column_int64(raw(), column); }
  // Text or BLOB; valid until the next call.
  [[nodiscard]] std::string_view text(int column);
  void read(int column, std::string& value) { value = text(column); }
  template <class Int>
  requires std::integral<Int> || std::is_enum_v<Int>
  void read(int column, Int& value) { value = static_cast<Int>(integer(column)); }

 private:
  [[nodiscard]] sqlite3_stmt* raw() const noexcept { return statement_.statement_.get(); }
  // Binding fails only for want of memory or beyond a limit of SQLite; next() reports it.
  void note(int code) noexcept {
    if (code != SQLITE_OK) bind_code_ = code;
  }

  Statement& statement_;
  int bound_ = 0;
  int bind_code_ = SQLITE_OK;
};

}  // namespace outpost::supervisor
