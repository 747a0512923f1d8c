// A store.url to its engine: the one place that knows both engines.
#include "supervisor/store/lease_store.h"
#include "supervisor/store/postgres/record_store.h"
#include "supervisor/store/postgres/schema.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/table_store.h"
#include "supervisor/store/sqlite/file.h"
#include "supervisor/store/sqlite/record_store.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode) {
  if (is_postgresql(url)) return open_postgres_store(url, mode);
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return open_sqlite_store(*path, mode);
}

Result<std::unique_ptr<LeaseStore>> open_lease_store(const std::string& url, std::chrono::milliseconds time_limit) {
  if (is_postgresql(url)) return open_postgres_lease_store(url, time_limit);
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return open_sqlite_lease_store(*path, time_limit);
}

Result<std::unique_ptr<TableStore>> open_table_store(const std::string& url, TableAccess access) {
  if (is_postgresql(url)) return open_postgres_tables(url, access);
  auto path = sqlite_file(url);
  if (!path) return fail(Errc::invalid, "no such store; valid are sqlite:///absolute/path.db and postgresql://...");
  return open_sqlite_tables(*path, access);
}

Result<int> stored_schema(const std::string& url) {
  if (is_postgresql(url)) return postgres_schema(url);
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return sqlite_schema(*path);
}

}  // namespace outpost::supervisor
