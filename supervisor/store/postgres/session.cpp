#include "supervisor/store/postgres/session.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// --- Answers ---------------------------------------------------------------------------------------------------------

Errc code_of(std::string_view sqlstate, Errc late) {
  if (sqlstate == "55P03" || sqlstate == "57014") return late;  // lock_timeout, statement_timeout
  if (sqlstate == "22012") return Errc::fenced;  // division by zero: the proof of the lease, and nothing else, divides
  // serialization_failure and deadlock_detected. Not all of class 40: 40003 is "completion unknown".
  return sqlstate == "40001" || sqlstate == "40P01" ? Errc::conflict : Errc::store;
}

std::string_view field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value ? value : "";
}

Failure failure(std::string_view purpose, const PGresult* result, Errc late) {
  std::string_view state = field(result, PG_DIAG_SQLSTATE);
  std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  std::string text = message.empty() ? one_line(PQresultErrorMessage(result)) : std::string(message);
  if (state == "22012") text = "another supervisor has taken it";
  if (state == "55P03") text = "another session keeps what it needs locked";
  return fail(code_of(state, late), "cannot {}: {}{}", purpose, text, state.empty() ? "" : fmt::format(" ({})", state));
}

// The types that a server cannot infer: those of parameters that the statement leaves out.
std::vector<Oid> types_of(const std::string& sql) {
  constexpr Oid kInferred = 0;
  constexpr Oid kText = 25;
  std::vector<Oid> types;
  for (std::size_t at = sql.find('$'); at != std::string::npos; at = sql.find('$', at + 1)) {
    std::size_t number = 0;
    std::from_chars(sql.data() + at + 1, sql.data() + sql.size(), number);
    if (number > types.size()) types.resize(number, kText);
    if (number > 0) types[number - 1] = kInferred;
  }
  return types;
}

void note_warning(void* place, const PGresult* notice) {
  if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") return;
  *static_cast<std::string*>(place) = field(notice, PG_DIAG_MESSAGE_PRIMARY);
}

}  // namespace

std::int64_t PgRows::changed() const noexcept {
  std::int64_t value = 0;
  const char* digits = PQcmdTuples(result_.get());
  std::from_chars(digits, digits + std::strlen(digits), value);
  return value;
}

std::int64_t PgRows::integer(int row, int column) const noexcept {
  std::string_view bytes = text(row, column);
  if (bytes.empty()) return 0;
  // The first byte has the sign.
  std::int64_t value = (static_cast<unsigned char>(bytes.front()) & 0x80) != 0 ? -1 : 0;
  for (char byte : bytes) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

// --- Session ---------------------------------------------------------------------------------------------------------

Result<PgSession> PgSession::open(const std::string& url, const PgOptions& options) {
  Result<PgConnection> connected = connect_any(url, options.connect_time, options.connect_time_max);
  if (!connected) return pass(connected);
  PgSession session;
  session.late_ = options.late;
  session.session_ = std::move(*connected);
  if (Result<> done = session.set_up(options); !done) return pass(done);
  return session;
}

Result<> PgSession::set_up(const PgOptions& options) {
  constexpr std::string_view kPurpose = "set up the session";
  PQsetNoticeReceiver(session_.get(), &note_warning, warning_.get());
  // "15.4 (Debian 15.4-1)"
  const char* version = PQparameterStatus(session_.get(), "server_version");
  std::string_view words = version ? version : "";
  engine_ = fmt::format("PostgreSQL {}", words.substr(0, words.find(' ')));
  if (PQsetnonblocking(session_.get(), 1) != 0 || PQenterPipelineMode(session_.get()) != 1) {
    return drop(kPurpose, broken());
  }
  // Each statement is written for an index and meets the whole table at no time; what it costs is known, so it is
  // planned once. Names that a server does not have are left out, and so are those that the url sets.
  std::string sql = fmt::format(
      "SELECT set_config(known.name, ours.value, false)"
      " FROM (VALUES ('statement_timeout', '{}'), ('lock_timeout', '{}'),"
      " ('idle_in_transaction_session_timeout', '{}'), ('tcp_user_timeout', '{}'), ('synchronous_commit', '{}'),"
      " ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', '{}'),"
      " ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('jit', 'off'),"
      " ('plan_cache_mode', 'force_generic_plan')) AS ours (name, value)"
      " JOIN pg_settings AS known ON known.name = ours.name"
      " WHERE known.source <> 'client'"
      " AND (ours.name <> 'synchronous_commit' OR ours.value = 'off' OR known.setting = 'off')",
      options.statement_time.count(), options.lock_time.count(), options.idle_time.count(), kPgUnacknowledged.count(),
      options.synced ? "on" : "off", options.read_only ? "on" : "off");
  Result<PgRows> set = query(sql, kPurpose, options.connect_time);
  if (!set) return pass(set);
  return {};
}

bool PgSession::connected() {
  if (!session_) return false;
  pollfd polled{PQsocket(session_.get()), POLLIN, 0};
  // Nothing was asked, so what there is to read is a notice or a farewell; libpq takes in both.
  while (sent_.empty() && ::poll(&polled, 1, 0) > 0 && PQconsumeInput(session_.get()) == 1) PQisBusy(session_.get());
  if (PQstatus(session_.get()) == CONNECTION_OK) return true;
  static_cast<void>(drop("use the connection", broken()));
  return false;
}

std::string PgSession::broken() const { return one_line(PQerrorMessage(session_.get())); }

Failure PgSession::drop(std::string_view purpose, std::string_view why) {
  if (session_) lost_ = why.empty() ? "the connection to the database broke" : why;
  close();
  sent_.clear();
  return fail(Errc::store, "cannot {}: {}", purpose, lost_);
}

// What the server said last tells more than how the connection broke after it.
Failure PgSession::drop_with(const Result<>& outcome, std::string_view purpose, std::string_view why) {
  Failure dropped = drop(purpose, why);
  return outcome ? std::move(dropped) : fail(Errc::store, "{}", outcome.error().text);
}

void PgSession::send(std::size_t statement, const PgParams& params) {
  if (session_ && PQsendQueryPrepared(session_.get(), names_[statement].c_str(), static_cast<int>(params.count_),
                                      params.values_.data(), params.lengths_.data(), params.formats_.data(), 1) != 1) {
    static_cast<void>(drop(purposes_[statement], broken()));
  }
  sent_.push_back(purposes_[statement]);
}

Result<> PgSession::prepare(std::span<const PgStatement> statements) {
  constexpr std::string_view kPurpose = "prepare the statements";
  names_.clear();
  purposes_.clear();
  for (const PgStatement& statement : statements) {
    names_.push_back(fmt::format("s{}", names_.size()));
    purposes_.push_back(statement.purpose);
    std::vector<Oid> types = types_of(statement.sql);
    if (PQsendPrepare(session_.get(), names_.back().c_str(), statement.sql.c_str(), static_cast<int>(types.size()),
                      types.data()) != 1) {
      return drop(kPurpose, broken());
    }
    sent_.push_back(statement.purpose);
  }
  return receive(std::chrono::seconds(5));
}

Result<> PgSession::await_input(Time deadline) {
  while (PQisBusy(session_.get()) == 1) {
    int unsent = PQflush(session_.get());
    if (unsent < 0) return fail(Errc::store, "{}", broken());
    pollfd polled{PQsocket(session_.get()), static_cast<short>(POLLIN | (unsent ? POLLOUT : 0)), 0};
    int ready = ::poll(&polled, 1, left_ms(deadline));
    if (ready == 0) return fail(Errc::store, "the database did not answer in time");
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
    if (ready > 0 && PQconsumeInput(session_.get()) != 1) return fail(Errc::store, "{}", broken());
  }
  return {};
}

Result<PGresult*> PgSession::next_result(Time deadline) {
  if (Result<> waited = await_input(deadline); !waited) return pass(waited);
  return PQgetResult(session_.get());
}

// Takes one answer in. An error means that the session is of no more use.
Result<> PgSession::collect(std::string_view purpose, PGresult* raw, Result<>& outcome, std::size_t i,
                            const Each& each) {
  PgRows rows(raw);
  switch (PQresultStatus(raw)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      if (outcome && each) each(i, rows);
      return {};
    case PGRES_PIPELINE_ABORTED: return {};
    case PGRES_FATAL_ERROR:
      if (outcome) outcome = failure(purpose, raw, late_);
      if (PQstatus(session_.get()) == CONNECTION_OK) return {};
      return fail(Errc::store, "{}", one_line(PQresultErrorMessage(raw)));
    default: return fail(Errc::store, "the server gave an answer that does not belong here");
  }
}

Result<> PgSession::receive(milliseconds limit, const Each& each) {
  std::vector<std::string_view> sent = std::exchange(sent_, {});
  if (!session_) return drop(sent.empty() ? "use the connection" : sent.front(), "");
  Time deadline = steady_clock::now() + limit;
  failed_at_ = 0;
  if (PQpipelineSync(session_.get()) != 1) return drop("use the connection", broken());
  Result<> outcome;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    // A null closes the answer of each statement.
    for (;;) {
      Result<PGresult*> result = next_result(deadline);
      if (!result) return drop_with(outcome, sent[i], result.error().text);
      if (!*result) break;
      if (Result<> taken = collect(sent[i], *result, outcome, i, each); !taken) {
        return drop_with(outcome, sent[i], taken.error().text);
      }
    }
    if (outcome) failed_at_ = i + 1;
  }
  Result<PGresult*> end = next_result(deadline);
  if (!end) return drop_with(outcome, "use the connection", end.error().text);
  PgRows sync(*end);
  if (PQresultStatus(*end) != PGRES_PIPELINE_SYNC) return drop("use the connection", broken());
  sent_ = std::move(sent);
  sent_.clear();
  return outcome;
}

Result<PgRows> PgSession::query(std::string_view sql, std::string_view purpose, milliseconds limit,
                                const PgParams& params) {
  if (!session_) return drop(purpose, "");
  if (PQsendQueryParams(session_.get(), std::string(sql).c_str(), static_cast<int>(params.count_), nullptr,
                        params.values_.data(), params.lengths_.data(), params.formats_.data(), 1) != 1) {
    return drop(purpose, broken());
  }
  sent_.push_back(purpose);
  PgRows answer;
  if (Result<> done = receive(limit, [&](std::size_t, PgRows& rows) { answer = std::move(rows); }); !done) {
    return pass(done);
  }
  return answer;
}

// Several statements in one go are a thing of the simple protocol, which the pipeline has not.
Result<> PgSession::execute(const std::string& sql, std::string_view purpose, milliseconds limit) {
  if (!session_) return drop(purpose, "");
  Time deadline = steady_clock::now() + limit;
  if (PQexitPipelineMode(session_.get()) != 1 || PQsendQuery(session_.get(), sql.c_str()) != 1) {
    return drop(purpose, broken());
  }
  Result<> outcome;
  for (;;) {
    Result<PGresult*> result = next_result(deadline);
    if (!result) return drop(purpose, result.error().text);
    if (!*result) break;
    if (Result<> taken = collect(purpose, *result, outcome, 0, {}); !taken) return drop(purpose, taken.error().text);
  }
  if (PQenterPipelineMode(session_.get()) != 1) return drop(purpose, broken());
  return outcome;
}

std::optional<std::string> PgSession::take_warning() {
  if (warning_->empty()) return std::nullopt;
  return std::exchange(*warning_, {});
}

// --- Link ------------------------------------------------------------------------------------------------------------

Result<PgSession*> PgLink::session() {
  constexpr milliseconds kFirstPause{100};
  constexpr milliseconds kLongestPause{1000};
  if (session_ && session_->connected()) {
    pause_ = {};
    return &*session_;
  }
  if (pause_.count() != 0 && steady_clock::now() < next_try_) return fail(last_);
  // Whoever has seen the old one goes on to see that it has gone.
  if (session_) session_->close();
  Result<PgSession> opened = PgSession::open(url_, options_);
  if (opened) {
    session_ = std::move(*opened);
    Result<> ready = set_up_(*session_);
    if (ready) return &*session_;
    session_->close();
    opened = fail(std::move(ready.error()));
  }
  last_ = opened.error();
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  next_try_ = steady_clock::now() + pause_;
  return fail(last_);
}

}  // namespace outpost::supervisor
