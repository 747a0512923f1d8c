#include "supervisor/store/sqlite_store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "supervisor/store/columns.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/sqlite.h"
#include "supervisor/store/sqlite_file.h"
#include "supervisor/store/sqlite_statements.h"

namespace outpost::supervisor {

namespace {

// Identifiers are reserved in the file this many at a time, so that most take_ids() need no statement.
constexpr std::int64_t kIdBlock = 1024;

// Hands out identifiers from blocks reserved in the file. `next` only ever rises, also when a reservation is rolled
// back: an identifier that was handed out may have been seen, if only in a log.
struct IdBlock {
  std::int64_t next = 1;
  std::int64_t end = 1;          // identifiers below are reserved, perhaps only in the open transaction
  std::int64_t durable_end = 1;  // `end` as of the last commit
};

class SqliteStore : public RecordStore {
 public:
  SqliteStore(Database database, std::string url, OpenMode mode)
      : database_(std::move(database)), url_(std::move(url)), mode_(mode) {}

  Result<> prepare();

  Result<std::int64_t> take_lease(std::string_view holder) override;
  [[nodiscard]] StoreInfo info() override;

  Result<> begin() override;
  Result<> commit() override;
  void rollback() noexcept override;
  [[nodiscard]] std::uint64_t writes() const noexcept override { return writes_; }

  Result<std::int64_t> take_ids(IdKind kind, std::int64_t n) override;

  Result<Catalogue> catalogue() override;
  Result<> put(const Tenant& tenant) override { return write_row(Sql::put_tenant, tenant); }
  Result<> put(const TimeZone& zone) override { return write_row(Sql::put_time_zone, zone); }
  Result<> put(const CallingList& list) override;
  Result<> put(const Campaign& campaign) override;
  Result<> put(const CampaignGroup& group) override { return write_row(Sql::put_campaign_group, group); }

  Result<> insert_record(const Record& record) override { return write_row(Sql::insert_record, record); }
  Result<> update_record(const Record& record) override;
  Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) override;
  Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) override;
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) override;
  Result<> set_chain_status(std::int64_t list_dbid, std::int64_t chain_id, std::int64_t except_record_id,
                            protocol::RecordStatus status) override;
  Result<std::vector<Record>> records(std::int64_t list_dbid, const RecordFilter& filter) override;

  Result<std::vector<DialWindow>> windows(std::int64_t list_dbid, DialQueue queue, std::string_view agent_id) override;
  Result<std::optional<Record>> first_due(std::int64_t list_dbid, DialQueue queue, std::string_view agent_id,
                                          const DialWindow& window, std::int64_t now) override;

  Result<> insert_handle(const Handle& handle) override { return write_row(Sql::insert_handle, handle); }
  Result<std::optional<Handle>> handle(std::int64_t handle) override;
  Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) override;

  Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) override;
  Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) override;
  Result<std::int64_t> forget_answers(std::int64_t before, std::int64_t limit) override;

  Result<std::optional<ImportState>> find_import(std::int64_t list_dbid, std::string_view source) override;
  Result<std::optional<ImportState>> import(std::int64_t import_id) override;
  Result<> put_import(const ImportState& state) override { return write_row(Sql::put_import, state); }

 private:
  [[nodiscard]] Statement& statement(Sql id) { return statements_[static_cast<std::size_t>(id)]; }

  template <class... Args>
  Result<> run(Sql id, const Args&... args) {
    Query query(statement(id), args...);
    return query.finish();
  }
  // As run(), for what changes the store.
  template <class... Args>
  Result<> write(Sql id, const Args&... args) {
    Query query(statement(id), args...);
    return finish_write(query);
  }
  template <class Row>
  Result<> write_row(Sql id, const Row& row) {
    Query query(statement(id));
    for_each_column(row, [&](std::string_view, const auto& value) { query.bind(value); });
    return finish_write(query);
  }
  Result<> finish_write(Query& query);

  template <class Row>
  static Row read_row(Query& query) {
    Row row;
    int column = 0;
    for_each_column(row, [&](std::string_view, auto& value) { query.read(column++, value); });
    return row;
  }
  template <class Row, class... Args>
  Result<std::optional<Row>> one(Sql id, const Args&... args) {
    Query query(statement(id), args...);
    Result<bool> found = query.next();
    if (!found) return fail(std::move(found.error()));
    if (!*found) return std::nullopt;
    return read_row<Row>(query);
  }
  template <class Row>
  static Result<std::vector<Row>> all_of(Query& query) {
    std::vector<Row> rows;
    for (;;) {
      Result<bool> found = query.next();
      if (!found) return fail(std::move(found.error()));
      if (!*found) return rows;
      rows.push_back(read_row<Row>(query));
    }
  }
  template <class Row>
  Result<> read_all(Sql id, std::vector<Row>& rows) {
    Query query(statement(id));
    Result<std::vector<Row>> read = all_of<Row>(query);
    if (!read) return fail(std::move(read.error()));
    rows = std::move(*read);
    return {};
  }
  Result<Catalogue> read_catalogue();
  Result<> read_fields(CallingList& list);
  Result<> read_lists(Campaign& campaign);
  Result<std::int64_t> read_epoch();
  Result<> reserve_ids(IdKind kind, IdBlock& block, std::int64_t n);

  Database database_;  // closed after the statements: declared first
  std::array<Statement, static_cast<std::size_t>(Sql::count)> statements_;
  std::string url_;
  OpenMode mode_;
  std::int64_t epoch_ = 0;  // 0: never took the lease
  std::uint64_t writes_ = 0;
  std::array<IdBlock, 3> ids_;
};

Result<> SqliteStore::prepare() {
  for (const SqlText& text : sqlite_statements()) {
    Result<Statement> prepared = database_.prepare(text.sql, text.purpose);
    if (!prepared) return fail(std::move(prepared.error()));
    statement(text.id) = std::move(*prepared);
  }
  return {};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

Result<std::int64_t> SqliteStore::read_epoch() {
  Query query(statement(Sql::read_epoch));
  Result<bool> found = query.next();
  if (!found) return fail(std::move(found.error()));
  return query.integer(0);
}

Result<std::int64_t> SqliteStore::take_lease(std::string_view holder) {
  if (Result<> begun = run(Sql::begin); !begun) return fail(std::move(begun.error()));
  Result<> raised = run(Sql::raise_epoch, holder);
  Result<std::int64_t> epoch = raised ? read_epoch() : fail(std::move(raised.error()));
  if (epoch) {
    if (Result<> done = run(Sql::commit); !done) epoch = fail(std::move(done.error()));
  }
  if (!epoch) {
    rollback();
    return epoch;
  }
  epoch_ = *epoch;
  return epoch;
}

StoreInfo SqliteStore::info() {
  Result<std::int64_t> epoch = read_epoch();
  return {fmt::format("SQLite {}", sqlite3_libversion()), url_, schema_version(), epoch ? *epoch : 0};
}

Result<> SqliteStore::begin() {
  if (mode_ == OpenMode::reader) return fail(Errc::unsupported, "the store was opened for reading only");
  if (Result<> begun = run(Sql::begin); !begun) return begun;
  Result<std::int64_t> epoch = read_epoch();
  if (epoch && *epoch == epoch_ && epoch_ != 0) return {};
  rollback();
  if (!epoch) return fail(std::move(epoch.error()));
  if (epoch_ == 0) return fail(Errc::fenced, "this supervisor has not taken the role of writer of the store");
  return fail(Errc::fenced, "another supervisor took the role of writer of the store (epoch {}, ours is {})", *epoch,
              epoch_);
}

Result<> SqliteStore::commit() {
  Result<> done = run(Sql::commit);
  if (!done) return done;
  for (IdBlock& block : ids_) block.durable_end = block.end;
  return {};
}

void SqliteStore::rollback() noexcept {
  if (database_.in_transaction()) static_cast<void>(run(Sql::rollback));
  for (IdBlock& block : ids_) block.end = block.durable_end;
}

Result<> SqliteStore::finish_write(Query& query) {
  // After some failures of the disk SQLite ends a transaction by itself; a write would then stand alone, unfenced.
  if (!database_.in_transaction()) return fail(Errc::store, "the store takes writes only within a transaction");
  if (Result<> done = query.finish(); !done) return done;
  if (database_.changes() > 0) ++writes_;
  return {};
}

// --- Identifiers -----------------------------------------------------------------------------------------------------

Result<std::int64_t> SqliteStore::take_ids(IdKind kind, std::int64_t n) {
  CHECK(n > 0, "at least one identifier is taken");
  IdBlock& block = ids_[static_cast<std::size_t>(kind)];
  if (block.end - block.next < n) {
    if (Result<> reserved = reserve_ids(kind, block, n); !reserved) return fail(std::move(reserved.error()));
  }
  return std::exchange(block.next, block.next + n);
}

Result<> SqliteStore::reserve_ids(IdKind kind, IdBlock& block, std::int64_t n) {
  if (!database_.in_transaction()) return fail(Errc::store, "identifiers are taken only within a transaction");
  std::int64_t stored = 0;
  {
    Query query(statement(Sql::read_counter), kind);
    Result<bool> found = query.next();
    if (!found) return fail(std::move(found.error()));
    stored = query.integer(0);
  }
  // The counter is beyond our block when another supervisor took some, or when this one has just started: what is left
  // of the block is dropped, since a run of identifiers has no gap. It is behind `next` after a rollback.
  if (stored > block.end) block.next = std::max(block.next, stored);
  std::int64_t end = std::max(block.next + n, stored) + kIdBlock;
  if (Result<> written = run(Sql::write_counter, kind, end); !written) return written;
  block.end = end;
  return {};
}

// --- Catalogue -------------------------------------------------------------------------------------------------------

Result<Catalogue> SqliteStore::catalogue() {
  // One snapshot for all its tables: between two commits of another connection it would not fit together.
  bool snapshot = !database_.in_transaction();
  if (snapshot) {
    if (Result<> begun = run(Sql::begin_read); !begun) return fail(std::move(begun.error()));
  }
  Result<Catalogue> read = read_catalogue();
  if (snapshot) rollback();
  return read;
}

Result<Catalogue> SqliteStore::read_catalogue() {
  Catalogue all;
  Result<> read = read_all(Sql::tenants, all.tenants);
  if (read) read = read_all(Sql::time_zones, all.time_zones);
  if (read) read = read_all(Sql::calling_lists, all.lists);
  if (read) read = read_all(Sql::campaigns, all.campaigns);
  if (read) read = read_all(Sql::campaign_groups, all.groups);
  for (CallingList& list : all.lists) {
    if (read) read = read_fields(list);
  }
  for (Campaign& campaign : all.campaigns) {
    if (read) read = read_lists(campaign);
  }
  if (!read) return fail(std::move(read.error()));
  return all;
}

Result<> SqliteStore::read_fields(CallingList& list) {
  Query query(statement(Sql::calling_list_fields), list.dbid);
  for (;;) {
    Result<bool> found = query.next();
    if (!found) return fail(std::move(found.error()));
    if (!*found) return {};
    list.custom_fields.emplace_back(query.text(0));
  }
}

Result<> SqliteStore::read_lists(Campaign& campaign) {
  Query query(statement(Sql::campaign_lists), campaign.dbid);
  for (;;) {
    Result<bool> found = query.next();
    if (!found) return fail(std::move(found.error()));
    if (!*found) return {};
    campaign.lists.push_back({query.integer(0), static_cast<std::int32_t>(query.integer(1))});
  }
}

Result<> SqliteStore::put(const CallingList& list) {
  Result<> done = write_row(Sql::put_calling_list, list);
  if (done) done = write(Sql::clear_fields, list.dbid);
  int position = 0;
  for (const std::string& name : list.custom_fields) {
    if (done) done = write(Sql::insert_field, list.dbid, position++, name);
  }
  return done;
}

Result<> SqliteStore::put(const Campaign& campaign) {
  Result<> done = write_row(Sql::put_campaign, campaign);
  if (done) done = write(Sql::clear_campaign_lists, campaign.dbid);
  int position = 0;
  for (const CampaignList& list : campaign.lists) {
    if (done) done = write(Sql::insert_campaign_list, campaign.dbid, position++, list.list_dbid, list.weight);
  }
  return done;
}

// --- Records ---------------------------------------------------------------------------------------------------------

Result<> SqliteStore::update_record(const Record& record) {
  // SQLite rewrites the entry of each index that an UPDATE names a column of, changed or not. Contact and chain hardly
  // ever change, so the first attempt leaves them and their indexes alone, and finds no row when they did change.
  for (Sql id : {Sql::update_record, Sql::replace_record}) {
    Query query(statement(id));
    for_each_column(record, [&](std::string_view, const auto& value) { query.bind(value); });
    if (Result<> done = finish_write(query); !done) return done;
    if (database_.changes() > 0) return {};
  }
  return fail(Errc::not_found, "list {} has no record {}", record.list_dbid, record.record_id);
}

Result<std::optional<Record>> SqliteStore::record(std::int64_t list_dbid, std::int64_t record_id) {
  return one<Record>(Sql::record, list_dbid, record_id);
}

Result<std::vector<Record>> SqliteStore::chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) {
  Query query(statement(Sql::chain), list_dbid, chain_id, limit);
  return all_of<Record>(query);
}

Result<std::optional<std::int32_t>> SqliteStore::last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) {
  Query query(statement(Sql::last_in_chain), list_dbid, chain_id);
  Result<bool> found = query.next();
  if (!found) return fail(std::move(found.error()));
  if (!*found) return std::nullopt;
  return static_cast<std::int32_t>(query.integer(0));
}

Result<> SqliteStore::set_chain_status(std::int64_t list_dbid, std::int64_t chain_id, std::int64_t except_record_id,
                                       protocol::RecordStatus status) {
  return write(Sql::set_chain_status, list_dbid, chain_id, except_record_id, status);
}

Result<std::vector<Record>> SqliteStore::records(std::int64_t list_dbid, const RecordFilter& filter) {
  Sql id = filter.contact ? Sql::page_of_contact : filter.chain_id ? Sql::page_of_chain : Sql::page_of_list;
  Query query(statement(id), list_dbid, filter.after_record_id, filter.limit);
  auto bind = [&](const auto& value) { value ? query.bind(*value) : query.bind_null(); };
  bind(filter.status);
  bind(filter.type);
  bind(filter.result);
  bind(filter.chain_id);
  bind(filter.contact);
  return all_of<Record>(query);
}

Sql for_queue(Sql first, DialQueue queue) {
  return static_cast<Sql>(static_cast<std::size_t>(first) + static_cast<std::size_t>(queue));
}

Result<std::vector<DialWindow>> SqliteStore::windows(std::int64_t list_dbid, DialQueue queue,
                                                     std::string_view agent_id) {
  std::vector<DialWindow> found;
  std::int64_t tz_dbid = std::numeric_limits<std::int64_t>::min();
  std::int32_t from = 0;
  std::int32_t till = 0;
  for (;;) {
    Query query(statement(for_queue(Sql::next_window_personal, queue)), list_dbid, agent_id, tz_dbid, from, till);
    Result<bool> row = query.next();
    if (!row) return fail(std::move(row.error()));
    if (!*row) return found;
    query.read(0, tz_dbid);
    query.read(1, from);
    query.read(2, till);
    found.push_back({tz_dbid, from, till});
  }
}

Result<std::optional<Record>> SqliteStore::first_due(std::int64_t list_dbid, DialQueue queue, std::string_view agent_id,
                                                     const DialWindow& window, std::int64_t now) {
  return one<Record>(for_queue(Sql::first_due_personal, queue), list_dbid, agent_id, window.tz_dbid, window.daily_from,
                     window.daily_till, now);
}

// --- Handles, kept answers, imports ----------------------------------------------------------------------------------

Result<std::optional<Handle>> SqliteStore::handle(std::int64_t handle) { return one<Handle>(Sql::handle, handle); }

Result<> SqliteStore::close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) {
  return write(Sql::close_handle, handle, closed_by, closed_at);
}

Result<std::optional<KeptAnswer>> SqliteStore::kept_answer(std::string_view key) {
  Query query(statement(Sql::kept_answer), key);
  Result<bool> found = query.next();
  if (!found) return fail(std::move(found.error()));
  if (!*found) return std::nullopt;
  return KeptAnswer{std::string(query.text(0)), std::string(query.text(1))};
}

Result<> SqliteStore::keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) {
  return write(Sql::keep_answer, key, Bytes{kept.fingerprint}, Bytes{kept.answer}, now);
}

Result<std::int64_t> SqliteStore::forget_answers(std::int64_t before, std::int64_t limit) {
  if (Result<> done = write(Sql::forget_answers, before, limit); !done) return fail(std::move(done.error()));
  return database_.changes();
}

Result<std::optional<ImportState>> SqliteStore::find_import(std::int64_t list_dbid, std::string_view source) {
  return one<ImportState>(Sql::find_import, list_dbid, source);
}

Result<std::optional<ImportState>> SqliteStore::import(std::int64_t import_id) {
  return one<ImportState>(Sql::import, import_id);
}

}  // namespace

Result<std::unique_ptr<RecordStore>> open_sqlite_store(const std::string& path, OpenMode mode) {
  Result<Database> database = open_sqlite_file(path, mode);
  if (!database) return fail(std::move(database.error()));
  auto store = std::make_unique<SqliteStore>(std::move(*database), "sqlite://" + path, mode);
  if (Result<> prepared = store->prepare(); !prepared) return fail(std::move(prepared.error()));
  return store;
}

}  // namespace outpost::supervisor
