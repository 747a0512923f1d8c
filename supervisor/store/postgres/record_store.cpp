#include "supervisor/store/postgres/record_store.h"

#include <algorithm>
#include <utility>

#include "supervisor/store/postgres/lost_commit.h"
#include "supervisor/store/postgres/schema.h"
#include "supervisor/store/postgres/session.h"
#include "supervisor/store/postgres/statements.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/sql/sql_store.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;

// A little more than what the server is told (PgOptions), whose own end of a statement costs no connection.
constexpr milliseconds kWriterTime{6000};
constexpr milliseconds kReaderTime{31'000};
constexpr milliseconds kReconnectTime{1000};
// What may be on its way without an answer: bounds what either side keeps in memory.
constexpr std::size_t kUnansweredMax = 512;

// What has to have changed a row.
struct Expected {
  enum class Kind : std::uint8_t { nothing, proof, record } kind = Kind::nothing;
  std::int64_t list_dbid = 0;
  std::int64_t record_id = 0;
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
                if (done) done = session.prepare(pg_statements());
                return done;
              }),
        mode_(mode) {}

  Result<> open() {
    Result<PgSession*> opened = link_.session();
    if (!opened) return pass(opened);
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
  Result<> start(std::size_t begin_statement, PgHold* held);
  Result<> send_commit();
  void end_transaction() noexcept;

  PgLink link_;
  bool opened_ = false;  // a database that is empty later is another one, and none to fill
  OpenMode mode_;
  State state_ = State::idle;
  PgSession* session_ = nullptr;  // of the transaction; broken perhaps
  bool proved_ = false;           // this transaction has written
  Result<> failed_;               // the first failure of this transaction: it is of no more use
  std::vector<Expected> expected_;
  PgHold ours_;  // as it was when the epoch was first seen in force
  std::int64_t batch_ = 0;
};

StoreInfo PgStore::info() {
  Result<std::int64_t> epoch = number(Sql::read_epoch, bind_values());
  PgSession* session = link_.present();
  return {session ? session->engine() : "PostgreSQL", shown_url(link_.url()), schema_version(), epoch ? *epoch : 0};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

// A connection that has gone unnoticed is found here, and nothing is lost by trying another.
Result<> PgStore::start(std::size_t begin_statement, PgHold* held) {
  Result<> done;
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<PgSession*> session = link_.session();
    if (!session) return pass(session);
    session_ = *session;
    send(begin_statement, PgParams());
    if (held) send(place_of(Sql::read_epoch), PgParams());
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
  PgHold held;
  if (Result<> begun = start(place_of(PgSql::begin), &held); !begun) return begun;
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
  if (done && proved_) send(place_of(PgSql::unlimited), PgParams());
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
  send(place_of(Sql::commit), PgParams());
  PgRows answer;
  Result<> done = settle(&answer);
  std::optional<std::string> warning = session_->take_warning();
  if (done && !warning && answer.command() == "COMMIT") return {};
  if (!done && done.error().code == Errc::conflict) return done;
  if (done && answer.command() != "COMMIT") return fail(Errc::store, "the database rolled the transaction back");
  if (!proved_) return fail(Errc::store, "{}", done ? *warning : done.error().text);
  return find_outcome(link_, {ours_, batch_}, done ? Error{Errc::io, *warning} : done.error(), time_limit());
}

void PgStore::rollback() noexcept {
  if (state_ != State::idle && session_->connected()) {
    // What a failure made the server skip, a ROLLBACK behind it among it, ends with a round trip.
    if (session_->sent() != 0) static_cast<void>(settle());
    expected_.clear();
    session_->send(place_of(Sql::rollback), PgParams());
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
  if (Result<> begun = start(place_of(PgSql::begin_snapshot), nullptr); !begun) return begun;
  state_ = State::snapshot;
  Result<> done = action();
  rollback();
  return done;
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
    send(place_of(PgSql::prove), PgParams(++batch_, ours_.epoch, ours_.instance), {Expected::Kind::proof});
  }
  PgParams params;
  bind(params);
  send(place_of(id), params, expected);
  ++writes_;
  return {};
}

template <class Bind>
Result<std::int64_t> PgStore::write_counted(Sql id, Bind&& bind) {
  Result<> done = queue(id, bind, {});
  PgRows answer;
  if (done) done = settle(&answer);
  if (!done) return pass(done);
  return answer.changed();
}

template <class Bind, class Each>
Result<> PgStore::read(Sql id, Bind&& bind, Each&& each) {
  PgParams params;
  bind(params);
  PgRows rows;
  if (state_ == State::idle) {
    Result<PgRows> answer = read_alone(id, params);
    if (!answer) return pass(answer);
    rows = std::move(*answer);
  } else {
    if (!failed_) return failed_;
    send(place_of(id), params);
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
      send(place_of(id), params);
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
    if (!session) return pass(session);
    PgRows answer;
    (*session)->send(place_of(id), params);
    Result<> done = (*session)->receive(time_limit(), [&](std::size_t, PgRows& rows) { answer = std::move(rows); });
    if (done) return answer;
    if (attempt == 1 || (*session)->connected()) return pass(done);
  }
}

}  // namespace

Result<std::unique_ptr<RecordStore>> open_postgres_store(const std::string& url, OpenMode mode) {
  auto store = std::make_unique<PgStore>(url, mode);
  if (Result<> opened = store->open(); !opened) return pass(opened);
  return store;
}

}  // namespace outpost::supervisor
