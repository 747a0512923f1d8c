#include "supervisor/store/sqlite/session.h"

#include <cstring>
#include <utility>

namespace outpost::supervisor {

namespace {

// What the person who runs the machine can do something about; for the rest SQLite's own words are best.
std::string explain(sqlite3* database, int code) {
  const char* message = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL: return "the disk that holds the store is full";
    case SQLITE_IOERR: {
      int system = database ? sqlite3_system_errno(database) : 0;
      return fmt::format("the disk that holds the store failed ({}, code {}{}{})", message, code, system ? ": " : "",
                         system ? std::strerror(system) : "");
    }
    case SQLITE_BUSY: return "another process keeps the store locked";
    case SQLITE_READONLY: return fmt::format("the store may only be read ({})", message);
    case SQLITE_CORRUPT: return fmt::format("the store is damaged ({}): restore it from a copy", message);
    default: return message;
  }
}

Failure failure(sqlite3* database, int code, std::string_view purpose) {
  return fail((code & 0xff) == SQLITE_NOTADB ? Errc::invalid : Errc::store, "cannot {}: {}", purpose,
              explain(database, code));
}

}  // namespace

Result<Database> Database::open(const std::string& path, Access access, int busy_timeout_ms) {
  int flags = access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return failure(raw, code, "open the store " + path);
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  return database;
}

Result<Statement> Database::prepare(std::string_view sql, std::string_view purpose) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                &statement, nullptr);
  if (code != SQLITE_OK) return failure(database_.get(), code, purpose);
  return Statement(statement, purpose);
}

Result<> Database::execute(const std::string& sql, std::string_view purpose) {
  int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(database_.get(), code, purpose);
  return {};
}

Result<std::int64_t> Database::query_integer(std::string_view sql, std::string_view purpose) {
  Result<Statement> statement = prepare(sql, purpose);
  if (!statement) return pass(statement);
  Query query(*statement);
  Result<bool> row = query.next();
  if (!row) return pass(row);
  return *row ? query.integer(0) : 0;
}

Result<std::string> Database::query_text(std::string_view sql, std::string_view purpose) {
  Result<Statement> statement = prepare(sql, purpose);
  if (!statement) return pass(statement);
  Query query(*statement);
  Result<bool> row = query.next();
  if (!row) return pass(row);
  return std::string(*row ? query.text(0) : "");
}

Result<bool> Query::next() {
  if (bind_code_ != SQLITE_OK) return failure(nullptr, bind_code_, statement_.purpose_);
  int code = sqlite3_step(raw());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(raw()), code, statement_.purpose_);
}

Result<> Query::finish() {
  Result<bool> row = next();
  if (!row) return pass(row);
  ENSURE(!*row, "a statement that writes gave a row");
  return {};
}

std::string_view Query::text(int column) {
  // The blob call returns a text as it is stored; the text call would convert a BLOB.
  const void* data = sqlite3_column_blob(raw(), column);
  if (!data) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(raw(), column))};
}

}  // namespace outpost::supervisor
