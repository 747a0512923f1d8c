// A session of a PostgreSQL server, or of what speaks its protocol, in which no call ever waits longer than its time.
//
//   send, send, send ...       queued, and on their way when there are many
//   receive                    one round trip: all answers, in order; after the first failure the server skips the rest
//
// libpq is driven in its pipeline mode, without blocking, by poll(). A session in which an answer was late is dropped:
// what the server made of the question is then not known. So is one that broke. connected() tells, and the owner opens
// another.
//
// One session belongs to one thread. Errors are Errc::store; Errc::conflict when another transaction was in the way and
// this one may be repeated; Errc::invalid for a url that says nothing sensible. No error text holds a password.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/error.h"
#include "supervisor/store/postgres/connect.h"
#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

struct PgOptions {
  std::chrono::milliseconds connect_time{5000};        // unless the url has a connect_timeout,
  std::chrono::milliseconds connect_time_max{60'000};  // which counts up to this
  std::chrono::milliseconds statement_time{5000};      // after which the server gives a statement up
  std::chrono::milliseconds lock_time{2000};           // the same for one that waits for a lock
  // After which the server ends a session that lies idle in a transaction. A frozen or cut-off supervisor would keep
  // the lease's row locked else, and nobody could take over.
  std::chrono::milliseconds idle_time{1000};
  Errc late = Errc::store;  // what it means that one was given up for either
  bool read_only = false;
  // A commit is synced: it survives the end of the database's machine, not only that of our processes.
  bool synced = true;
};

struct PgStatement {
  std::string_view purpose;  // completes "cannot ..."; outlives the session
  std::string sql;           // parameters are $1, $2 ...
};

// Parameters of one statement, in order. Strings are not copied: they outlive send().
class PgParams {
 public:
  template <class... Args>
  explicit PgParams(const Args&... args) {
    (bind(args), ...);
  }
  PgParams(const PgParams&) = delete;
  PgParams& operator=(const PgParams&) = delete;

  // As digits, which fit any width that the server has inferred for the parameter.
  template <std::integral Int>
  void bind(Int value) {
    auto& digits = digits_[count_];
    auto end = std::to_chars(digits.data(), digits.data() + digits.size() - 1, static_cast<std::int64_t>(value)).ptr;
    *end = '\0';
    put(digits.data(), static_cast<int>(end - digits.data()), 0);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void bind(Enum value) { bind(static_cast<std::int64_t>(value)); }
  // Text or bytes, as they are.
  void bind(std::string_view bytes) { put(bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()), 1); }
  void bind(Bytes bytes) { bind(bytes.value); }
  void bind_null() { put(nullptr, 0, 0); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += static_cast<std::size_t>(lengths_[i]);
    return sum;
  }

 private:
  friend class PgSession;
  static constexpr std::size_t kMax = 32;

  void put(const char* value, int length, int format) {
    ENSURE(count_ < kMax, "a statement has at most 32 parameters");
    values_[count_] = value;
    lengths_[count_] = length;
    formats_[count_] = format;
    ++count_;
  }

  std::size_t count_ = 0;
  std::array<const char*, kMax> values_;
  std::array<int, kMax> lengths_;
  std::array<int, kMax> formats_;
  std::array<std::array<char, 24>, kMax> digits_;
};

// What a statement gave. Rows are read by (row, column).
class PgRows {
 public:
  PgRows() = default;
  explicit PgRows(PGresult* result) : result_(result) {}

  [[nodiscard]] int count() const noexcept { return PQntuples(result_.get()); }
  // Rows that an INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t changed() const noexcept;
  // "COMMIT", "ROLLBACK", ...
  [[nodiscard]] std::string_view command() const noexcept { return PQcmdStatus(result_.get()); }

  [[nodiscard]] std::int64_t integer(int row, int column) const noexcept;
  // Valid as long as this.
  [[nodiscard]] std::string_view text(int row, int column) const noexcept {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }

 private:
  friend class PgSession;
  struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// One row, with the interface of SQLite's Query, so that one template reads both.
class PgRow {
 public:
  PgRow(const PgRows& rows, int row) : rows_(rows), row_(row) {}

  [[nodiscard]] std::int64_t integer(int column) const { return rows_.integer(row_, column); }
  [[nodiscard]] std::string_view text(int column) const { return rows_.text(row_, column); }
  void read(int column, std::string& value) const { value = text(column); }
  template <class Int>
  requires std::integral<Int> || std::is_enum_v<Int>
  void read(int column, Int& value) const { value = static_cast<Int>(integer(column)); }

 private:
  const PgRows& rows_;
  int row_;
};

class PgSession {
 public:
  using Each = std::function<void(std::size_t, PgRows&)>;

  // Connects to whichever of the hosts of a libpq URI is there first (all are asked at once) and takes writes, unless
  // the url says otherwise. The options of the session are set; a setting that the url gives (options=-c name=value)
  // wins over ours.
  static Result<PgSession> open(const std::string& url, const PgOptions& options);

  // Looks at what the server may have said since: it is found here, not in the next answer, that it has gone.
  [[nodiscard]] bool connected();
  void close() noexcept { session_.reset(); }

  // In one round trip. What is sent is then named by its place in `statements`, whose purposes stay valid.
  Result<> prepare(std::span<const PgStatement> statements);
  // Never fails; receive() tells.
  void send(std::size_t statement, const PgParams& params);
  // Everything sent so far is run, and `each(i, rows)` called for what was sent as the i-th since the last receive(),
  // up to the first failure, which is returned.
  Result<> receive(std::chrono::milliseconds limit, const Each& each = {});
  [[nodiscard]] std::size_t sent() const noexcept { return sent_.size(); }
  // Which statement the last receive() failed with, by its number there; the server has run none behind it.
  [[nodiscard]] std::size_t failed_at() const noexcept { return failed_at_; }

  // One statement that was not prepared; nothing else may be on its way.
  Result<PgRows> query(std::string_view sql, std::string_view purpose, std::chrono::milliseconds limit,
                       const PgParams& params = PgParams());
  // Several, without parameters and answers.
  Result<> execute(const std::string& sql, std::string_view purpose, std::chrono::milliseconds limit);

  // A WARNING of the server since this was last asked. With a COMMIT it means less than its answer claims.
  [[nodiscard]] std::optional<std::string> take_warning();
  // "PostgreSQL 15.4"
  [[nodiscard]] const std::string& engine() const noexcept { return engine_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  PgSession() : warning_(std::make_unique<std::string>()) {}
  Result<> set_up(const PgOptions& options);
  // Null between two statements; a failure has dropped the session.
  Result<PGresult*> next_result(Time deadline);
  Result<> await_input(Time deadline);
  Result<> collect(std::string_view purpose, PGresult* result, Result<>& outcome, std::size_t i, const Each& each);
  Failure drop(std::string_view purpose, std::string_view why);
  Failure drop_with(const Result<>& outcome, std::string_view purpose, std::string_view why);
  // Why the session broke, in libpq's words.
  [[nodiscard]] std::string broken() const;

  PgConnection session_;
  std::string engine_;
  Errc late_ = Errc::store;
  std::vector<std::string> names_;          // of the prepared statements
  std::vector<std::string_view> purposes_;  // of the same
  std::vector<std::string_view> sent_;      // the purposes of what was sent since the last receive()
  std::size_t failed_at_ = 0;
  std::unique_ptr<std::string> warning_;         // where libpq finds it
  std::string lost_ = "there is no connection";  // why the session was dropped
};

// Keeps a session, and opens another when it has gone: at once, then not more often than every 0.1 to 1 s.
class PgLink {
 public:
  // Runs in each new session; prepares its statements.
  using SetUp = std::function<Result<>(PgSession&)>;
  PgLink(std::string url, PgOptions options, SetUp set_up)
      : url_(std::move(url)), options_(options), set_up_(std::move(set_up)) {}

  // The session, opened within the connect_time when there is none. Always at the same place.
  Result<PgSession*> session();
  // The last session, broken perhaps; null when there never was one.
  [[nodiscard]] PgSession* present() noexcept { return session_ ? &*session_ : nullptr; }
  // From now on, in place of the connect_time.
  void reconnect_within(std::chrono::milliseconds time) noexcept { options_.connect_time = time; }
  // Forgets when it was last tried.
  void hurry() noexcept { pause_ = {}; }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

 private:
  std::string url_;
  PgOptions options_;
  SetUp set_up_;
  std::optional<PgSession> session_;
  Error last_{Errc::store, ""};
  std::chrono::steady_clock::time_point next_try_;
  std::chrono::milliseconds pause_{};
};

}  // namespace outpost::supervisor
