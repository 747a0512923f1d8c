#include "supervisor/store/postgres/connect.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// --- The url ---------------------------------------------------------------------------------------------------------

using Keywords = std::map<std::string, std::string>;

// libpq quotes the part that it does not understand, and with an '@' too many that is a part of the password.
std::string without_quoted(std::string_view message) {
  std::string text;
  bool quoted = false;
  for (char c : one_line(message)) {
    if (c == '"') quoted = !quoted;
    if (!quoted || c == '"') text += c;
  }
  return text;
}

Result<Keywords> keywords_of(const std::string& url) {
  // libpq would take what follows the first for a host and a port, and say so.
  if (auto place = std::string_view(url).substr(0, url.find('?')); std::ranges::count(place, '@') > 1) {
    return fail(Errc::invalid, "store.url: a '@' in the name or the password of a user is written %40");
  }
  char* message = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &message),
                                                                      &PQconninfoFree);
  std::unique_ptr<char, decltype(&PQfreemem)> freed(message, &PQfreemem);
  if (!parsed) {
    return fail(Errc::invalid, "store.url: {}; valid is postgresql://[user[:password]@]host[:port]/database[?options]",
                message ? without_quoted(message) : "out of memory");
  }
  Keywords keywords;
  for (const PQconninfoOption* option = parsed.get(); option->keyword; ++option) {
    if (option->val) keywords[option->keyword] = option->val;
  }
  return keywords;
}

void add_defaults(Keywords& keywords) {
  std::string unacknowledged = std::to_string(kPgUnacknowledged.count());
  const Keywords defaults = {
      {"target_session_attrs", "read-write"}, {"fallback_application_name", "outpost"},
      {"tcp_user_timeout", unacknowledged},   {"keepalives_idle", "2"},
      {"keepalives_interval", "1"},           {"keepalives_count", "3"},
  };
  keywords.insert(defaults.begin(), defaults.end());
  keywords["client_encoding"] = "UTF8";
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts(1);
  for (char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// One set of keywords for each host. libpq would ask them one after the other, and one that is silent would use up the
// time of all.
std::vector<Keywords> by_host(const Keywords& keywords) {
  constexpr std::array kLists = {"host", "hostaddr", "port"};
  std::size_t hosts = 1;
  std::map<std::string, std::vector<std::string>> lists;
  for (const char* name : kLists) {
    auto found = keywords.find(name);
    if (found == keywords.end()) continue;
    lists[name] = split(found->second);
    hosts = std::max(hosts, lists[name].size());
  }
  std::vector<Keywords> all(hosts, keywords);
  for (auto& [name, values] : lists) {
    // One port is that of all hosts. Any other difference is a mistake, which libpq explains.
    if (values.size() != hosts && !(name == "port" && values.size() == 1)) return {keywords};
    for (std::size_t i = 0; i < hosts; ++i) all[i][name] = values[std::min(i, values.size() - 1)];
  }
  return all;
}

// --- Connecting ------------------------------------------------------------------------------------------------------

struct Attempt {
  PgConnection connection;
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
};

PgConnection start(const Keywords& keywords) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  return PgConnection(PQconnectStartParams(names.data(), values.data(), 0));
}

bool under_way(const Attempt& attempt) {
  return attempt.wants == PGRES_POLLING_READING || attempt.wants == PGRES_POLLING_WRITING;
}

// Waits until one of the attempts can go on; false when there is no more time.
bool poll_attempts(std::vector<Attempt>& attempts, steady_clock::time_point deadline) {
  std::vector<pollfd> polled;
  for (const Attempt& attempt : attempts) {
    int fd = under_way(attempt) ? PQsocket(attempt.connection.get()) : -1;
    short events = attempt.wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    polled.push_back({fd, events, 0});
  }
  int ready = ::poll(polled.data(), polled.size(), left_ms(deadline));
  if (ready == 0) return false;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (polled[i].revents != 0) attempts[i].wants = PQconnectPoll(attempts[i].connection.get());
  }
  return true;
}

std::string reasons(const std::vector<Attempt>& attempts, milliseconds limit) {
  std::string text;
  for (const Attempt& attempt : attempts) {
    if (!text.empty()) text += "; ";
    if (under_way(attempt)) {
      const char* host = PQhost(attempt.connection.get());
      text += fmt::format("{}:{} did not answer within {} ms", host ? host : "", PQport(attempt.connection.get()),
                          limit.count());
    } else {
      text += one_line(PQerrorMessage(attempt.connection.get()));
    }
  }
  return text;
}

Result<PgConnection> connect_first(const std::vector<Keywords>& hosts, milliseconds limit) {
  auto deadline = steady_clock::now() + limit;
  std::vector<Attempt> attempts;
  for (const Keywords& keywords : hosts) {
    Attempt attempt{start(keywords)};
    if (!attempt.connection) return fail(Errc::store, "cannot connect to the database: out of memory");
    if (PQstatus(attempt.connection.get()) == CONNECTION_BAD) attempt.wants = PGRES_POLLING_FAILED;
    attempts.push_back(std::move(attempt));
  }
  while (std::ranges::any_of(attempts, under_way) && poll_attempts(attempts, deadline)) {
    for (Attempt& attempt : attempts) {
      if (attempt.wants == PGRES_POLLING_OK) return std::move(attempt.connection);
    }
  }
  return fail(Errc::store, "cannot connect to the database: {}", reasons(attempts, limit));
}

}  // namespace

int left_ms(steady_clock::time_point deadline) {
  auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

std::string one_line(std::string_view message) {
  std::string line;
  for (char c : message) {
    bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

Result<PgConnection> connect_any(const std::string& url, milliseconds limit, milliseconds limit_max) {
  Result<Keywords> keywords = keywords_of(url);
  if (!keywords) return pass(keywords);
  add_defaults(*keywords);
  auto given = keywords->find("connect_timeout");
  if (given != keywords->end() && std::atoi(given->second.c_str()) > 0) {
    limit = std::min<milliseconds>(std::chrono::seconds(std::atoi(given->second.c_str())), limit_max);
  }
  return connect_first(by_host(*keywords), limit);
}

}  // namespace outpost::supervisor
