// Connects to a PostgreSQL server by a libpq URI: all hosts that it names are asked at once, and no wait is longer than
// it may be. What is said in the connection: session.h.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost::supervisor {

struct PgFinish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using PgConnection = std::unique_ptr<PGconn, PgFinish>;

// How long bytes may stay unacknowledged by the other machine, in either direction.
inline constexpr std::chrono::milliseconds kPgUnacknowledged{3000};

// To whichever of the hosts is there first and takes writes, unless the url says otherwise, within `limit`, or within
// the url's own connect_timeout, which counts up to `limit_max`. Errc::invalid for a url that says nothing sensible.
Result<PgConnection> connect_any(const std::string& url, std::chrono::milliseconds limit,
                                 std::chrono::milliseconds limit_max);

// What poll() may wait.
int left_ms(std::chrono::steady_clock::time_point deadline);
// A message of libpq in one line: they have several, of which the last is empty.
std::string one_line(std::string_view message);

}  // namespace outpost::supervisor
