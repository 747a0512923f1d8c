#include "supervisor/store/postgres/lost_commit.h"

#include <optional>
#include <thread>
#include <utility>

#include "supervisor/store/postgres/statements.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long a commit whose answer was lost is looked for.
constexpr milliseconds kOutcomeTime{6000};

// A commit that was seen may still lack the synchronous standby that it should have waited for. One more behind it
// waits for both.
Result<> confirm_commit(PgSession& session, milliseconds limit) {
  static_cast<void>(session.take_warning());
  session.send(place_of(PgSql::confirm), PgParams());
  session.send(place_of(PgSql::unlimited), PgParams());
  session.send(place_of(Sql::commit), PgParams());
  if (Result<> done = session.receive(limit); !done) return done;
  if (auto warning = session.take_warning()) return fail(Errc::store, "{}", *warning);
  return {};
}

// A transaction that is on its way still, in a server that stands still or in front of it, finds its number used and
// fails.
Result<> bar_commit(PgSession& session, std::int64_t batch, milliseconds limit) {
  session.send(place_of(PgSql::bar), PgParams(batch + 1));
  session.send(place_of(PgSql::unlimited), PgParams());
  session.send(place_of(Sql::commit), PgParams());
  return session.receive(limit);
}

// True when the transaction is there, for good; false when it is not and never will be; nothing when the traces are
// gone. The row lock makes it wait for the end of the session whose answer was lost, if that has begun to write.
Result<std::optional<bool>> look_for_commit(PgSession& session, const PgTrace& trace, milliseconds limit) {
  const PgHold& ours = trace.held;
  std::int64_t batch = 0;
  std::int64_t batch_epoch = 0;
  PgHold now;
  session.send(place_of(PgSql::begin), PgParams());
  session.send(place_of(PgSql::outcome), PgParams());
  Result<> looked = session.receive(limit, [&](std::size_t i, PgRows& rows) {
    if (i != 1 || rows.count() != 1) return;
    batch = rows.integer(0, 0);
    batch_epoch = rows.integer(0, 1);
    now = {rows.integer(0, 2), std::string(rows.text(0, 3))};
  });
  if (!looked) return pass(looked);
  bool same_epoch_of_another = now.epoch == ours.epoch && now != ours;
  bool overwritten = batch_epoch > ours.epoch || same_epoch_of_another;
  if (!overwritten && batch_epoch == ours.epoch && batch == trace.batch) {
    if (Result<> confirmed = confirm_commit(session, limit); !confirmed) return pass(confirmed);
    return std::optional(true);
  }
  if (!overwritten) {
    if (Result<> barred = bar_commit(session, trace.batch, limit); !barred) return pass(barred);
    return std::optional(false);
  }
  session.close();  // ends the transaction
  return std::optional<bool>();
}

}  // namespace

Result<> find_outcome(PgLink& link, const PgTrace& trace, const Error& why, milliseconds limit) {
  constexpr milliseconds kPause{50};
  link.present()->close();
  link.hurry();
  Error last = why;
  // A database that comes back gives no sign, so it is asked again and again.
  for (auto deadline = steady_clock::now() + kOutcomeTime; steady_clock::now() < deadline;
       std::this_thread::sleep_for(kPause)) {
    Result<PgSession*> session = link.session();
    if (!session) {
      last = session.error();
      continue;
    }
    Result<std::optional<bool>> applied = look_for_commit(**session, trace, limit);
    if (applied && *applied && **applied) return {};
    if (applied && *applied) return fail(Errc::store, "the database did not apply the transaction: {}", why.text);
    if (applied) {
      return fail(Errc::io, "whether the database applied the transaction is not known, for others wrote since: {}",
                  why.text);
    }
    last = applied.error();
    (*session)->close();
  }
  return fail(Errc::io, "whether the database applied the transaction is not known ({}): {}", why.text, last.text);
}

}  // namespace outpost::supervisor
