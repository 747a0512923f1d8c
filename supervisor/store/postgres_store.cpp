#include "supervisor/store/postgres_store.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "supervisor/store/postgres.h"
#include "supervisor/store/postgres_schema.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/sql_store.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A little more than what the server is told (PgOptions), whose own end of a statement costs no connection.
constexpr milliseconds kWriterTime{6000};
constexpr milliseconds kReaderTime{31'000};
constexpr milliseconds kReconnectTime{1000};
// How long a commit whose answer was lost is looked for.
constexpr milliseconds kOutcomeTime{6000};
// What may be on its way without an answer: bounds what either side keeps in memory.
constexpr std::size_t kUnansweredMax = 512;

// Statements of this engine alone, behind those of Sql.
constexpr auto kFirstOwn = static_cast<std::size_t>(Sql::count);
constexpr std::size_t kBegin = kFirstOwn;
constexpr std::size_t kBeginSnapshot = kFirstOwn + 1;
constexpr std::size_t kProve = kFirstOwn + 2;
constexpr std::size_t kUnlimited = kFirstOwn + 3;
constexpr std::size_t kOutcome = kFirstOwn + 4;
constexpr std::size_t kConfirm = kFirstOwn + 5;

std::vector<PgStatement> statements() {
  std::vector<PgStatement> all;
  for (SqlText& text : record_statements(Dialect::postgresql)) {
    // BEGIN IMMEDIATE is SQLite's.
    if (text.id == Sql::begin) text.sql = "BEGIN";
    all.push_back({text.purpose, std::move(text.sql)});
  }
  all.push_back({"begin a transaction", "BEGIN"});
  all.push_back({"begin to read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  all.push_back({"prove the role of writer",
                 "UPDATE lease SET batch = $1, batch_epoch = $2 WHERE id = 1 AND epoch = $2 AND instance = $3"});
  // A commit may wait for a synchronous standby. Cut short it would say that it succeeded.
  all.push_back({"commit", "SET LOCAL statement_timeout = 0"});
  all.push_back(
      {"look for the commit", "SELECT batch, batch_epoch, epoch, instance FROM lease WHERE id = 1 FOR UPDATE"});
  all.push_back({"confirm the commit", "UPDATE lease SET batch = batch WHERE id = 1"});
  return all;
}

// What has to have changed a row.
struct Expected {
  enum class Kind : std::uint8_t { nothing, proof, record } kind = Kind::nothing;
  std::int64_t list_dbid = 0;
  std::int64_t record_id = 0;
};

// Which hold of the lease it is.
struct Held {
  std::int64_t epoch = 0;
  std::string instance;
  bool operator==(const Held&) const = default;
};

// Until `each` returns false.
template <class Each>
void for_each_row(const PgRows& rows, Each&& each) {
  for (int i = 0; i < rows.count(); ++i) {
    PgRow row(rows, i);
    if (!each(row)) return;
  }
}

class PgStore final : public SqlStore<PgStore> {
 public:
  PgStore(const std::string& url, OpenMode mode)
      : link_(url, options(mode),
              [this, mode, url](PgSession& session) {
                Result<> done = use_schema(session, schema_version(), !opened_ && mode == OpenMode::writer, url);
                if (done) done = session.prepare(statements());
                return done;
              }),
        mode_(mode) {}

  Result<> open() {
    Result<PgSession*> opened = link_.session();
    if (!opened) return fail(std::move(opened.error()));
    opened_ = true;
    return {};
  }

  [[nodiscard]] StoreInfo info() override;
  Result<> begin() override;
  Result<> commit() override;
  void rollback() noexcept override;

 private:
  friend class SqlStore<PgStore>;

  enum class State : std::uint8_t { idle, snapshot, transaction };
  static PgOptions options(OpenMode mode) {
    PgOptions options;
    options.connect_time = kReconnectTime;
    options.read_only = mode == OpenMode::reader;
    if (options.read_only) options.statement_time = kReaderTime - milliseconds(1000);
    return options;
  }
  [[nodiscard]] milliseconds time_limit() const { return mode_ == OpenMode::reader ? kReaderTime : kWriterTime; }

  Result<> may_write() {
    if (state_ == State::transaction) return {};
    return fail(Errc::store, "the store takes writes only within a transaction");
  }
  template <class Bind>
  Result<> write(Sql id, Bind&& bind) {
    Result<> done = queue(id, bind, {});
    return done ? limit_unanswered() : done;
  }
  template <class Bind>
  Result<> write_record(Sql id, Bind&& bind, const Record& record) {
    Result<> done = queue(id, bind, {Expected::Kind::record, record.list_dbid, record.record_id});
    return done ? limit_unanswered() : done;
  }
  Result<> limit_unanswered() { return session_->sent() < kUnansweredMax ? Result<>() : settle(); }
  template <class Bind>
  Result<std::int64_t> write_counted(Sql id, Bind&& bind);
  template <class Bind>
  Result<> queue(Sql id, Bind&& bind, Expected expected);
  template <class Bind, class Each>
  Result<> read(Sql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read_many(Sql id, std::size_t n, Bind&& bind, Each&& each);
  template <class Action>
  Result<> snapshot(Action&& action);

  void send(std::size_t statement, const PgParams& params, Expected expected = {});
  Result<> settle(PgRows* last = nullptr);
  Result<> settle_each(const PgSession::Each& each);
  [[nodiscard]] Result<> as_expected(const Expected& expected, const PgRows& rows) const;
  Result<PgRows> read_alone(Sql id, const PgParams& params);
  Result<> start(std::size_t begin_statement, Held* held);
  Result<> send_commit();
  Result<> find_outcome(const Error& why);
  Result<std::optional<bool>> look_for_commit();
  Result<> confirm_commit();
  void end_transaction() noexcept;

  PgLink link_;
  bool opened_ = false;  // a database that is empty later is another one, and none to fill
  OpenMode mode_;
  State state_ = State::idle;
  PgSession* session_ = nullptr;  // of the transaction; broken perhaps
  bool proved_ = false;           // this transaction has written
  Result<> failed_;               // the first failure of this transaction: it is of no more use
  std::vector<Expected> expected_;
  Held ours_;  // as it was when the epoch was first seen in force
  std::int64_t batch_ = 0;
};

StoreInfo PgStore::info() {
  Result<std::int64_t> epoch = number(Sql::read_epoch, bind_values());
  PgSession* session = link_.present();
  return {session ? session->engine() : "PostgreSQL", shown_url(link_.url()), schema_version(), epoch ? *epoch : 0};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

// A connection that has gone unnoticed is found here, and nothing is lost by trying another.
Result<> PgStore::start(std::size_t begin_statement, Held* held) {
  Result<> done;
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<PgSession*> session = link_.session();
    if (!session) return fail(std::move(session.error()));
    session_ = *session;
    send(begin_statement, PgParams());
    if (held) send(static_cast<std::size_t>(Sql::read_epoch), PgParams());
    PgRows rows;
    done = settle(&rows);
    if (done && held && rows.count() != 0) {
      *held = {rows.integer(0, 0), std::string(rows.text(0, 1))};
      // Another instance of this store may have been here in the same epoch.
      batch_ = std::max(batch_, rows.integer(0, 2));
    }
    if (done) return {};
    bool gone = !session_->connected();
    end_transaction();
    if (!gone) {
      session_->close();
      return done;
    }
  }
  return done;
}

Result<> PgStore::begin() {
  if (mode_ == OpenMode::reader) return fail(Errc::unsupported, "the store was opened for reading only");
  Held held;
  if (Result<> begun = start(kBegin, &held); !begun) return begun;
  state_ = State::transaction;
  if (held.epoch != epoch_ || epoch_ == 0) {
    rollback();
    return fenced(held.epoch);
  }
  // A database that was set back to an earlier state, as by a standby that had not yet everything, may have given the
  // same epoch to another.
  if (ours_.epoch != held.epoch) ours_ = held;
  if (ours_ == held) return {};
  rollback();
  return fail(Errc::fenced, "another supervisor took the role of writer of the store with the same epoch {}", epoch_);
}

Result<> PgStore::commit() {
  if (Result<> may = may_write(); !may) return may;
  Result<> done = write_statistics();
  if (done && proved_) send(kUnlimited, PgParams());
  if (done) done = settle();
  if (done) done = send_commit();
  if (!done) return done;
  committed();
  end_transaction();
  return {};
}

// All writes have succeeded.
Result<> PgStore::send_commit() {
  static_cast<void>(session_->take_warning());
  send(static_cast<std::size_t>(Sql::commit), PgParams());
  PgRows answer;
  Result<> done = settle(&answer);
  std::optional<std::string> warning = session_->take_warning();
  if (done && !warning && answer.command() == "COMMIT") return {};
  if (!done && done.error().code == Errc::conflict) return done;
  if (done && answer.command() != "COMMIT") return fail(Errc::store, "the database rolled the transaction back");
  if (!proved_) return fail(Errc::store, "{}", done ? *warning : done.error().text);
  return find_outcome(done ? Error{Errc::io, *warning} : done.error());
}

void PgStore::rollback() noexcept {
  if (state_ != State::idle && session_->connected()) {
    // What a failure made the server skip, a ROLLBACK behind it among it, ends with a round trip.
    if (session_->sent() != 0) static_cast<void>(settle());
    expected_.clear();
    session_->send(static_cast<std::size_t>(Sql::rollback), PgParams());
    if (!session_->receive(kReconnectTime)) session_->close();
  }
  rolled_back();
  end_transaction();
}

void PgStore::end_transaction() noexcept {
  state_ = State::idle;
  proved_ = false;
  failed_ = {};
  expected_.clear();
}

template <class Action>
Result<> PgStore::snapshot(Action&& action) {
  if (state_ != State::idle) return action();
  if (Result<> begun = start(kBeginSnapshot, nullptr); !begun) return begun;
  state_ = State::snapshot;
  Result<> done = action();
  rollback();
  return done;
}

// --- A commit whose answer was lost ----------------------------------------------------------------------------------

// Found out, never guessed: Errc::store when nothing was applied, Errc::io when that cannot be known.
Result<> PgStore::find_outcome(const Error& why) {
  constexpr milliseconds kPause{50};
  session_->close();
  link_.hurry();
  Error last = why;
  // A database that comes back gives no sign, so it is asked again and again.
  for (auto deadline = steady_clock::now() + kOutcomeTime; steady_clock::now() < deadline;
       std::this_thread::sleep_for(kPause)) {
    Result<PgSession*> session = link_.session();
    if (!session) {
      last = session.error();
      continue;
    }
    session_ = *session;
    Result<std::optional<bool>> applied = look_for_commit();
    if (applied && *applied && **applied) return {};
    if (applied && *applied) return fail(Errc::store, "the database did not apply the transaction: {}", why.text);
    if (applied) {
      return fail(Errc::io, "whether the database applied the transaction is not known, for others wrote since: {}",
                  why.text);
    }
    last = applied.error();
    session_->close();
  }
  return fail(Errc::io, "whether the database applied the transaction is not known ({}): {}", why.text, last.text);
}

// True when the transaction is there, for good; false when it is not and never will be; nothing when the traces are
// gone. The row lock makes it wait for the end of the session whose answer was lost.
Result<std::optional<bool>> PgStore::look_for_commit() {
  std::int64_t batch = 0;
  std::int64_t batch_epoch = 0;
  Held now;
  session_->send(kBegin, PgParams());
  session_->send(kOutcome, PgParams());
  Result<> looked = session_->receive(kWriterTime, [&](std::size_t i, PgRows& rows) {
    if (i != 1 || rows.count() != 1) return;
    batch = rows.integer(0, 0);
    batch_epoch = rows.integer(0, 1);
    now = {rows.integer(0, 2), std::string(rows.text(0, 3))};
  });
  if (!looked) return fail(std::move(looked.error()));
  bool same_epoch_of_another = now.epoch == ours_.epoch && now != ours_;
  bool overwritten = batch_epoch > epoch_ || same_epoch_of_another;
  if (!overwritten && batch_epoch == epoch_ && batch == batch_) {
    if (Result<> confirmed = confirm_commit(); !confirmed) return fail(std::move(confirmed.error()));
    return std::optional(true);
  }
  session_->close();  // ends the transaction
  return overwritten ? std::optional<bool>() : std::optional(false);
}

// A commit that was seen may still lack the synchronous standby that it should have waited for. One more behind it
// waits for both.
Result<> PgStore::confirm_commit() {
  static_cast<void>(session_->take_warning());
  session_->send(kConfirm, PgParams());
  session_->send(kUnlimited, PgParams());
  session_->send(static_cast<std::size_t>(Sql::commit), PgParams());
  if (Result<> done = session_->receive(kWriterTime); !done) return done;
  if (auto warning = session_->take_warning()) return fail(Errc::store, "{}", *warning);
  return {};
}

// --- Statements ------------------------------------------------------------------------------------------------------

void PgStore::send(std::size_t statement, const PgParams& params, Expected expected) {
  session_->send(statement, params);
  expected_.push_back(expected);
}

Result<> PgStore::as_expected(const Expected& expected, const PgRows& rows) const {
  if (expected.kind == Expected::Kind::nothing || rows.changed() != 0) return {};
  if (expected.kind == Expected::Kind::proof) {
    return fail(Errc::fenced, "another supervisor took the role of writer of the store from epoch {}", epoch_);
  }
  return fail(Errc::not_found, "list {} has no record {}", expected.list_dbid, expected.record_id);
}

// Waits for the answers to all that was sent; `last` is the last one.
Result<> PgStore::settle(PgRows* last) {
  const std::size_t n = expected_.size();
  return settle_each([&](std::size_t i, PgRows& rows) {
    if (last && i + 1 == n) *last = std::move(rows);
  });
}

// The same; each(i, rows) for the answer to what was sent as the i-th.
Result<> PgStore::settle_each(const PgSession::Each& each) {
  std::vector<Expected> expected = std::exchange(expected_, {});
  if (!failed_) return failed_;
  Result<> unexpected;
  Result<> done = session_->receive(time_limit(), [&](std::size_t i, PgRows& rows) {
    if (unexpected) unexpected = as_expected(expected[i], rows);
    each(i, rows);
  });
  // The proof comes before all that could fail because it did not hold.
  failed_ = unexpected ? std::move(done) : std::move(unexpected);
  return failed_;
}

template <class Bind>
Result<> PgStore::queue(Sql id, Bind&& bind, Expected expected) {
  if (Result<> may = may_write(); !may) return may;
  if (!failed_) return failed_;
  if (!std::exchange(proved_, true)) {
    send(kProve, PgParams(++batch_, ours_.epoch, ours_.instance), {Expected::Kind::proof});
  }
  PgParams params;
  bind(params);
  send(static_cast<std::size_t>(id), params, expected);
  ++writes_;
  return {};
}

template <class Bind>
Result<std::int64_t> PgStore::write_counted(Sql id, Bind&& bind) {
  Result<> done = queue(id, bind, {});
  PgRows answer;
  if (done) done = settle(&answer);
  if (!done) return fail(std::move(done.error()));
  return answer.changed();
}

template <class Bind, class Each>
Result<> PgStore::read(Sql id, Bind&& bind, Each&& each) {
  PgParams params;
  bind(params);
  PgRows rows;
  if (state_ == State::idle) {
    Result<PgRows> answer = read_alone(id, params);
    if (!answer) return fail(std::move(answer.error()));
    rows = std::move(*answer);
  } else {
    if (!failed_) return failed_;
    send(static_cast<std::size_t>(id), params);
    if (Result<> done = settle(&rows); !done) return done;
  }
  for_each_row(rows, each);
  return {};
}

template <class Bind, class Each>
Result<> PgStore::read_many(Sql id, std::size_t n, Bind&& bind, Each&& each) {
  for (std::size_t i = 0; i < n;) {
    if (!failed_) return failed_;
    const std::size_t first = expected_.size();  // behind writes that are on their way
    do {
      PgParams params;
      bind(i, params);
      send(static_cast<std::size_t>(id), params);
    } while (++i < n && session_->sent() < kUnansweredMax);
    Result<> done = settle_each([&](std::size_t answer, PgRows& rows) {
      if (answer >= first) for_each_row(rows, each);
    });
    if (!done) return done;
  }
  return {};
}

// Outside a transaction. A connection that broke meanwhile is replaced, once.
Result<PgRows> PgStore::read_alone(Sql id, const PgParams& params) {
  for (int attempt = 0;; ++attempt) {
    Result<PgSession*> session = link_.session();
    if (!session) return fail(std::move(session.error()));
    PgRows answer;
    (*session)->send(static_cast<std::size_t>(id), params);
    Result<> done = (*session)->receive(time_limit(), [&](std::size_t, PgRows& rows) { answer = std::move(rows); });
    if (done) return answer;
    if (attempt == 1 || (*session)->connected()) return fail(std::move(done.error()));
  }
}

}  // namespace

Result<std::unique_ptr<RecordStore>> open_postgres_store(const std::string& url, OpenMode mode) {
  auto store = std::make_unique<PgStore>(url, mode);
  if (Result<> opened = store->open(); !opened) return fail(std::move(opened.error()));
  return store;
}

}  // namespace outpost::supervisor
