#include "supervisor/store/record_store.h"
#include "supervisor/store/sqlite_store.h"

namespace outpost::supervisor {

std::optional<std::string> sqlite_file(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite://";
  std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : "";
  if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
  return path;
}

Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode) {
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return fail(Errc::unsupported,
                "store.url: PostgreSQL is not available in this version; use sqlite:///absolute/path.db");
  }
  auto path = sqlite_file(url);
  if (!path) return fail(Errc::invalid, "store.url: '{}' is no store; valid is sqlite:///absolute/path.db", url);
  return open_sqlite_store(*path, mode);
}

}  // namespace outpost::supervisor
