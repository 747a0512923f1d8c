// What the engines share: which statement answers which call of RecordStore. Slow to compile, and so included by the
// engines' record_store.cpp alone. An engine runs statements:
//
//   Result<> write(Sql, bind)                    one that changes the store
//   Result<> write_record(Sql, bind, record)     the same; Errc::not_found when there is no such record
//   Result<> read(Sql, bind, each)               each(row) for each row until it returns false
//   Result<> read_many(Sql, n, bind, each)       the same statement n times, with bind(0, to) to bind(n - 1, to), in as
//                                                few round trips as can be; within a transaction or a snapshot
//   Result<> snapshot(action)                    all that the action reads is of one moment
//   Result<> may_write()                         Errc::store outside a transaction
//
// An engine with a ReadCache is asked for nothing that its transaction knows already. It has besides:
//
//   bool remembers()                             whether the cache is in use: in a transaction that was foreseen
//   bool find_due(key, window, now)              reads the next records of a queue ahead; false: one is enough
//
// `bind` and `row` are those of binding.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "supervisor/store/contact_key.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/sql/binding.h"
#include "supervisor/store/sql/dialect.h"
#include "supervisor/store/sql/id_blocks.h"
#include "supervisor/store/sql/read_cache.h"
#include "supervisor/store/sql/statements.h"
#include "supervisor/store/sql/statistics.h"

namespace outpost::supervisor {

template <class Engine, class Cache = NoCache>
class SqlStore : public RecordStore {
 public:
  void hold(std::int64_t epoch) final {
    epoch_ = epoch;
    ids_.forget();
  }
  Result<> renew_lease(std::chrono::milliseconds lease_time) final {
    return write(Sql::renew_lease, bind_values(lease_time.count()));
  }
  [[nodiscard]] std::uint64_t writes() const noexcept final { return writes_; }

  Result<std::int64_t> take_ids(IdKind kind, std::int64_t n) final;

  Result<Catalogue> catalogue() final;
  Result<> put(const Tenant& tenant) final { return write(Sql::put_tenant, bind_columns(tenant)); }
  Result<> put(const TimeZone& zone) final { return write(Sql::put_time_zone, bind_columns(zone)); }
  Result<> put(const CallingList& list) final;
  Result<> put(const Campaign& campaign) final;
  Result<> put(const CampaignGroup& group) final { return write(Sql::put_campaign_group, bind_columns(group)); }

  Result<> insert_record(const Record& record) final;
  Result<> update_record(const Record& before, const Record& after) final;
  Result<> delete_record(const Record& record) final;
  Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) final {
    if constexpr (Cache::kUsed) {
      if (const Record* known = cache_.record(list_dbid, record_id)) return std::optional(*known);
    }
    return one<Record>(Sql::record, bind_values(list_dbid, record_id));
  }
  Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) final {
    if constexpr (Cache::kUsed) {
      if (auto known = cache_.chain(list_dbid, chain_id, limit)) return *std::move(known);
    }
    return all<Record>(Sql::chain, bind_values(list_dbid, chain_id, limit));
  }
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) final;
  Result<std::int64_t> chain_holder(std::int64_t list_dbid, std::int64_t chain_id) final {
    if constexpr (Cache::kUsed) {
      if (auto known = cache_.chain_end(list_dbid, chain_id)) return known->holder;
    }
    return number(Sql::chain_holder, bind_values(list_dbid, chain_id));
  }
  Result<std::int64_t> chain_of_customer(std::int64_t list_dbid, std::string_view customer_id) final {
    std::string key = contact_key(ContactKind::customer_id, customer_id);
    if constexpr (Cache::kUsed) {
      if (auto known = cache_.customer_chain(list_dbid, key)) return *known;
    }
    return number(Sql::chain_of_customer, bind_values(list_dbid, key));
  }
  Result<RecordPage> records(std::int64_t list_dbid, const RecordFilter& filter) final;
  Result<std::unordered_set<std::string>> known_contacts(std::int64_t list_dbid,
                                                         std::span<const std::string_view> contacts) final;
  Result<std::vector<Record>> records_with(ContactKind kind, std::string_view value, std::int64_t after_list,
                                           std::int64_t after_record, std::uint32_t limit) final;
  Result<std::int64_t> count_records_with(std::int64_t tenant_dbid, ContactKind kind, std::string_view value,
                                          std::uint32_t limit) final;

  Result<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) final;
  Result<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window, std::int64_t now) final;
  Result<std::vector<Record>> missed_callbacks(std::int64_t due_till, std::uint32_t limit) final {
    return all<Record>(Sql::missed_callbacks, bind_values(due_till, limit));
  }

  Result<> insert_handle(const Handle& handle) final {
    return noted(write(Sql::insert_handle, bind_columns(handle)), [&](auto& cache) { cache.inserted(handle); });
  }
  Result<std::optional<Handle>> handle(std::int64_t handle) final {
    if constexpr (Cache::kUsed) {
      if (const auto* known = cache_.handle(handle)) return *known;
    }
    return one<Handle>(Sql::handle, bind_values(handle));
  }
  Result<> touch_handle(std::int64_t handle, std::int64_t touched_at, bool call_reported) final {
    return noted(write(Sql::touch_handle, bind_values(handle, touched_at, call_reported)),
                 [&](auto& cache) { cache.touched(handle, touched_at, call_reported); });
  }
  Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) final {
    return noted(write(Sql::close_handle, bind_values(handle, closed_by, closed_at)),
                 [&](auto& cache) { cache.closed(handle, closed_by, closed_at); });
  }
  Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t touched_till, std::uint32_t limit) final {
    return all<Handle>(Sql::idle_handles, bind_values(after.touched_at, after.handle, touched_till, limit));
  }
  Result<std::vector<Handle>> handles_of_agent(std::string_view agent_id, std::int64_t after_handle,
                                               std::uint32_t limit) final {
    if constexpr (Cache::kUsed) {
      auto known = after_handle == 0 ? cache_.open_handles(agent_id, limit) : std::nullopt;
      if (known) return *std::move(known);
    }
    return all<Handle>(Sql::handles_of_agent, bind_values(agent_id, after_handle, limit));
  }
  Result<> end_validation(std::int64_t handle, std::int64_t touched_at) final {
    return noted(write(Sql::end_validation, bind_values(handle, touched_at)),
                 [&](auto& cache) { cache.validated(handle, touched_at); });
  }
  Result<std::vector<Handle>> validating_handles(std::int64_t after_handle, std::uint32_t limit) final {
    return all<Handle>(Sql::validating_handles, bind_values(after_handle, limit));
  }
  Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) final {
    return all<HeldByAgent>(Sql::held_by_agents, bind_values(limit));
  }

  Result<bool> is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) final;
  Result<> add_do_not_call(const DoNotCallEntry& entry) final {
    std::string key = contact_key(entry.kind, entry.value);
    Result<> done = write(Sql::add_do_not_call, [&](auto& to) {
      bind_columns(entry)(to);
      to.bind(key);
    });
    return noted(std::move(done),
                 [&](auto& cache) { cache.know_listed(entry.tenant_dbid, entry.kind, std::move(key), true); });
  }
  Result<> remove_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) final {
    std::string key = contact_key(kind, value);
    return noted(write(Sql::remove_do_not_call, bind_values(tenant_dbid, kind, key)),
                 [&](auto& cache) { cache.know_listed(tenant_dbid, kind, std::move(key), false); });
  }
  Result<std::vector<DoNotCallEntry>> do_not_call_like(std::int64_t tenant_dbid, ContactKind kind,
                                                       std::string_view value, std::uint32_t limit) final {
    std::string key = contact_key(kind, value);
    return all<DoNotCallEntry>(Sql::do_not_call_like, bind_values(tenant_dbid, kind, key, limit));
  }
  Result<std::vector<DoNotCallEntry>> do_not_call(std::int64_t tenant_dbid, ContactKind kind,
                                                  std::string_view after_value, std::uint32_t limit) final {
    return all<DoNotCallEntry>(Sql::do_not_call, bind_values(tenant_dbid, kind, after_value, limit));
  }

  Result<std::vector<Token>> tokens() final { return all<Token>(Sql::tokens, bind_values()); }
  Result<> insert_token(const Token& token) final;
  Result<> remove_token(std::string_view name) final { return write(Sql::remove_token, bind_values(name)); }

  Result<> insert_outbox(const OutboxMessage& message) final {
    ++outbox_writes_;
    return write(Sql::insert_outbox, bind_columns(message));
  }
  [[nodiscard]] std::uint64_t outbox_writes() const noexcept final { return outbox_writes_; }
  Result<std::vector<OutboxMessage>> outbox(std::string_view destination, std::int64_t after_id,
                                            std::uint32_t limit) final {
    return all<OutboxMessage>(Sql::outbox, bind_values(destination, after_id, limit));
  }
  Result<std::optional<OutboxMessage>> outbox_message(std::int64_t message_id) final {
    return one<OutboxMessage>(Sql::outbox_message, bind_values(message_id));
  }
  Result<bool> has_outbox(std::int64_t list_dbid, std::int64_t chain_id, OutboxKind kind) final {
    Result<std::int64_t> found = number(Sql::has_outbox, bind_values(list_dbid, chain_id, kind));
    if (!found) return pass(found);
    return *found != 0;
  }
  Result<std::vector<std::string>> outbox_destinations() final;
  Result<std::int64_t> count_outbox(std::string_view destination) final {
    return number(Sql::count_outbox, bind_values(destination));
  }
  Result<> note_outbox(std::int64_t message_id, std::int32_t attempts, std::string_view problem) final {
    return write(Sql::note_outbox, bind_values(message_id, attempts, problem));
  }
  Result<> remove_outbox(std::int64_t message_id) final { return write(Sql::remove_outbox, bind_values(message_id)); }
  Result<std::vector<OutboxPause>> outbox_pauses() final { return all<OutboxPause>(Sql::outbox_pauses, bind_values()); }
  Result<> pause_outbox(const OutboxPause& pause) final { return write(Sql::pause_outbox, bind_columns(pause)); }
  Result<> resume_outbox(std::string_view destination) final {
    return write(Sql::resume_outbox, bind_values(destination));
  }

  Result<std::vector<Statistic>> statistics() final { return all<Statistic>(Sql::statistics, bind_values()); }

  Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) final;
  Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) final {
    return noted(write(Sql::keep_answer, bind_values(key, Bytes{kept.fingerprint}, Bytes{kept.answer}, now)),
                 [&](auto& cache) { cache.know_kept(std::string(key), kept); });
  }
  Result<> forget_answers(std::int64_t before, std::int64_t limit) final {
    return noted(write(Sql::forget_answers, bind_values(before, limit)), [](auto& cache) { cache.forgot_answers(); });
  }

  Result<std::optional<ImportState>> find_import(std::int64_t list_dbid, std::string_view source) final {
    return one<ImportState>(Sql::find_import, bind_values(list_dbid, source));
  }
  Result<std::optional<ImportState>> import(std::int64_t import_id) final {
    return one<ImportState>(Sql::import, bind_values(import_id));
  }
  Result<std::vector<ImportState>> imports(std::uint32_t limit) final {
    return all<ImportState>(Sql::imports, bind_values(limit));
  }
  Result<> put_import(const ImportState& state) final { return write(Sql::put_import, bind_columns(state)); }

 protected:
  Result<> write_statistics() {
    for (const Statistic& row : statistics_delta_.rows()) {
      if (row.records == 0) continue;
      if (Result<> done = write(Sql::add_to_statistic, bind_columns(row)); !done) return done;
    }
    return {};
  }
  void committed() {
    statistics_delta_.clear();
    ids_.committed();
    if constexpr (Cache::kUsed) cache_.clear();
  }
  void rolled_back() {
    statistics_delta_.clear();
    ids_.rolled_back();
    if constexpr (Cache::kUsed) cache_.clear();
  }
  // What begin() says when the store's epoch is not ours.
  [[nodiscard]] Failure fenced(std::int64_t epoch) const {
    if (epoch_ == 0) return fail(Errc::fenced, "this supervisor does not hold the role of writer of the store");
    return fail(Errc::fenced, "another supervisor took the role of writer of the store (epoch {}, ours is {})", epoch,
                epoch_);
  }
  // The first column of the first row, 0 when there is none.
  template <class Bind>
  Result<std::int64_t> number(Sql id, Bind&& bind) {
    std::int64_t value = 0;
    Result<> read = engine().read(id, bind, [&](auto& row) {
      value = row.integer(0);
      return false;
    });
    if (!read) return pass(read);
    return value;
  }

  [[no_unique_address]] Cache cache_;
  std::int64_t epoch_ = 0;  // 0: holds nothing
  std::uint64_t writes_ = 0;
  std::uint64_t outbox_writes_ = 0;

 private:
  [[nodiscard]] Engine& engine() { return static_cast<Engine&>(*this); }

  template <class Bind>
  Result<> write(Sql id, Bind&& bind) {
    return engine().write(id, bind);
  }
  // What a write that was taken means to the cache.
  template <class Note>
  Result<> noted(Result<> done, [[maybe_unused]] Note&& note) {
    if constexpr (Cache::kUsed) {
      if (done && engine().remembers()) note(cache_);
    }
    return done;
  }
  template <class Row, class Bind>
  Result<std::vector<Row>> all(Sql id, Bind&& bind) {
    std::vector<Row> rows;
    Result<> read = engine().read(id, bind, [&](auto& row) {
      rows.push_back(row_of<Row>(row));
      return true;
    });
    if (!read) return pass(read);
    for (const Row& row : rows) remember(row);
    return rows;
  }
  template <class Row, class Bind>
  Result<std::optional<Row>> one(Sql id, Bind&& bind) {
    std::optional<Row> found;
    Result<> read = engine().read(id, bind, [&](auto& row) {
      found = row_of<Row>(row);
      return false;
    });
    if (!read) return pass(read);
    if (found) remember(*found);
    return found;
  }
  template <class Row>
  void remember([[maybe_unused]] const Row& row) {
    if constexpr (Cache::kUsed && std::is_same_v<Row, Record>) {
      if (engine().remembers()) cache_.know_record(row);
    }
  }
  template <class Row>
  Result<> read_all(Sql id, std::vector<Row>& rows) {
    Result<std::vector<Row>> read = all<Row>(id, bind_values());
    if (!read) return pass(read);
    rows = std::move(*read);
    return {};
  }
  Result<> read_catalogue(Catalogue& all);
  Result<> read_fields(CallingList& list);
  Result<> read_lists(Campaign& campaign);
  Result<std::int64_t> end_of_page(std::int64_t list_dbid, const RecordFilter& filter);
  // Only who holds the epoch raises a counter.
  Result<std::int64_t> counter(IdKind kind) {
    if constexpr (Cache::kUsed) {
      if (auto known = ids_.stored(kind)) return *known;
    }
    return number(Sql::read_counter, bind_values(kind));
  }

  IdBlocks ids_;
  StatisticsDelta statistics_delta_;
};

// --- Identifiers -----------------------------------------------------------------------------------------------------

template <class Engine, class Cache>
Result<std::int64_t> SqlStore<Engine, Cache>::take_ids(IdKind kind, std::int64_t n) {
  if (auto first = ids_.take(kind, n)) return *first;
  // Read with the transaction's lock held, or its epoch proved: nobody else raises a counter meanwhile.
  if (Result<> ready = engine().may_write(); !ready) return pass(ready);
  Result<std::int64_t> stored = counter(kind);
  if (!stored) return pass(stored);
  std::int64_t end = ids_.reserve(kind, n, *stored);
  Result<> written = write(Sql::write_counter, bind_values(kind, end));
  if (!written) return pass(written);
  --writes_;  // identifiers that were taken and not used are nothing that has to be taken back
  return *ids_.take(kind, n);
}

// --- Do-not-call list, tokens, kept answers --------------------------------------------------------------------------

template <class Engine, class Cache>
Result<bool> SqlStore<Engine, Cache>::is_do_not_call(std::int64_t tenant_dbid, ContactKind kind,
                                                     std::string_view value) {
  std::string key = contact_key(kind, value);
  if constexpr (Cache::kUsed) {
    if (auto known = cache_.listed(tenant_dbid, kind, key)) return *known;
  }
  Result<std::int64_t> found = number(Sql::is_do_not_call, bind_values(tenant_dbid, kind, key));
  if (!found) return pass(found);
  return *found != 0;
}

// Not bind_columns(): the digest is no text.
template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::insert_token(const Token& token) {
  return write(Sql::insert_token, bind_values(token.name, Bytes{token.digest}, token.resources, token.requests,
                                              token.created_at, token.expires_at));
}

template <class Engine, class Cache>
Result<std::optional<KeptAnswer>> SqlStore<Engine, Cache>::kept_answer(std::string_view key) {
  if constexpr (Cache::kUsed) {
    if (const auto* known = cache_.kept(key)) return *known;
  }
  std::optional<KeptAnswer> kept;
  Result<> read = engine().read(Sql::kept_answer, bind_values(key), [&](auto& row) {
    kept = KeptAnswer{std::string(row.text(0)), std::string(row.text(1))};
    return false;
  });
  if (!read) return pass(read);
  return kept;
}

}  // namespace outpost::supervisor

// What takes more than one statement, by subject.
#include "supervisor/store/sql/sql_store_catalogue.h"
#include "supervisor/store/sql/sql_store_outbox.h"
#include "supervisor/store/sql/sql_store_queues.h"
#include "supervisor/store/sql/sql_store_records.h"
