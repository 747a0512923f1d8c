#include "supervisor/store/store_migration.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "common/digest.h"
#include "common/io/process.h"
#include "common/json.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/table_store.h"

namespace outpost::supervisor {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kHolder = "store migrate";
// How often a lease is looked at that somebody left behind.
constexpr milliseconds kLook{200};
constexpr milliseconds kLeaseTimeLimit{5'000};

// In place of a table's name, once all are copied.
constexpr std::string_view kAllCopied = "-";

std::vector<ColumnKind> integers(std::size_t n) { return std::vector(n, ColumnKind::integer); }

Failure about(std::string_view side, Error error) { return fail(error.code, "{}: {}", side, error.text); }

// --- Being alone ----------------------------------------------------------------------------------------------------

// Of an embedded store that is there.
Result<std::optional<LockFile>> lock(const std::string& url) {
  auto file = sqlite_file(url);
  if (!file) return std::nullopt;
  std::error_code error;
  if (!std::filesystem::exists(*file, error)) return fail(Errc::not_found, "there is no store {}", *file);
  auto lock = LockFile::acquire(*file + ".lock");
  if (!lock) return fail(lock.error().code, "the store is in use, stop its supervisor first: {}", lock.error().text);
  return std::move(*lock);
}

bool is_held(const LeaseView& view) { return !view.lease.holder.empty() && view.lease.expires_at > view.now; }

// Who may be using a store: the holder of its lease, and supervisors that wait for it. Each says so again and again, so
// whoever is silent until its time is up is gone.
class SignsOfLife {
 public:
  // With the lock of an embedded store in hand, nobody waits for it.
  SignsOfLife(LeaseView view, bool locked) : first_(std::move(view)), locked_(locked) {}

  // Until the last of them has proved to be gone; 0: nobody is there.
  [[nodiscard]] milliseconds left(const LeaseView& view) const {
    std::int64_t left = is_held(view) ? view.lease.expires_at - view.now : 0;
    for (const Member& member : view.members) {
      if (!locked_) left = std::max(left, member.seen_at + kSilence.count() - view.now);
    }
    return milliseconds(left);
  }
  // Errc::busy when one of them lives.
  [[nodiscard]] Result<> check(const LeaseView& view) const {
    const Lease& lease = view.lease;
    bool renewed = lease.epoch != first_.lease.epoch || lease.renewals != first_.lease.renewals;
    if (is_held(view) && (renewed || left(view) > kMostWaited)) {
      return in_use(fmt::format("\"{}\" holds its lease, which runs for another {} ms", lease.holder,
                                lease.expires_at - view.now));
    }
    for (const Member& member : view.members) {
      auto before = std::ranges::find(first_.members, member.name, &Member::name);
      bool seen = before == first_.members.end() || before->seen_at != member.seen_at;
      if (seen && !locked_) {
        return in_use(fmt::format("\"{}\" on {}, pid {}, waits for its lease", member.name, member.host, member.pid));
      }
    }
    return {};
  }

 private:
  static constexpr milliseconds kSilence{3'000};
  // Whoever holds it for longer is not waited for.
  static constexpr milliseconds kMostWaited{10'000};

  static Failure in_use(const std::string& who) {
    return fail(Errc::busy, "the store is in use: {}; stop its supervisors first", who);
  }

  LeaseView first_;
  bool locked_;
};

// The lease as it is once nobody uses the store.
Result<LeaseView> await_free(LeaseStore& leases, const std::string& url, const MigrationOptions& options) {
  auto view = leases.look();
  if (!view) return view;
  SignsOfLife signs(*view, sqlite_file(url).has_value());
  for (;;) {
    if (Result<> checked = signs.check(*view); !checked) return fail(std::move(checked.error()));
    milliseconds left = signs.left(*view);
    if (left <= milliseconds(0)) return view;
    if (options.waiting) options.waiting(left);
    // No store tells what somebody else does not do.
    std::this_thread::sleep_for(std::min(left, kLook));
    view = leases.look();
    if (!view) return view;
  }
}

// The lease of FROM, held and renewed by whoever copies. Given back at the end, however that comes.
class Fence {
 public:
  static Result<std::unique_ptr<Fence>> take(const std::string& url, const std::string& run,
                                             const MigrationOptions& options);
  ~Fence() { static_cast<void>(leases_->release(epoch_, "", milliseconds(0))); }
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;

  // To be called often. Errc::fenced when somebody took the lease.
  Result<> renew_when_due();
  Result<> renew();
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  // Whether nobody but a migration has had the lease since one held `epoch`: it died, or gave it back.
  [[nodiscard]] bool follows(std::int64_t epoch) const {
    return before_.epoch == epoch || (before_.epoch == epoch + 1 && before_.holder.empty());
  }

 private:
  Fence(std::unique_ptr<LeaseStore> leases, std::unique_ptr<RecordStore> records, Lease before, std::int64_t epoch,
        milliseconds time)
      : leases_(std::move(leases)),
        records_(std::move(records)),
        before_(std::move(before)),
        epoch_(epoch),
        time_(time) {
    records_->hold(epoch);
  }

  std::unique_ptr<LeaseStore> leases_;
  std::unique_ptr<RecordStore> records_;
  Lease before_;
  std::int64_t epoch_;
  milliseconds time_;
  steady_clock::time_point renewed_ = steady_clock::now();
};

Result<std::unique_ptr<Fence>> Fence::take(const std::string& url, const std::string& run,
                                           const MigrationOptions& options) {
  // A reader neither makes a store nor changes its schema.
  if (auto reader = open_store(url, OpenMode::reader); !reader) return fail(std::move(reader.error()));
  auto leases = open_lease_store(url, kLeaseTimeLimit);
  if (!leases) return fail(std::move(leases.error()));
  auto view = await_free(**leases, url, options);
  if (!view) return fail(std::move(view.error()));
  Member self;
  self.name = kHolder;
  self.instance = run;
  auto epoch = (*leases)->take(view->lease, self, options.lease);
  if (!epoch) return fail(std::move(epoch.error()));
  if (!*epoch) return fail(Errc::busy, "the store is in use: somebody else just took its lease");
  auto records = open_store(url, OpenMode::writer);
  if (!records) {
    static_cast<void>((*leases)->release(**epoch, "", milliseconds(0)));
    return fail(std::move(records.error()));
  }
  return std::unique_ptr<Fence>(
      new Fence(std::move(*leases), std::move(*records), view->lease, **epoch, options.lease));
}

Result<> Fence::renew_when_due() {
  constexpr int kRenewals = 5;  // in the time of a lease
  return steady_clock::now() < renewed_ + time_ / kRenewals ? Result<>() : renew();
}

Result<> Fence::renew() {
  renewed_ = steady_clock::now();
  Result<> done = records_->begin();
  if (done) done = records_->renew_lease(time_);
  if (done) done = records_->commit();
  if (done) return {};
  records_->rollback();
  if (done.error().code != Errc::fenced) return done;
  return fail(Errc::fenced,
              "somebody took the store over while it was copied; stop its supervisors and run this again");
}

// --- The mark in TO -------------------------------------------------------------------------------------------------

struct Mark {
  std::string source;             // FROM, without passwords
  std::int64_t source_epoch = 0;  // of the lease of FROM: another one says that somebody has written since
  std::string run;                // which process copies
  std::string table;              // that is being copied
  std::string after_key;          // the last that was copied of it, as JSON; empty for none
  std::int64_t rows = 0;          // copied so far, of all tables
};

std::string text_of(const Row& key) {
  if (key.empty()) return {};
  JsonWriter writer;
  writer.begin_array();
  for (const Value& value : key) std::visit([&](const auto& v) { writer.value(v); }, value);
  return writer.end_array().take();
}

Result<Row> key_from(const std::string& text) {
  if (text.empty()) return Row();
  auto parsed = parse_json(text);
  const auto* array = parsed ? std::get_if<JsonValue::Array>(&parsed->value) : nullptr;
  if (!array) return fail(Errc::store, "the mark of the interrupted copy is damaged");
  Row key;
  for (const JsonValue& value : *array) {
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) key.emplace_back(*number);
    if (const auto* part = std::get_if<std::string>(&value.value)) key.emplace_back(*part);
  }
  return key;
}

// TO, and what only a migration does with it.
class Target {
 public:
  // Takes up what an earlier run has begun, else begins.
  static Result<Target> open(const std::string& url, const Mark& mine, const Fence& fence);

  [[nodiscard]] const Mark& mark() const { return mark_; }
  TableStore& tables() { return *tables_; }
  // One transaction. `next` is the mark behind these rows.
  Result<> append(const Table& table, const std::vector<Row>& rows, Mark next);
  // The end: the lease is free with an epoch above `source_epoch`, and programs open the store again.
  Result<std::int64_t> release(std::int64_t source_epoch);

 private:
  explicit Target(std::unique_ptr<TableStore> tables) : tables_(std::move(tables)) {}

  template <class Body>
  Result<> transaction(Body&& body);
  Result<bool> is_begun();
  Result<> begin_copy(const Mark& mine);
  Result<> take_up(const Mark& mine, const Fence& fence);
  Result<> check_empty();
  Result<> clear();
  Result<Mark> read_mark();
  Result<> write_mark(const Mark& mark, const std::string& run_before);
  Result<> run(const std::string& sql, const Row& parameters = {});

  std::unique_ptr<TableStore> tables_;
  Mark mark_;
};

constexpr std::string_view kMarkPurpose = "write the mark of the migration";

template <class Body>
Result<> Target::transaction(Body&& body) {
  Result<> done = tables_->begin();
  if (done) done = body();
  if (done) done = tables_->commit();
  if (!done) tables_->rollback();
  return done;
}

Result<> Target::run(const std::string& sql, const Row& parameters) {
  auto done = tables_->run(sql, parameters, kMarkPurpose);
  if (!done) return fail(std::move(done.error()));
  return {};
}

Result<Mark> Target::read_mark() {
  using enum ColumnKind;
  constexpr ColumnKind kKinds[] = {text, integer, text, text, text, integer};
  auto rows = tables_->query("SELECT source, source_epoch, run, table_name, after_key, rows_copied FROM migration", {},
                             kKinds, "read the mark of the migration");
  if (!rows) return fail(std::move(rows.error()));
  if (rows->size() != 1) return fail(Errc::store, "the mark of the interrupted copy is damaged");
  Row& row = rows->front();
  auto text_at = [&](std::size_t k) { return std::move(std::get<std::string>(row[k])); };
  return Mark{text_at(0), std::get<std::int64_t>(row[1]), text_at(2), text_at(3),
              text_at(4), std::get<std::int64_t>(row[5])};
}

// The row names who copies: of two runs, the one that came first finds here that it is not its turn any more.
Result<> Target::write_mark(const Mark& mark, const std::string& run_before) {
  auto changed = tables_->run(
      "UPDATE migration SET source_epoch = $1, run = $2, table_name = $3, after_key = $4, rows_copied = $5"
      " WHERE run = $6",
      {mark.source_epoch, mark.run, mark.table, mark.after_key, mark.rows, run_before}, kMarkPurpose);
  if (!changed) return fail(std::move(changed.error()));
  if (*changed != 1) return fail(Errc::fenced, "another store migrate has taken this one's place");
  return {};
}

// What a new store holds already.
Result<std::vector<Row>> seeds_of(const Table& table) {
  auto empty = open_empty_tables();
  if (!empty) return fail(std::move(empty.error()));
  return read_page(**empty, table, {});
}

Result<> Target::check_empty() {
  for (const Table& table : supervisor::tables()) {
    auto rows = read_page(*tables_, table, {});
    if (!rows) return fail(std::move(rows.error()));
    auto seeds = seeds_of(table);
    if (!seeds) return fail(std::move(seeds.error()));
    if (*rows == *seeds) continue;
    return fail(Errc::exists, "the store is not empty (table {}); name a new one, or empty it first", table.name);
  }
  return {};
}

Result<> Target::clear() {
  for (const Table& table : supervisor::tables()) {
    if (Result<> done = run(fmt::format("DELETE FROM {}", table.name)); !done) return done;
  }
  return {};
}

Result<> Target::begin_copy(const Mark& mine) {
  if (Result<> empty = check_empty(); !empty) return empty;
  Result<> done = clear();
  if (done) {
    done =
        run("CREATE TABLE migration (id BIGINT PRIMARY KEY, source TEXT NOT NULL, source_epoch BIGINT NOT NULL,"
            " run TEXT NOT NULL, table_name TEXT NOT NULL, after_key TEXT NOT NULL, rows_copied BIGINT NOT NULL)");
  }
  if (done) done = run("UPDATE schema_version SET version = $1", {std::int64_t{kUnfinishedMigration}});
  if (done) {
    done = run("INSERT INTO migration VALUES (1, $1, $2, $3, $4, $5, 0)",
               {mine.source, mine.source_epoch, mine.run, mine.table, mine.after_key});
  }
  if (done) mark_ = mine;
  return done;
}

Result<> Target::take_up(const Mark& mine, const Fence& fence) {
  auto found = read_mark();
  if (!found) return fail(std::move(found.error()));
  if (found->source != mine.source) {
    return fail(Errc::exists, "the store holds an unfinished copy of {}; finish that one, or name a new store",
                found->source);
  }
  // Else somebody may have written to FROM since, and what was copied not be true any more.
  bool as_it_was = fence.follows(found->source_epoch);
  if (!as_it_was) {
    if (Result<> cleared = clear(); !cleared) return cleared;
  }
  mark_ = as_it_was ? *found : mine;
  mark_.run = mine.run;
  mark_.source_epoch = mine.source_epoch;
  return write_mark(mark_, found->run);
}

Result<bool> Target::is_begun() {
  auto rows = tables_->query("SELECT version FROM schema_version", {}, integers(1), "read the schema version");
  if (!rows) return fail(std::move(rows.error()));
  return !rows->empty() && std::get<std::int64_t>(rows->front().front()) == kUnfinishedMigration;
}

// Makes TO when it is absent. An unfinished copy (Errc::exists) cannot be in use.
Result<> prepare_target(const std::string& url, const std::string& run, const MigrationOptions& options) {
  auto made = open_store(url, OpenMode::writer);
  if (!made && made.error().code == Errc::exists) return {};
  if (!made) return fail(std::move(made.error()));
  auto leases = open_lease_store(url, kLeaseTimeLimit);
  if (!leases) return fail(std::move(leases.error()));
  auto view = (*leases)->look();
  if (!view) return fail(std::move(view.error()));
  if (view->lease.instance == run) return fail(Errc::invalid, "this is the store that is to be copied; name another");
  view = await_free(**leases, url, options);
  if (!view) return fail(std::move(view.error()));
  return {};
}

Result<Target> Target::open(const std::string& url, const Mark& mine, const Fence& fence) {
  auto tables = open_table_store(url, TableAccess::read_write);
  if (!tables) return fail(std::move(tables.error()));
  Target target(std::move(*tables));
  Result<> ready = target.transaction([&]() -> Result<> {
    auto begun = target.is_begun();
    if (!begun) return fail(std::move(begun.error()));
    return *begun ? target.take_up(mine, fence) : target.begin_copy(mine);
  });
  // What is not durable is copied again; the commit at the end makes all of it so.
  if (ready) ready = target.tables_->set_durable(false);
  if (!ready) return fail(std::move(ready.error()));
  return target;
}

Result<> Target::append(const Table& table, const std::vector<Row>& rows, Mark next) {
  Result<> done = transaction([&] {
    Result<> marked = write_mark(next, mark_.run);
    return marked && !rows.empty() ? tables_->insert(table, rows) : marked;
  });
  if (done) mark_ = std::move(next);
  return done;
}

Result<std::int64_t> Target::release(std::int64_t source_epoch) {
  std::int64_t epoch = 0;
  Result<> done = tables_->set_durable(true);
  if (!done) return fail(std::move(done.error()));
  done = transaction([&]() -> Result<> {
    if (Result<> ours = write_mark(mark_, mark_.run); !ours) return ours;
    auto before = tables_->query("SELECT epoch FROM lease WHERE id = 1", {}, integers(1), "read the lease");
    if (!before) return fail(std::move(before.error()));
    epoch = std::max(std::get<std::int64_t>(before->front().front()), source_epoch) + 1;
    Result<> released =
        run("UPDATE lease SET epoch = $1, holder = '', instance = '', wanted_by = '', expires_at = 0, closed_at = 0,"
            " serving_at = 0 WHERE id = 1",
            {epoch});
    if (released) released = run("DELETE FROM supervisors");
    if (released) released = run("DROP TABLE migration");
    if (released) {
      released = run("UPDATE schema_version SET version = $1", {std::int64_t{schema_version()}});
    }
    return released;
  });
  if (!done) return fail(std::move(done.error()));
  return epoch;
}

// --- Copying and comparing ------------------------------------------------------------------------------------------

// The sum of the digests of all rows: the order in which an engine gives them does not matter, and unlike with
// exclusive or, no two rows that are there twice cancel out.
class Checksum {
 public:
  void add(const Row& row) {
    bytes_.clear();
    for (const Value& value : row) {
      const auto* text = std::get_if<std::string>(&value);
      add_number(text ? static_cast<std::int64_t>(text->size()) : std::get<std::int64_t>(value));
      if (text) bytes_ += *text;
    }
    std::string digest = sha256(bytes_);
    std::uint64_t low = number_at(digest, 0);
    low_ += low;
    high_ += number_at(digest, sizeof low) + (low_ < low ? 1 : 0);
    ++rows_;
  }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}{:016x}", high_, low_); }

 private:
  void add_number(std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (std::size_t i = 0; i < sizeof bits; ++i) bytes_ += static_cast<char>(bits >> (8 * i) & 0xff);
  }
  static std::uint64_t number_at(const std::string& digest, std::size_t from) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) {
      number |= std::uint64_t{static_cast<unsigned char>(digest[from + i])} << (8 * i);
    }
    return number;
  }

  std::string bytes_;
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
  std::int64_t rows_ = 0;
};

class Copier {
 public:
  Copier(Fence& fence, TableStore& source, Target& target, const MigrationOptions& options)
      : fence_(fence), source_(source), target_(target), options_(options) {}

  Result<> copy();
  Result<std::vector<MigratedTable>> compare();

 private:
  Result<> count();
  Result<> copy_table(const Table& table, const Table* next);
  Result<> between_pages(std::uint64_t rows);
  Result<Checksum> checksum(TableStore& store, const Table& table);

  Fence& fence_;
  TableStore& source_;
  Target& target_;
  const MigrationOptions& options_;
  MigrationProgress progress_;
};

Result<> Copier::count() {
  progress_.rows_total = 0;
  for (const Table& table : tables()) {
    auto rows = count_rows(source_, table);
    if (!rows) return about("FROM", std::move(rows.error()));
    progress_.rows_total += static_cast<std::uint64_t>(*rows);
  }
  return {};
}

Result<> Copier::between_pages(std::uint64_t rows) {
  progress_.rows += rows;
  if (options_.progress) options_.progress(progress_);
  if (Result<> renewed = fence_.renew_when_due(); !renewed) return about("FROM", std::move(renewed.error()));
  return {};
}

Result<> Copier::copy() {
  if (Result<> counted = count(); !counted) return counted;
  progress_.rows = progress_.rows_before = static_cast<std::uint64_t>(target_.mark().rows);
  std::span<const Table> all = tables();
  auto at = std::ranges::find(all, target_.mark().table, &Table::name);
  for (; at != all.end(); ++at) {
    const Table* next = std::next(at) == all.end() ? nullptr : &*std::next(at);
    if (Result<> copied = copy_table(*at, next); !copied) return copied;
  }
  return {};
}

// From the mark on; ends with the mark at the next table.
Result<> Copier::copy_table(const Table& table, const Table* next) {
  for (;;) {
    auto key = key_from(target_.mark().after_key);
    if (!key) return about("TO", std::move(key.error()));
    auto rows = read_page(source_, table, *key);
    if (!rows) return about("FROM", std::move(rows.error()));
    bool last = rows->size() < table.page;
    Mark mark = target_.mark();
    mark.rows += static_cast<std::int64_t>(rows->size());
    mark.table = last ? std::string(next ? next->name : kAllCopied) : std::string(table.name);
    mark.after_key = last ? std::string() : text_of(key_of(source_, table, rows->back()));
    if (Result<> done = target_.append(table, *rows, std::move(mark)); !done) {
      return fail(done.error().code, "TO: table {}: {}", table.name, done.error().text);
    }
    if (Result<> on = between_pages(rows->size()); !on || last) return on;
  }
}

Result<Checksum> Copier::checksum(TableStore& store, const Table& table) {
  Checksum sum;
  Row after;
  for (;;) {
    auto rows = read_page(store, table, after);
    if (!rows) return fail(std::move(rows.error()));
    for (const Row& row : *rows) sum.add(row);
    if (Result<> on = between_pages(rows->size()); !on) return fail(std::move(on.error()));
    if (rows->size() < table.page) return sum;
    after = key_of(store, table, rows->back());
  }
}

Result<std::vector<MigratedTable>> Copier::compare() {
  progress_ = {MigrationProgress::Phase::compare, 0, 0, 2 * progress_.rows_total};
  std::vector<MigratedTable> compared;
  for (const Table& table : tables()) {
    auto ours = checksum(source_, table);
    if (!ours) return about("FROM", std::move(ours.error()));
    auto theirs = checksum(target_.tables(), table);
    if (!theirs) return about("TO", std::move(theirs.error()));
    if (ours->rows() != theirs->rows() || ours->text() != theirs->text()) {
      return fail(
          Errc::store,
          "the table {} differs: {} rows (checksum {}) in FROM, {} rows (checksum {}) in TO. TO cannot be used: "
          "remove or empty it, and run this again",
          table.name, ours->rows(), ours->text(), theirs->rows(), theirs->text());
    }
    compared.push_back({std::string(table.name), ours->rows(), ours->text()});
  }
  return compared;
}

bool is_same_file(const std::string& from, const std::string& to) {
  auto a = sqlite_file(from);
  auto b = sqlite_file(to);
  std::error_code absent;
  return a && b && (*a == *b || std::filesystem::equivalent(*a, *b, absent));
}

}  // namespace

Result<MigrationReport> migrate_store(const std::string& from, const std::string& to, const MigrationOptions& options) {
  if (from == to || is_same_file(from, to)) return fail(Errc::invalid, "FROM and TO are the same store; name two");
  auto random = random_bytes(16);
  if (!random) return fail(std::move(random.error()));
  std::string run = to_hex(*random);

  auto source_lock = lock(from);
  if (!source_lock) return about("FROM", std::move(source_lock.error()));
  auto fence = Fence::take(from, run, options);
  if (!fence) return about("FROM", std::move(fence.error()));
  auto source = open_table_store(from, TableAccess::read_only);
  if (!source) return about("FROM", std::move(source.error()));

  if (Result<> ready = prepare_target(to, run, options); !ready) return about("TO", std::move(ready.error()));
  auto target_lock = lock(to);
  if (!target_lock) return about("TO", std::move(target_lock.error()));
  Mark mine{shown_url(from), (*fence)->epoch(), run, std::string(tables().front().name), "", 0};
  auto target = Target::open(to, mine, **fence);
  if (!target) return about("TO", std::move(target.error()));

  MigrationReport report{shown_url(from), shown_url(to), 0, 0, target->mark().rows, {}};
  Copier copier(**fence, **source, *target, options);
  if (Result<> copied = copier.copy(); !copied) return fail(std::move(copied.error()));
  report.rows = target->mark().rows;
  auto compared = copier.compare();
  if (!compared) return fail(std::move(compared.error()));
  report.tables = std::move(*compared);
  // Proves once more that nobody wrote to FROM meanwhile.
  if (Result<> ours = (*fence)->renew(); !ours) return about("FROM", std::move(ours.error()));
  auto epoch = target->release((*fence)->epoch());
  if (!epoch) return about("TO", std::move(epoch.error()));
  report.epoch = *epoch;
  return report;
}

}  // namespace outpost::supervisor
