#include "supervisor/store/postgres/record_store.h"

#include <algorithm>
#include <utility>

#include "supervisor/store/postgres/lost_commit.h"
#include "supervisor/store/postgres/read_ahead.h"
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
// A session that answered this short a time ago is taken to be there still.
constexpr milliseconds kFreshTime{100};

// Until `each` returns false.
template <class Each>
void for_each_row(const PgRows& rows, Each&& each) {
  for (int i = 0; i < rows.count(); ++i) {
    PgRow row(rows, i);
    if (!each(row)) return;
  }
}

class PgStore final : public SqlStore<PgStore, ReadCache> {
 public:
  PgStore(const std::string& url, OpenMode mode)
      : link_(url, options(mode),
              [this, mode, url](PgSession& session) {
                Result<> done =
                    use_schema(session, record_schema(), schema_version(), !opened_ && mode == OpenMode::writer, url);
                if (done) done = session.prepare(pg_statements());
                return done;
              }),
        mode_(mode),
        pipeline_(mode == OpenMode::reader ? kReaderTime : kWriterTime) {}

  Result<> open() {
    Result<PgSession*> opened = link_.session();
    if (!opened) return pass(opened);
    opened_ = true;
    link_.reconnect_within(kReconnectTime);
    return {};
  }

  [[nodiscard]] StoreInfo info() override;
  Result<> begin() override {
    foresight_ = {};
    return begin_asking();
  }
  Result<> begin_foreseeing(Foresight foresight) override;
  Result<> read_ahead(const Foresight& foresight) override;
  [[nodiscard]] bool reads_ahead() const noexcept override { return mode_ == OpenMode::writer; }
  [[nodiscard]] std::chrono::microseconds round_trip() const noexcept override { return pipeline_.round_trip(); }
  [[nodiscard]] std::uint64_t round_trips() const noexcept override { return pipeline_.round_trips(); }
  [[nodiscard]] bool connected() noexcept override {
    PgSession* session = link_.present();
    return session && session->connected();
  }
  Result<> commit() override;
  void rollback() noexcept override;

 private:
  friend class SqlStore<PgStore, ReadCache>;

  enum class State : std::uint8_t { idle, snapshot, transaction };
  static PgOptions options(OpenMode mode) {
    PgOptions options;
    options.read_only = mode == OpenMode::reader;
    if (options.read_only) options.connect_time = kReconnectTime;
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
    Result<> done = queue(id, bind);
    return done ? pipeline_.limit() : done;
  }
  template <class Bind>
  Result<> write_record(Sql id, Bind&& bind, const Record& record);
  template <class Bind>
  Result<> queue(Sql id, Bind&& bind, PgPipeline::Take take = {});
  template <class Bind, class Each>
  Result<> read(Sql id, Bind&& bind, Each&& each);
  template <class Bind, class Each>
  Result<> read_many(Sql id, std::size_t n, Bind&& bind, Each&& each);
  template <class Action>
  Result<> snapshot(Action&& action);

  [[nodiscard]] bool remembers() const { return foreseen_; }
  Result<bool> find_due(const DialKey& key, const DialWindow& window, std::int64_t now);

  Result<> begin_asking(ReadAhead* ahead = nullptr);
  Result<> begin_unasked();
  Result<PgRows> read_alone(Sql id, const PgParams& params);
  Result<> start(std::size_t begin_statement, PgHold* held, ReadAhead* ahead = nullptr);
  Result<> send_commit();
  void end_transaction() noexcept;

  PgLink link_;
  bool opened_ = false;  // a database that is empty later is another one, and none to fill
  OpenMode mode_;
  State state_ = State::idle;
  PgPipeline pipeline_;
  bool proved_ = false;  // this transaction has written
  bool unsure_ = false;  // it updated a record that it had not read
  bool foreseen_ = false;
  PgHold ours_;  // as it was when the epoch was first seen in force
  std::int64_t batch_ = 0;

  Foresight foresight_;  // of this transaction
  LastWindows last_windows_;
};

StoreInfo PgStore::info() {
  Result<std::int64_t> epoch = number(Sql::read_epoch, bind_values());
  PgSession* session = link_.present();
  return {session ? session->engine() : "PostgreSQL", shown_url(link_.url()), schema_version(), epoch ? *epoch : 0};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

// A connection that has gone unnoticed is found here, and nothing is lost by trying another.
Result<> PgStore::start(std::size_t begin_statement, PgHold* held, ReadAhead* ahead) {
  Result<> done;
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<PgSession*> session = link_.session();
    if (!session) return pass(session);
    pipeline_.use(**session);
    pipeline_.send(begin_statement, PgParams());
    if (held) {
      pipeline_.send(place_of(Sql::read_epoch), PgParams(), [&](const PgRows& rows) {
        if (rows.count() == 0) return;
        *held = {rows.integer(0, 0), std::string(rows.text(0, 1))};
        // Another instance of this store may have been here in the same epoch.
        batch_ = std::max(batch_, rows.integer(0, 2));
      });
    }
    if (ahead) ahead->ask();
    done = pipeline_.settle();
    if (done) return {};
    bool gone = !(*session)->connected();
    end_transaction();
    cache_.clear();
    if (gone) continue;
    (*session)->close();
    if (!ahead) return done;
    ahead = nullptr;  // what was foreseen may be at fault: then each request reads for itself
  }
  return done;
}

Result<> PgStore::begin_foreseeing(Foresight foresight) {
  foresight_ = std::move(foresight);
  bool fresh = pipeline_.answered_within(kFreshTime) && ours_.epoch == epoch_ && epoch_ != 0;
  if (fresh && foresight_.empty()) return begin_unasked();
  ReadAhead ahead(pipeline_, foresight_, cache_, last_windows_);
  if (Result<> begun = begin_asking(&ahead); !begun) return begun;
  foreseen_ = true;
  Result<> read = ahead.settle();
  if (!read) rollback();
  return read;
}

// Whether the epoch is still ours comes with the first answers, before anything can be made durable.
Result<> PgStore::begin_unasked() {
  Result<PgSession*> session = link_.session();
  if (!session) return pass(session);
  pipeline_.use(**session);
  pipeline_.send(place_of(PgSql::begin), PgParams());
  pipeline_.send(place_of(Sql::read_epoch), PgParams(), [this](const PgRows& rows) {
    std::int64_t epoch = rows.count() == 0 ? 0 : rows.integer(0, 0);
    return epoch == epoch_ && rows.text(0, 1) == ours_.instance ? Result<>() : Result<>(fenced(epoch));
  });
  state_ = State::transaction;
  foreseen_ = true;
  return {};
}

Result<> PgStore::begin_asking(ReadAhead* ahead) {
  if (mode_ == OpenMode::reader) return fail(Errc::unsupported, "the store was opened for reading only");
  PgHold held;
  if (Result<> begun = start(place_of(PgSql::begin), &held, ahead); !begun) return begun;
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
  if (done && unsure_) done = pipeline_.settle();
  if (done && proved_) pipeline_.send(place_of(PgSql::unlimited), PgParams());
  if (done) done = send_commit();
  if (!done) return done;
  committed();
  foresight_ = {};
  end_transaction();
  return {};
}

// Behind the writes, of which the server does not get to the COMMIT when one fails.
Result<> PgStore::send_commit() {
  PgSession& session = pipeline_.session();
  static_cast<void>(session.take_warning());
  const std::size_t writes = session.sent();
  pipeline_.send(place_of(Sql::commit), PgParams());
  PgRows answer;
  Result<> done = pipeline_.settle(&answer);
  std::optional<std::string> warning = session.take_warning();
  if (done && !warning && answer.command() == "COMMIT") return {};
  if (!done && (done.error().code == Errc::conflict || done.error().code == Errc::fenced)) return done;
  if (!done && session.connected() && session.failed_at() < writes) return done;
  if (done && answer.command() != "COMMIT") return fail(Errc::store, "the database rolled the transaction back");
  if (!proved_) return fail(Errc::store, "{}", done ? *warning : done.error().text);
  Error why = done ? Error{Errc::io, *warning} : done.error();
  done = find_outcome(link_, {ours_, batch_}, why, time_limit());
  if (!done) ++batch_;
  return done;
}

void PgStore::rollback() noexcept {
  if (state_ != State::idle && pipeline_.session().connected()) {
    PgSession& session = pipeline_.session();
    // What a failure made the server skip, a ROLLBACK behind it among it, ends with a round trip.
    if (session.sent() != 0) static_cast<void>(session.receive(kReconnectTime));
    session.send(place_of(Sql::rollback), PgParams());
    if (!session.receive(kReconnectTime)) session.close();
  }
  rolled_back();
  foresight_ = {};
  end_transaction();
}

void PgStore::end_transaction() noexcept {
  state_ = State::idle;
  proved_ = false;
  unsure_ = false;
  foreseen_ = false;
  pipeline_.forget();
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

// --- Reading ahead ---------------------------------------------------------------------------------------------------

Result<> PgStore::read_ahead(const Foresight& foresight) {
  if (!foreseen_) return {};
  ReadAhead ahead(pipeline_, foresight, cache_, last_windows_);
  ahead.ask();
  return ahead.settle();
}

// A queue that was foreseen, and that more was taken from than expected.
Result<bool> PgStore::find_due(const DialKey& key, const DialWindow& window, std::int64_t now) {
  auto foreseen = foresight_.dials.find(dial_key(key));
  if (!remembers() || foreseen == foresight_.dials.end()) return false;
  foresight_.now = now;
  ReadAhead ahead(pipeline_, foresight_, cache_, last_windows_);
  ahead.ask_due(foreseen->first, window);
  if (Result<> done = ahead.settle(); !done) return pass(done);
  return true;
}

// --- Statements ------------------------------------------------------------------------------------------------------

template <class Bind>
Result<> PgStore::queue(Sql id, Bind&& bind, PgPipeline::Take take) {
  if (Result<> may = may_write(); !may) return may;
  if (!pipeline_.failed()) return pipeline_.failed();
  if (!std::exchange(proved_, true)) {
    pipeline_.send(place_of(PgSql::prove), PgParams(++batch_, ours_.epoch, ours_.instance));
  }
  PgParams params;
  bind(params);
  if (take) {
    pipeline_.send(place_of(id), params, std::move(take));
  } else {
    pipeline_.send(place_of(id), params);
  }
  ++writes_;
  return {};
}

template <class Bind>
Result<> PgStore::write_record(Sql id, Bind&& bind, const Record& record) {
  // What was read in this transaction is there: its update need not be waited for.
  if (cache_.record(record.list_dbid, record.record_id)) return write(id, bind);
  unsure_ = true;
  Result<> done = queue(id, bind, [list = record.list_dbid, number = record.record_id](const PgRows& rows) {
    if (rows.changed() != 0) return Result<>();
    return Result<>(fail(Errc::not_found, "list {} has no record {}", list, number));
  });
  return done ? pipeline_.limit() : done;
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
    if (!pipeline_.failed()) return pipeline_.failed();
    pipeline_.send(place_of(id), params);
    if (Result<> done = pipeline_.settle(&rows); !done) return done;
  }
  for_each_row(rows, each);
  return {};
}

template <class Bind, class Each>
Result<> PgStore::read_many(Sql id, std::size_t n, Bind&& bind, Each&& each) {
  if (n == 0) return {};
  for (std::size_t i = 0; i < n; ++i) {
    PgParams params;
    bind(i, params);
    pipeline_.send(place_of(id), params, [&each](const PgRows& rows) { for_each_row(rows, each); });
    if (Result<> done = pipeline_.limit(); !done) return done;
  }
  return pipeline_.settle();
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
