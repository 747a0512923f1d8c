// What the engines share: which statement answers which call of RecordStore. An engine runs statements:
//
//   Result<> write(Sql, bind)                    one that changes the store
//   Result<> write_record(Sql, bind, record)     the same; Errc::not_found when there is no such record
//   Result<std::int64_t> write_counted(Sql, bind)
//                                                the same; returns how many rows changed
//   Result<> read(Sql, bind, each)               each(row) for each row until it returns false
//   Result<> read_many(Sql, n, bind, each)       the same statement n times, with bind(0, to) to bind(n - 1, to), in as
//                                                few round trips as can be; within a transaction or a snapshot
//   Result<> snapshot(action)                    all that the action reads is of one moment
//   Result<> may_write()                         Errc::store outside a transaction
//
// `bind(to)` calls to.bind(value) for each parameter in order; a row is read with read(column, value), integer(column)
// and text(column).
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/unicode.h"
#include "supervisor/store/columns.h"
#include "supervisor/store/contact_key.h"
#include "supervisor/store/dialect.h"
#include "supervisor/store/id_blocks.h"
#include "supervisor/store/statements.h"
#include "supervisor/store/statistics.h"

namespace outpost::supervisor {

template <class Row>
auto bind_columns(const Row& row) {
  return [&row](auto& to) { for_each_column(row, [&](std::string_view, const auto& value) { to.bind(value); }); };
}

template <class... Values>
auto bind_values(const Values&... values) {
  return [&values...](auto& to) { (to.bind(values), ...); };
}

template <class Row, class From>
Row row_of(From& from) {
  Row row;
  int column = 0;
  for_each_column(row, [&](std::string_view, auto& value) { from.read(column++, value); });
  return row;
}

// The columns of a record with those that its keys are in.
inline auto bind_stored(const Record& record) {
  return [&record, contact = contact_key(ContactKind::phone, record.contact_info),
          customer = contact_key(ContactKind::customer_id, record.customer_id)](auto& to) {
    bind_columns(record)(to);
    bind_values(contact, customer)(to);
  };
}

inline bool stable_columns_equal(const Record& a, const Record& b) {
  return a.contact_info == b.contact_info && a.chain_id == b.chain_id && a.chain_n == b.chain_n &&
         a.customer_id == b.customer_id;
}

// Rows that one page of records may cost, whatever the filter: some milliseconds on the reader's thread.
inline constexpr std::int64_t kRowsOfPageMax = 20'000;
inline constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

inline Sql page_by_index(const RecordFilter& filter) {
  if (filter.contact) return Sql::page_of_contact;
  if (filter.chain_id) return Sql::page_of_chain;
  // The index by customer id does not hold the records that have none.
  if (filter.customer_id && !is_blank(*filter.customer_id)) return Sql::page_of_customer;
  return Sql::page_of_list;
}

inline bool takes_any(const RecordFilter& filter) {
  return !filter.status && !filter.type && !filter.result && !filter.customer_id && !filter.agent_id &&
         !filter.due_from && !filter.due_till;
}

template <class Engine>
class SqlStore : public RecordStore {
 public:
  void hold(std::int64_t epoch) final { epoch_ = epoch; }
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
  Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) final {
    return one<Record>(Sql::record, bind_values(list_dbid, record_id));
  }
  Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) final {
    return all<Record>(Sql::chain, bind_values(list_dbid, chain_id, limit));
  }
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) final;
  Result<std::int64_t> chain_holder(std::int64_t list_dbid, std::int64_t chain_id) final {
    return number(Sql::chain_holder, bind_values(list_dbid, chain_id));
  }
  Result<std::int64_t> chain_of_customer(std::int64_t list_dbid, std::string_view customer_id) final {
    std::string key = contact_key(ContactKind::customer_id, customer_id);
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

  Result<> insert_handle(const Handle& handle) final { return write(Sql::insert_handle, bind_columns(handle)); }
  Result<std::optional<Handle>> handle(std::int64_t handle) final {
    return one<Handle>(Sql::handle, bind_values(handle));
  }
  Result<> touch_handle(std::int64_t handle, std::int64_t touched_at, bool call_reported) final {
    return write(Sql::touch_handle, bind_values(handle, touched_at, call_reported));
  }
  Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) final {
    return write(Sql::close_handle, bind_values(handle, closed_by, closed_at));
  }
  Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t touched_till, std::uint32_t limit) final {
    return all<Handle>(Sql::idle_handles, bind_values(after.touched_at, after.handle, touched_till, limit));
  }
  Result<std::vector<Handle>> handles_of_agent(std::string_view agent_id, std::int64_t after_handle,
                                               std::uint32_t limit) final {
    return all<Handle>(Sql::handles_of_agent, bind_values(agent_id, after_handle, limit));
  }
  Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) final {
    return all<HeldByAgent>(Sql::held_by_agents, bind_values(limit));
  }

  Result<bool> is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) final;
  Result<> add_do_not_call(const DoNotCallEntry& entry) final {
    std::string key = contact_key(entry.kind, entry.value);
    return write(Sql::add_do_not_call, [&](auto& to) {
      bind_columns(entry)(to);
      to.bind(key);
    });
  }
  Result<> remove_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) final {
    std::string key = contact_key(kind, value);
    return write(Sql::remove_do_not_call, bind_values(tenant_dbid, kind, key));
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

  Result<std::vector<Statistic>> statistics() final { return all<Statistic>(Sql::statistics, bind_values()); }

  Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) final;
  Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) final {
    return write(Sql::keep_answer, bind_values(key, Bytes{kept.fingerprint}, Bytes{kept.answer}, now));
  }
  Result<std::int64_t> forget_answers(std::int64_t before, std::int64_t limit) final {
    return engine().write_counted(Sql::forget_answers, bind_values(before, limit));
  }

  Result<std::optional<ImportState>> find_import(std::int64_t list_dbid, std::string_view source) final {
    return one<ImportState>(Sql::find_import, bind_values(list_dbid, source));
  }
  Result<std::optional<ImportState>> import(std::int64_t import_id) final {
    return one<ImportState>(Sql::import, bind_values(import_id));
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
  }
  void rolled_back() {
    statistics_delta_.clear();
    ids_.rolled_back();
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
    if (!read) return fail(std::move(read.error()));
    return value;
  }

  std::int64_t epoch_ = 0;  // 0: holds nothing
  std::uint64_t writes_ = 0;

 private:
  [[nodiscard]] Engine& engine() { return static_cast<Engine&>(*this); }

  template <class Bind>
  Result<> write(Sql id, Bind&& bind) {
    return engine().write(id, bind);
  }
  template <class Row, class Bind>
  Result<std::vector<Row>> all(Sql id, Bind&& bind) {
    std::vector<Row> rows;
    Result<> read = engine().read(id, bind, [&](auto& row) {
      rows.push_back(row_of<Row>(row));
      return true;
    });
    if (!read) return fail(std::move(read.error()));
    return rows;
  }
  template <class Row, class Bind>
  Result<std::optional<Row>> one(Sql id, Bind&& bind) {
    std::optional<Row> found;
    Result<> read = engine().read(id, bind, [&](auto& row) {
      found = row_of<Row>(row);
      return false;
    });
    if (!read) return fail(std::move(read.error()));
    return found;
  }
  template <class Row>
  Result<> read_all(Sql id, std::vector<Row>& rows) {
    Result<std::vector<Row>> read = all<Row>(id, bind_values());
    if (!read) return fail(std::move(read.error()));
    rows = std::move(*read);
    return {};
  }
  Result<> read_catalogue(Catalogue& all);
  Result<> read_fields(CallingList& list);
  Result<> read_lists(Campaign& campaign);
  Result<std::int64_t> end_of_page(std::int64_t list_dbid, const RecordFilter& filter);

  IdBlocks ids_;
  StatisticsDelta statistics_delta_;
};

// --- Identifiers -----------------------------------------------------------------------------------------------------

template <class Engine>
Result<std::int64_t> SqlStore<Engine>::take_ids(IdKind kind, std::int64_t n) {
  if (auto first = ids_.take(kind, n)) return *first;
  // Read with the transaction's lock held, or its epoch proved: nobody else raises a counter meanwhile.
  if (Result<> ready = engine().may_write(); !ready) return fail(std::move(ready.error()));
  Result<std::int64_t> stored = number(Sql::read_counter, bind_values(kind));
  if (!stored) return fail(std::move(stored.error()));
  std::int64_t end = ids_.reserve(kind, n, *stored);
  Result<> written = write(Sql::write_counter, bind_values(kind, end));
  if (!written) return fail(std::move(written.error()));
  --writes_;  // identifiers that were taken and not used are nothing that has to be taken back
  return *ids_.take(kind, n);
}

// --- Catalogue -------------------------------------------------------------------------------------------------------

template <class Engine>
Result<Catalogue> SqlStore<Engine>::catalogue() {
  Catalogue all;
  // One snapshot for all its tables: between two commits of another connection it would not fit together.
  if (Result<> read = engine().snapshot([&] { return read_catalogue(all); }); !read) {
    return fail(std::move(read.error()));
  }
  return all;
}

template <class Engine>
Result<> SqlStore<Engine>::read_catalogue(Catalogue& all) {
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
  return read;
}

template <class Engine>
Result<> SqlStore<Engine>::read_fields(CallingList& list) {
  return engine().read(Sql::calling_list_fields, bind_values(list.dbid), [&](auto& row) {
    list.custom_fields.emplace_back(row.text(0));
    return true;
  });
}

template <class Engine>
Result<> SqlStore<Engine>::read_lists(Campaign& campaign) {
  return engine().read(Sql::campaign_lists, bind_values(campaign.dbid), [&](auto& row) {
    campaign.lists.push_back({row.integer(0), static_cast<std::int32_t>(row.integer(1))});
    return true;
  });
}

template <class Engine>
Result<> SqlStore<Engine>::put(const CallingList& list) {
  Result<> done = write(Sql::put_calling_list, bind_columns(list));
  if (done) done = write(Sql::clear_fields, bind_values(list.dbid));
  int position = 0;
  for (const std::string& name : list.custom_fields) {
    if (done) done = write(Sql::insert_field, bind_values(list.dbid, position, name));
    ++position;
  }
  return done;
}

template <class Engine>
Result<> SqlStore<Engine>::put(const Campaign& campaign) {
  Result<> done = write(Sql::put_campaign, bind_columns(campaign));
  if (done) done = write(Sql::clear_campaign_lists, bind_values(campaign.dbid));
  int position = 0;
  for (const CampaignList& list : campaign.lists) {
    if (done)
      done = write(Sql::insert_campaign_list, bind_values(campaign.dbid, position, list.list_dbid, list.weight));
    ++position;
  }
  return done;
}

// --- Records ---------------------------------------------------------------------------------------------------------

template <class Engine>
Result<> SqlStore<Engine>::insert_record(const Record& record) {
  Result<> done = write(Sql::insert_record, bind_stored(record));
  if (done) statistics_delta_.inserted(record);
  return done;
}

template <class Engine>
Result<> SqlStore<Engine>::update_record(const Record& before, const Record& after) {
  Result<> done = stable_columns_equal(before, after)
                      ? engine().write_record(Sql::update_record, bind_columns(after), after)
                      : engine().write_record(Sql::replace_record, bind_stored(after), after);
  if (!done) return done;
  statistics_delta_.updated(before, after);
  return {};
}

template <class Engine>
Result<std::optional<std::int32_t>> SqlStore<Engine>::last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) {
  std::optional<std::int32_t> last;
  Result<> read = engine().read(Sql::last_in_chain, bind_values(list_dbid, chain_id), [&](auto& row) {
    last = static_cast<std::int32_t>(row.integer(0));
    return false;
  });
  if (!read) return fail(std::move(read.error()));
  return last;
}

// The first record_id that a page of the list does not look at. Found in the index alone.
template <class Engine>
Result<std::int64_t> SqlStore<Engine>::end_of_page(std::int64_t list_dbid, const RecordFilter& filter) {
  std::int64_t rows = takes_any(filter) ? std::min<std::int64_t>(filter.limit, kRowsOfPageMax) : kRowsOfPageMax;
  Result<std::int64_t> end = number(Sql::end_of_page, bind_values(list_dbid, filter.after_record_id, rows));
  if (end && *end == 0) return kNoEnd;
  return end;
}

template <class Engine>
Result<RecordPage> SqlStore<Engine>::records(std::int64_t list_dbid, const RecordFilter& filter) {
  CHECK(filter.limit > 0, "a page of records has room for one");
  Sql id = page_by_index(filter);
  std::int64_t end = kNoEnd;
  if (id == Sql::page_of_list) {
    Result<std::int64_t> found = end_of_page(list_dbid, filter);
    if (!found) return fail(std::move(found.error()));
    end = *found;
  }
  auto key = [](ContactKind kind, const std::optional<std::string>& value) {
    return value ? std::optional(contact_key(kind, *value)) : std::nullopt;
  };
  const auto contact = key(ContactKind::phone, filter.contact);
  const auto customer = key(ContactKind::customer_id, filter.customer_id);
  Result<std::vector<Record>> rows = all<Record>(id, [&](auto& to) {
    // One more than asked for tells whether there is more.
    bind_values(list_dbid, filter.after_record_id, end, std::int64_t{filter.limit} + 1)(to);
    auto bind = [&](const auto& value) { value ? to.bind(*value) : to.bind_null(); };
    bind(filter.status);
    bind(filter.type);
    bind(filter.result);
    bind(filter.chain_id);
    bind(contact);
    bind(customer);
    bind(filter.agent_id);
    bind(filter.due_from);
    bind(filter.due_till);
  });
  if (!rows) return fail(std::move(rows.error()));
  RecordPage page{std::move(*rows), end == kNoEnd ? 0 : end - 1};
  if (page.records.size() > filter.limit) {
    page.records.pop_back();
    page.next = page.records.back().record_id;
  }
  return page;
}

template <class Engine>
Result<std::unordered_set<std::string>> SqlStore<Engine>::known_contacts(std::int64_t list_dbid,
                                                                         std::span<const std::string_view> contacts) {
  std::vector<std::string> keys;
  keys.reserve(contacts.size());
  for (std::string_view contact : contacts) keys.push_back(contact_key(ContactKind::phone, contact));
  std::unordered_set<std::string> known;
  auto bind = [&](std::size_t i, auto& to) { bind_values(keys[i], list_dbid)(to); };
  auto each = [&](auto& row) {
    known.emplace(row.text(0));
    return true;
  };
  Result<> read = engine().snapshot([&] { return engine().read_many(Sql::known_contact, keys.size(), bind, each); });
  if (!read) return fail(std::move(read.error()));
  return known;
}

template <class Engine>
Result<std::vector<Record>> SqlStore<Engine>::records_with(ContactKind kind, std::string_view value,
                                                           std::int64_t after_list, std::int64_t after_record,
                                                           std::uint32_t limit) {
  Sql id = kind == ContactKind::phone ? Sql::records_with_phone : Sql::records_with_customer;
  std::string key = contact_key(kind, value);
  return all<Record>(id, bind_values(key, after_list, after_record, limit));
}

template <class Engine>
Result<std::int64_t> SqlStore<Engine>::count_records_with(std::int64_t tenant_dbid, ContactKind kind,
                                                          std::string_view value, std::uint32_t limit) {
  Sql id = kind == ContactKind::phone ? Sql::count_with_phone : Sql::count_with_customer;
  std::string key = contact_key(kind, value);
  std::int64_t count = 0;
  Result<> read = engine().read(id, bind_values(key, tenant_dbid, limit), [&](auto&) {
    ++count;
    return true;
  });
  if (!read) return fail(std::move(read.error()));
  return count;
}

// The statement of the queue, of those that begin with `first`.
inline Sql queue_statement(Sql first, const DialKey& key) {
  return static_cast<Sql>(static_cast<std::size_t>(first) + static_cast<std::size_t>(key.queue));
}

template <class To>
void bind_queue(To& to, const DialKey& key, const DialWindow& window) {
  to.bind(key.list_dbid);
  if (key.queue == DialQueue::personal_callbacks) {
    to.bind(key.agent_id);
  } else {
    to.bind(key.campaign_dbid);
  }
  to.bind(window.tz_dbid);
  to.bind(window.daily_from);
  to.bind(window.daily_till);
}

template <class Engine>
Result<std::vector<DialWindow>> SqlStore<Engine>::windows(const DialKey& key, const DialWindow& after,
                                                          std::uint32_t limit) {
  std::vector<DialWindow> found;
  DialWindow last = after;
  for (bool more = true; more && found.size() < limit;) {
    more = false;
    Result<> read = engine().read(
        queue_statement(Sql::next_window_personal, key), [&](auto& to) { bind_queue(to, key, last); },
        [&](auto& row) {
          row.read(0, last.tz_dbid);
          row.read(1, last.daily_from);
          row.read(2, last.daily_till);
          found.push_back(last);
          more = true;
          return false;
        });
    if (!read) return fail(std::move(read.error()));
  }
  return found;
}

template <class Engine>
Result<std::optional<Record>> SqlStore<Engine>::first_due(const DialKey& key, const DialWindow& window,
                                                          std::int64_t now) {
  return one<Record>(queue_statement(Sql::first_due_personal, key), [&](auto& to) {
    bind_queue(to, key, window);
    to.bind(now);
  });
}

// --- Do-not-call list, tokens, kept answers --------------------------------------------------------------------------

template <class Engine>
Result<bool> SqlStore<Engine>::is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) {
  std::string key = contact_key(kind, value);
  Result<std::int64_t> found = number(Sql::is_do_not_call, bind_values(tenant_dbid, kind, key));
  if (!found) return fail(std::move(found.error()));
  return *found != 0;
}

// Not bind_columns(): the digest is no text.
template <class Engine>
Result<> SqlStore<Engine>::insert_token(const Token& token) {
  return write(Sql::insert_token, bind_values(token.name, Bytes{token.digest}, token.resources, token.requests,
                                              token.created_at, token.expires_at));
}

template <class Engine>
Result<std::optional<KeptAnswer>> SqlStore<Engine>::kept_answer(std::string_view key) {
  std::optional<KeptAnswer> kept;
  Result<> read = engine().read(Sql::kept_answer, bind_values(key), [&](auto& row) {
    kept = KeptAnswer{std::string(row.text(0)), std::string(row.text(1))};
    return false;
  });
  if (!read) return fail(std::move(read.error()));
  return kept;
}

}  // namespace outpost::supervisor
