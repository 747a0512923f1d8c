// The state in a PostgreSQL database.
//
// begin() sends nothing. What is read before the first write or lock is read alone, in one round trip, as it would be
// within: each statement sees what is committed by then, unless one moment is asked for. The first write sends the
// BEGIN with it, and writes whose answer nobody waits for go with the COMMIT: an area that is created is one round
// trip.
#include <utility>
#include <vector>

#include "supervisor/mobile/state/engines.h"
#include "supervisor/mobile/state/schema.h"
#include "supervisor/mobile/state/sql_state.h"
#include "supervisor/store/postgres/pipeline.h"
#include "supervisor/store/postgres/schema.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;

// A little more than what the server is told (PgOptions), whose own end of a statement costs no connection.
constexpr milliseconds kStateTime{6000};
constexpr milliseconds kStateReconnectTime{1000};
// Between two statements texts of 16 MiB may be read and written, on a slow machine for seconds.
constexpr milliseconds kStateIdleTime{20'000};
constexpr milliseconds kBriefTime{1000};
// What is sent without waiting is kept twice until the server takes it.
constexpr std::size_t kUnansweredBytes = 8 * 1024 * 1024;

constexpr std::size_t place_of(StateSql id) { return static_cast<std::size_t>(id); }

std::vector<PgStatement> pg_state_statements() {
  std::vector<PgStatement> all;
  for (StateSqlText& text : state_statements(Dialect::postgresql)) {
    if (text.id == StateSql::begin_read) text.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    all.push_back({text.purpose, std::move(text.sql)});
  }
  return all;
}

template <class Each>
void each_row(const PgRows& rows, Each&& each) {
  for (int i = 0; i < rows.count(); ++i) {
    PgRow row(rows, i);
    each(row);
  }
}

class PgState final : public SqlState<PgState> {
 public:
  PgState(const std::string& url, StateMode mode, StateDurability durability, StateUse use)
      : time_(use == StateUse::brief ? kBriefTime : kStateTime),
        link_(url, options(mode, durability, use),
              [this, mode, use, url](PgSession& session) {
                bool may_write = !opened_ && mode == StateMode::writer && use == StateUse::lasting;
                Result<> done = use_schema(session, state_schema(), state_schema().version(), may_write, url);
                if (done) done = session.prepare(pg_state_statements());
                return done;
              }),
        mode_(mode),
        pipeline_(time_) {}

  Result<> open() {
    Result<PgSession*> opened = link_.session();
    if (!opened) return pass(opened);
    opened_ = true;
    link_.reconnect_within(kStateReconnectTime);
    return {};
  }

  [[nodiscard]] StateInfo info() override {
    PgSession* session = link_.present();
    return {session ? session->engine() : "PostgreSQL", shown_url(link_.url()), state_schema().version()};
  }
  Result<> begin() override;
  Result<> commit() override;
  void rollback() noexcept override;
  Result<> see_one_moment() override {
    one_moment_ = true;
    return {};
  }
  [[nodiscard]] bool shared() const noexcept override { return true; }
  [[nodiscard]] bool connected() noexcept override {
    PgSession* session = link_.present();
    return session && session->connected();
  }

 private:
  friend class SqlAsking<PgState>;

  // `begun`: the server knows nothing of it yet.
  enum class State : std::uint8_t { idle, begun, running };

  static PgOptions options(StateMode mode, StateDurability durability, StateUse use) {
    PgOptions options;
    options.late = Errc::busy;
    options.idle_time = kStateIdleTime;
    if (use == StateUse::brief) {
      options.connect_time = options.connect_time_max = options.statement_time = options.lock_time = kBriefTime;
    }
    options.read_only = mode == StateMode::reader;
    options.synced = durability == StateDurability::power;
    return options;
  }

  template <class Bind>
  Result<> write(StateSql id, Bind&& bind);
  template <class Bind, class Each>
  Result<std::int64_t> change(StateSql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read(StateSql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read_locked(StateSql id, Bind&& bind, Each&& each);

  [[nodiscard]] bool reads_only() const { return one_moment_ || mode_ == StateMode::reader; }
  Result<> may_write() {
    if (state_ != State::idle) return {};
    return fail(Errc::store, "the store takes writes only within a transaction");
  }
  void send(StateSql id, const PgParams& params);
  Result<PgRows> ask(StateSql id, const PgParams& params);
  Result<PgRows> ask_alone(StateSql id, const PgParams& params);
  void end_transaction() noexcept;

  const milliseconds time_;  // within which there is an answer
  PgLink link_;
  bool opened_ = false;  // a database that is empty later is another one, and none to fill
  StateMode mode_;
  State state_ = State::idle;
  bool one_moment_ = false;           // is asked for
  bool wrote_ = false;                // in this transaction
  std::size_t unanswered_bytes_ = 0;  // of the same
  PgPipeline pipeline_;
};

// --- Transactions ----------------------------------------------------------------------------------------------------

// A connection that has gone is found here, and another one is tried.
Result<> PgState::begin() {
  Result<PgSession*> session = link_.session();
  if (!session) return pass(session);
  pipeline_.use(**session);
  state_ = State::begun;
  return {};
}

// Whether a commit without an answer happened is not looked for: what was written has ids of ours, so whoever asked may
// ask again.
Result<> PgState::commit() {
  if (Result<> may = may_write(); !may) return may;
  if (state_ == State::begun) {
    end_transaction();
    return {};
  }
  if (!pipeline_.failed()) return pipeline_.failed();
  PgSession& session = pipeline_.session();
  if (!session.connected()) return fail(Errc::store, "the connection to the database broke before the commit");
  static_cast<void>(session.take_warning());
  const std::size_t before = session.sent();
  pipeline_.send(place_of(StateSql::commit), PgParams());
  PgRows answer;
  Result<> done = pipeline_.settle(&answer);
  // A wait for a synchronous standby that somebody cut short ends with success and a warning.
  std::optional<std::string> warning = session.take_warning();
  if (done && answer.command() == "COMMIT" && !(warning && wrote_)) {
    end_transaction();
    return {};
  }
  if (done && answer.command() != "COMMIT") return fail(Errc::store, "the database rolled the transaction back");
  if (done) return fail(Errc::io, "whether the database keeps what it committed is not known: {}", *warning);
  const bool refused = session.connected() && session.failed_at() < before;
  if (refused || !wrote_ || done.error().code != Errc::store) return done;
  return fail(Errc::io, "whether the database applied the transaction is not known: {}", done.error().text);
}

void PgState::rollback() noexcept {
  if (state_ == State::running && pipeline_.session().connected()) {
    PgSession& session = pipeline_.session();
    // What a failure made the server skip, a ROLLBACK behind it among it, ends with a round trip.
    if (session.sent() != 0) static_cast<void>(session.receive(kStateReconnectTime));
    session.send(place_of(StateSql::rollback), PgParams());
    if (!session.receive(kStateReconnectTime)) session.close();
  }
  end_transaction();
}

void PgState::end_transaction() noexcept {
  state_ = State::idle;
  one_moment_ = false;
  wrote_ = false;
  unanswered_bytes_ = 0;
  pipeline_.forget();
}

// --- Statements ------------------------------------------------------------------------------------------------------

void PgState::send(StateSql id, const PgParams& params) {
  if (state_ == State::begun) {
    pipeline_.send(place_of(reads_only() ? StateSql::begin_read : StateSql::begin), PgParams());
    state_ = State::running;
  }
  pipeline_.send(place_of(id), params);
  unanswered_bytes_ += params.bytes();
}

Result<PgRows> PgState::ask(StateSql id, const PgParams& params) {
  if (!pipeline_.failed()) return pass(pipeline_.failed());
  send(id, params);
  PgRows rows;
  if (Result<> done = pipeline_.settle(&rows); !done) return pass(done);
  unanswered_bytes_ = 0;
  return rows;
}

// Outside a transaction, or before the server knows of it. A connection that broke meanwhile is replaced, once.
Result<PgRows> PgState::ask_alone(StateSql id, const PgParams& params) {
  for (int attempt = 0;; ++attempt) {
    Result<PgSession*> session = link_.session();
    if (!session) return pass(session);
    PgRows answer;
    (*session)->send(place_of(id), params);
    Result<> done = (*session)->receive(time_, [&](std::size_t, PgRows& rows) { answer = std::move(rows); });
    if (done) return answer;
    if (attempt == 1 || (*session)->connected()) return pass(done);
  }
}

template <class Bind>
Result<> PgState::write(StateSql id, Bind&& bind) {
  if (Result<> may = may_write(); !may) return may;
  if (!pipeline_.failed()) return pipeline_.failed();
  PgParams params;
  bind(params);
  send(id, params);
  wrote_ = true;
  ++writes_;
  if (unanswered_bytes_ < kUnansweredBytes) return pipeline_.limit();
  unanswered_bytes_ = 0;
  return pipeline_.settle();
}

template <class Bind, class Each>
Result<std::int64_t> PgState::change(StateSql id, Bind&& bind, Each&& each) {
  if (Result<> may = may_write(); !may) return pass(may);
  PgParams params;
  bind(params);
  Result<PgRows> rows = ask(id, params);
  if (!rows) return pass(rows);
  if (rows->changed() > 0) {
    wrote_ = true;
    ++writes_;
  }
  each_row(*rows, each);
  return rows->changed();
}

template <class Bind, class Each>
Result<> PgState::read(StateSql id, Bind&& bind, Each&& each) {
  PgParams params;
  bind(params);
  const bool alone = state_ == State::idle || (state_ == State::begun && !reads_only());
  Result<PgRows> rows = alone ? ask_alone(id, params) : ask(id, params);
  if (!rows) return pass(rows);
  each_row(*rows, each);
  return {};
}

template <class Bind, class Each>
Result<> PgState::read_locked(StateSql id, Bind&& bind, Each&& each) {
  if (Result<> may = may_write(); !may) return may;
  PgParams params;
  bind(params);
  Result<PgRows> rows = ask(id, params);
  if (!rows) return pass(rows);
  each_row(*rows, each);
  return {};
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_postgres_state(const std::string& url, StateMode mode,
                                                        StateDurability durability, StateUse use) {
  auto store = std::make_unique<PgState>(url, mode, durability, use);
  if (Result<> opened = store->open(); !opened) return pass(opened);
  return store;
}

}  // namespace outpost::supervisor
