#include "supervisor/store/migration/target.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "common/json.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/sql/schema.h"

namespace outpost::supervisor::migration {

namespace {

constexpr std::string_view kMarkPurpose = "write the mark of the migration";

std::vector<ColumnKind> integers(std::size_t n) { return std::vector(n, ColumnKind::integer); }

// What a new store holds already.
Result<std::vector<Row>> seeds_of(const Table& table) {
  auto empty = open_empty_tables();
  if (!empty) return pass(empty);
  return read_page(**empty, table, {});
}

}  // namespace

Result<> prepare_target(const std::string& url, const std::string& run, const MigrationOptions& options) {
  auto made = open_store(url, OpenMode::writer);
  if (!made && made.error().code == Errc::exists) return {};
  if (!made) return pass(made);
  auto leases = open_lease_store(url, kLeaseTimeLimit);
  if (!leases) return pass(leases);
  auto view = (*leases)->look();
  if (!view) return pass(view);
  if (view->lease.instance == run) return fail(Errc::invalid, "this is the store that is to be copied; name another");
  view = await_free(**leases, url, options);
  if (!view) return pass(view);
  return {};
}

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

// --- Target ----------------------------------------------------------------------------------------------------------

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
  if (!done) return pass(done);
  return {};
}

Result<Mark> Target::read_mark() {
  using enum ColumnKind;
  constexpr ColumnKind kKinds[] = {text, integer, text, text, text, integer};
  auto rows = tables_->query("SELECT source, source_epoch, run, table_name, after_key, rows_copied FROM migration", {},
                             kKinds, "read the mark of the migration");
  if (!rows) return pass(rows);
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
  if (!changed) return pass(changed);
  if (*changed != 1) return fail(Errc::fenced, "another store migrate has taken this one's place");
  return {};
}

Result<> Target::check_empty() {
  for (const Table& table : supervisor::tables()) {
    auto rows = read_page(*tables_, table, {});
    if (!rows) return pass(rows);
    auto seeds = seeds_of(table);
    if (!seeds) return pass(seeds);
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
  if (!found) return pass(found);
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
  if (!rows) return pass(rows);
  return !rows->empty() && std::get<std::int64_t>(rows->front().front()) == kUnfinishedMigration;
}

Result<Target> Target::open(const std::string& url, const Mark& mine, const Fence& fence) {
  auto tables = open_table_store(url, TableAccess::read_write);
  if (!tables) return pass(tables);
  Target target(std::move(*tables));
  Result<> ready = target.transaction([&]() -> Result<> {
    auto begun = target.is_begun();
    if (!begun) return pass(begun);
    return *begun ? target.take_up(mine, fence) : target.begin_copy(mine);
  });
  // What is not durable is copied again; the commit at the end makes all of it so.
  if (ready) ready = target.tables_->set_durable(false);
  if (!ready) return pass(ready);
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
  if (!done) return pass(done);
  done = transaction([&]() -> Result<> {
    if (Result<> ours = write_mark(mark_, mark_.run); !ours) return ours;
    auto before = tables_->query("SELECT epoch FROM lease WHERE id = 1", {}, integers(1), "read the lease");
    if (!before) return pass(before);
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
  if (!done) return pass(done);
  return epoch;
}

}  // namespace outpost::supervisor::migration
