#include "supervisor/store/sqlite_store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "supervisor/store/columns.h"
#include "supervisor/store/schema.h"
#include "supervisor/store/sqlite.h"
#include "supervisor/store/sqlite_file.h"
#include "supervisor/store/statements.h"
#include "supervisor/store/statistics.h"

namespace outpost::supervisor {

namespace {

// Identifiers are reserved in the file this many at a time, so that most take_ids() need no statement.
constexpr std::int64_t kIdBlock = 1024;
// Rows that one page of records may cost, whatever the filter: some milliseconds on the reader's thread.
constexpr std::int64_t kRowsOfPageMax = 20'000;

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

  void hold(std::int64_t epoch) override { epoch_ = epoch; }
  Result<> renew_lease(std::chrono::milliseconds lease_time) override {
    return write(Sql::renew_lease, lease_time.count());
  }
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

  Result<> insert_record(const Record& record) override;
  Result<> update_record(const Record& before, const Record& after) override;
  Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) override;
  Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) override;
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) override;
  Result<std::int64_t> chain_holder(std::int64_t list_dbid, std::int64_t chain_id) override;
  Result<std::int64_t> chain_of_customer(std::int64_t list_dbid, std::string_view customer_id) override;
  Result<RecordPage> records(std::int64_t list_dbid, const RecordFilter& filter) override;
  Result<std::vector<Record>> records_with(ContactKind kind, std::string_view value, std::int64_t after_list,
                                           std::int64_t after_record, std::uint32_t limit) override;

  Result<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) override;
  Result<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window, std::int64_t now) override;
  Result<std::vector<Record>> missed_callbacks(std::int64_t due_till, std::uint32_t limit) override;

  Result<> insert_handle(const Handle& handle) override { return write_row(Sql::insert_handle, handle); }
  Result<std::optional<Handle>> handle(std::int64_t handle) override;
  Result<> touch_handle(std::int64_t handle, std::int64_t touched_at, bool call_reported) override;
  Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) override;
  Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t touched_till,
                                           std::uint32_t limit) override;
  Result<std::vector<Handle>> handles_of_agent(std::string_view agent_id, std::int64_t after_handle,
                                               std::uint32_t limit) override;
  Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) override;

  Result<bool> is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) override;
  Result<> add_do_not_call(const DoNotCallEntry& entry) override { return write_row(Sql::add_do_not_call, entry); }
  Result<> remove_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) override;
  Result<std::vector<DoNotCallEntry>> do_not_call(std::int64_t tenant_dbid, ContactKind kind,
                                                  std::string_view after_value, std::uint32_t limit) override;

  Result<std::vector<Token>> tokens() override { return all<Token>(Sql::tokens); }
  Result<> insert_token(const Token& token) override;
  Result<> remove_token(std::string_view name) override { return write(Sql::remove_token, name); }

  Result<std::vector<Statistic>> statistics() override { return all<Statistic>(Sql::statistics); }

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
    return first_of<Row>(query);
  }
  template <class Row>
  static Result<std::optional<Row>> first_of(Query& query) {
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
  template <class Row, class... Args>
  Result<std::vector<Row>> all(Sql id, const Args&... args) {
    Query query(statement(id), args...);
    return all_of<Row>(query);
  }
  // The first column of the first row, 0 when there is none.
  template <class... Args>
  Result<std::int64_t> number(Sql id, const Args&... args) {
    Query query(statement(id), args...);
    Result<bool> found = query.next();
    if (!found) return fail(std::move(found.error()));
    return *found ? query.integer(0) : 0;
  }
  template <class Row>
  Result<> read_all(Sql id, std::vector<Row>& rows) {
    Result<std::vector<Row>> read = all<Row>(id);
    if (!read) return fail(std::move(read.error()));
    rows = std::move(*read);
    return {};
  }
  Result<Catalogue> read_catalogue();
  Result<> read_fields(CallingList& list);
  Result<> read_lists(Campaign& campaign);
  Result<std::int64_t> read_epoch() { return number(Sql::read_epoch); }
  Result<> reserve_ids(IdKind kind, IdBlock& block, std::int64_t n);
  Result<> write_statistics();
  Query queue_query(Sql first, const DialKey& key);
  Result<std::int64_t> end_of_page(std::int64_t list_dbid, const RecordFilter& filter);

  Database database_;  // closed after the statements: declared first
  std::array<Statement, static_cast<std::size_t>(Sql::count)> statements_;
  std::string url_;
  OpenMode mode_;
  std::int64_t epoch_ = 0;  // 0: holds nothing
  std::uint64_t writes_ = 0;
  std::array<IdBlock, 3> ids_;
  StatisticsDelta statistics_delta_;
};

Result<> SqliteStore::prepare() {
  for (const SqlText& text : record_statements(Dialect::sqlite)) {
    Result<Statement> prepared = database_.prepare(text.sql, text.purpose);
    if (!prepared) return fail(std::move(prepared.error()));
    statement(text.id) = std::move(*prepared);
  }
  return {};
}

// --- Transactions ----------------------------------------------------------------------------------------------------

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
  if (epoch_ == 0) return fail(Errc::fenced, "this supervisor does not hold the role of writer of the store");
  return fail(Errc::fenced, "another supervisor took the role of writer of the store (epoch {}, ours is {})", *epoch,
              epoch_);
}

Result<> SqliteStore::commit() {
  Result<> done = write_statistics();
  if (done) done = run(Sql::commit);
  if (!done) return done;
  statistics_delta_.clear();
  for (IdBlock& block : ids_) block.durable_end = block.end;
  return {};
}

void SqliteStore::rollback() noexcept {
  if (database_.in_transaction()) static_cast<void>(run(Sql::rollback));
  for (IdBlock& block : ids_) block.end = block.durable_end;
  statistics_delta_.clear();
}

Result<> SqliteStore::write_statistics() {
  for (const Statistic& row : statistics_delta_.rows()) {
    if (row.records == 0) continue;
    if (Result<> done = write_row(Sql::add_to_statistic, row); !done) return done;
  }
  return {};
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
  Result<std::int64_t> stored = number(Sql::read_counter, kind);
  if (!stored) return fail(std::move(stored.error()));
  // The counter is beyond our block when another supervisor took some, or when this one has just started: what is left
  // of the block is dropped, since a run of identifiers has no gap. It is behind `next` after a rollback.
  if (*stored > block.end) block.next = std::max(block.next, *stored);
  std::int64_t end = std::max(block.next + n, *stored) + kIdBlock;
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

Result<> SqliteStore::insert_record(const Record& record) {
  Result<> done = write_row(Sql::insert_record, record);
  if (done) statistics_delta_.inserted(record);
  return done;
}

bool stable_columns_equal(const Record& a, const Record& b) {
  return a.contact_info == b.contact_info && a.chain_id == b.chain_id && a.chain_n == b.chain_n &&
         a.customer_id == b.customer_id;
}

Result<> SqliteStore::update_record(const Record& before, const Record& after) {
  Sql id = stable_columns_equal(before, after) ? Sql::update_record : Sql::replace_record;
  if (Result<> done = write_row(id, after); !done) return done;
  if (database_.changes() == 0) {
    return fail(Errc::not_found, "list {} has no record {}", after.list_dbid, after.record_id);
  }
  statistics_delta_.updated(before, after);
  return {};
}

Result<std::optional<Record>> SqliteStore::record(std::int64_t list_dbid, std::int64_t record_id) {
  return one<Record>(Sql::record, list_dbid, record_id);
}

Result<std::vector<Record>> SqliteStore::chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) {
  return all<Record>(Sql::chain, list_dbid, chain_id, limit);
}

Result<std::optional<std::int32_t>> SqliteStore::last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) {
  Query query(statement(Sql::last_in_chain), list_dbid, chain_id);
  Result<bool> found = query.next();
  if (!found) return fail(std::move(found.error()));
  if (!*found) return std::nullopt;
  return static_cast<std::int32_t>(query.integer(0));
}

Result<std::int64_t> SqliteStore::chain_holder(std::int64_t list_dbid, std::int64_t chain_id) {
  return number(Sql::chain_holder, list_dbid, chain_id);
}

Result<std::int64_t> SqliteStore::chain_of_customer(std::int64_t list_dbid, std::string_view customer_id) {
  return number(Sql::chain_of_customer, list_dbid, customer_id);
}

Sql page_by_index(const RecordFilter& filter) {
  if (filter.contact) return Sql::page_of_contact;
  if (filter.chain_id) return Sql::page_of_chain;
  // The index by customer id does not hold the records that have none.
  if (filter.customer_id && !filter.customer_id->empty()) return Sql::page_of_customer;
  return Sql::page_of_list;
}

bool takes_any(const RecordFilter& filter) {
  return !filter.status && !filter.type && !filter.result && !filter.customer_id && !filter.agent_id &&
         !filter.due_from && !filter.due_till;
}

constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

// The first record_id that a page of the list does not look at. Found in the index alone.
Result<std::int64_t> SqliteStore::end_of_page(std::int64_t list_dbid, const RecordFilter& filter) {
  std::int64_t rows = takes_any(filter) ? std::min<std::int64_t>(filter.limit, kRowsOfPageMax) : kRowsOfPageMax;
  Result<std::int64_t> end = number(Sql::end_of_page, list_dbid, filter.after_record_id, rows);
  if (end && *end == 0) return kNoEnd;
  return end;
}

Result<RecordPage> SqliteStore::records(std::int64_t list_dbid, const RecordFilter& filter) {
  CHECK(filter.limit > 0, "a page of records has room for one");
  Sql id = page_by_index(filter);
  std::int64_t end = kNoEnd;
  if (id == Sql::page_of_list) {
    Result<std::int64_t> found = end_of_page(list_dbid, filter);
    if (!found) return fail(std::move(found.error()));
    end = *found;
  }
  // One more than asked for tells whether there is more.
  Query query(statement(id), list_dbid, filter.after_record_id, end, std::int64_t{filter.limit} + 1);
  auto bind = [&](const auto& value) { value ? query.bind(*value) : query.bind_null(); };
  bind(filter.status);
  bind(filter.type);
  bind(filter.result);
  bind(filter.chain_id);
  bind(filter.contact);
  bind(filter.customer_id);
  bind(filter.agent_id);
  bind(filter.due_from);
  bind(filter.due_till);
  Result<std::vector<Record>> rows = all_of<Record>(query);
  if (!rows) return fail(std::move(rows.error()));
  RecordPage page{std::move(*rows), end == kNoEnd ? 0 : end - 1};
  if (page.records.size() > filter.limit) {
    page.records.pop_back();
    page.next = page.records.back().record_id;
  }
  return page;
}

Result<std::vector<Record>> SqliteStore::records_with(ContactKind kind, std::string_view value, std::int64_t after_list,
                                                      std::int64_t after_record, std::uint32_t limit) {
  Sql id = kind == ContactKind::phone ? Sql::records_with_phone : Sql::records_with_customer;
  return all<Record>(id, value, after_list, after_record, limit);
}

// A query of the queue's own statement, list and owner bound.
Query SqliteStore::queue_query(Sql first, const DialKey& key) {
  auto id = static_cast<Sql>(static_cast<std::size_t>(first) + static_cast<std::size_t>(key.queue));
  if (key.queue == DialQueue::personal_callbacks) return Query(statement(id), key.list_dbid, key.agent_id);
  return Query(statement(id), key.list_dbid, key.campaign_dbid);
}

Result<std::vector<DialWindow>> SqliteStore::windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) {
  std::vector<DialWindow> found;
  DialWindow last = after;
  while (found.size() < limit) {
    Query query = queue_query(Sql::next_window_personal, key);
    query.bind(last.tz_dbid);
    query.bind(last.daily_from);
    query.bind(last.daily_till);
    Result<bool> row = query.next();
    if (!row) return fail(std::move(row.error()));
    if (!*row) break;
    query.read(0, last.tz_dbid);
    query.read(1, last.daily_from);
    query.read(2, last.daily_till);
    found.push_back(last);
  }
  return found;
}

Result<std::optional<Record>> SqliteStore::first_due(const DialKey& key, const DialWindow& window, std::int64_t now) {
  Query query = queue_query(Sql::first_due_personal, key);
  query.bind(window.tz_dbid);
  query.bind(window.daily_from);
  query.bind(window.daily_till);
  query.bind(now);
  return first_of<Record>(query);
}

Result<std::vector<Record>> SqliteStore::missed_callbacks(std::int64_t due_till, std::uint32_t limit) {
  return all<Record>(Sql::missed_callbacks, due_till, limit);
}

// --- Handles ---------------------------------------------------------------------------------------------------------

Result<std::optional<Handle>> SqliteStore::handle(std::int64_t handle) { return one<Handle>(Sql::handle, handle); }

Result<> SqliteStore::touch_handle(std::int64_t handle, std::int64_t touched_at, bool call_reported) {
  return write(Sql::touch_handle, handle, touched_at, call_reported);
}

Result<> SqliteStore::close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) {
  return write(Sql::close_handle, handle, closed_by, closed_at);
}

Result<std::vector<Handle>> SqliteStore::idle_handles(const Handle& after, std::int64_t touched_till,
                                                      std::uint32_t limit) {
  return all<Handle>(Sql::idle_handles, after.touched_at, after.handle, touched_till, limit);
}

Result<std::vector<Handle>> SqliteStore::handles_of_agent(std::string_view agent_id, std::int64_t after_handle,
                                                          std::uint32_t limit) {
  return all<Handle>(Sql::handles_of_agent, agent_id, after_handle, limit);
}

Result<std::vector<HeldByAgent>> SqliteStore::held_by_agents(std::uint32_t limit) {
  return all<HeldByAgent>(Sql::held_by_agents, limit);
}

// --- Do-not-call list, tokens, kept answers, imports -----------------------------------------------------------------

Result<bool> SqliteStore::is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) {
  Result<std::int64_t> found = number(Sql::is_do_not_call, tenant_dbid, kind, value);
  if (!found) return fail(std::move(found.error()));
  return *found != 0;
}

Result<> SqliteStore::remove_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) {
  return write(Sql::remove_do_not_call, tenant_dbid, kind, value);
}

Result<std::vector<DoNotCallEntry>> SqliteStore::do_not_call(std::int64_t tenant_dbid, ContactKind kind,
                                                             std::string_view after_value, std::uint32_t limit) {
  return all<DoNotCallEntry>(Sql::do_not_call, tenant_dbid, kind, after_value, limit);
}

// Not write_row(): the digest is no text.
Result<> SqliteStore::insert_token(const Token& token) {
  return write(Sql::insert_token, token.name, Bytes{token.digest}, token.resources, token.requests, token.created_at,
               token.expires_at);
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
