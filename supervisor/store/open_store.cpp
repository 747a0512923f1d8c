#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/sqlite_store.h"

namespace outpost::supervisor {

std::optional<std::string> sqlite_file(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite://";
  std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : "";
  if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
  return path;
}

namespace {

bool is_postgresql(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Failure no_store(const std::string& url) {
  return fail(Errc::invalid, "store.url: '{}' is no store; valid are sqlite:///absolute/path.db and postgresql://...",
              url);
}

Failure no_postgresql() { return fail(Errc::unsupported, "store.url: PostgreSQL is not available in this version"); }

}  // namespace

Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode) {
  if (is_postgresql(url)) return no_postgresql();
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return open_sqlite_store(*path, mode);
}

Result<std::unique_ptr<LeaseStore>> open_lease_store(const std::string& url, std::chrono::milliseconds time_limit) {
  if (is_postgresql(url)) return no_postgresql();
  auto path = sqlite_file(url);
  if (!path) return no_store(url);
  return open_sqlite_lease_store(*path, time_limit);
}

}  // namespace outpost::supervisor
