#include "supervisor/store/url.h"

#include <algorithm>
#include <string_view>

namespace outpost::supervisor {

namespace {

constexpr std::string_view kHidden = "***";

// An option of a URI's query.
bool is_password(std::string_view option) {
  std::string name;
  for (std::size_t i = 0; i < option.size() && option[i] != '='; ++i) {
    // A name may be written in hexadecimal, too.
    if (option[i] == '%') return true;
    name += option[i];
  }
  return name.ends_with("password");
}

std::string shown_options(std::string_view query) {
  std::string shown;
  while (!query.empty()) {
    std::string_view option = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(option.size() + 1, query.size()));
    std::size_t value = option.find('=');
    shown += shown.empty() ? "?" : "&";
    shown += value == option.npos ? option : option.substr(0, value + 1);
    if (value != option.npos) shown += is_password(option) ? kHidden : option.substr(value + 1);
  }
  return shown;
}

}  // namespace

std::optional<std::string> sqlite_file(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite://";
  std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : "";
  if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
  return path;
}

bool is_postgresql(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Failure no_store(const std::string& url) {
  return fail(Errc::invalid, "store.url: '{}' is no store; valid are sqlite:///absolute/path.db and postgresql://...",
              shown_url(url));
}

std::string shown_url(const std::string& url) {
  if (url.starts_with("sqlite:")) return url;
  // What is no valid url may have a password all the same.
  std::size_t scheme = url.find("://");
  std::size_t user = scheme == url.npos ? 0 : scheme + 3;
  // The last '@', for a password that has one of its own is a mistake that shows here first.
  std::size_t at = url.rfind('@');
  std::size_t colon = url.find(':', user);
  bool secret = at != url.npos && colon < url.find('@', user);
  std::size_t query = url.find('?', secret ? at : user);
  std::string shown = secret ? fmt::format("{}{}{}", url.substr(0, colon + 1), kHidden,
                                           url.substr(at, query == url.npos ? url.npos : query - at))
                             : url.substr(0, query);
  if (query != url.npos) shown += shown_options(std::string_view(url).substr(query + 1));
  return shown;
}

}  // namespace outpost::supervisor
