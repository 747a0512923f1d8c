// Records in SqlStore: which are written and counted, which page of them is looked at. Part of sql_store.h.
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
#include "supervisor/store/contact_key.h"
#include "supervisor/store/sql/sql_store.h"

namespace outpost::supervisor {

// The columns of a record with those that its keys are in.
inline auto bind_stored(const Record& record) {
  return [&record, contact = contact_key(ContactKind::phone, record.contact_info),
          customer = contact_key(ContactKind::customer_id, record.customer_id)](auto& to) {
    bind_columns(record)(to);
    bind_values(contact, customer)(to);
  };
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

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::insert_record(const Record& record) {
  Result<> done = write(Sql::insert_record, bind_stored(record));
  if (!done) return done;
  statistics_delta_.inserted(record);
  return noted({}, [&](auto& cache) { cache.inserted(record); });
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::update_record(const Record& before, const Record& after) {
  Result<> done = stable_columns_equal(before, after)
                      ? engine().write_record(Sql::update_record, bind_columns(after), after)
                      : engine().write_record(Sql::replace_record, bind_stored(after), after);
  if (!done) return done;
  statistics_delta_.updated(before, after);
  return noted({}, [&](auto& cache) { cache.updated(before, after); });
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::delete_record(const Record& record) {
  Result<> done = engine().write_record(Sql::delete_record, bind_values(record.record_id, record.list_dbid), record);
  if (!done) return done;
  statistics_delta_.deleted(record);
  // Only an operator deletes: what else the transaction knows is read again.
  return noted({}, [](auto& cache) { cache.clear(); });
}

template <class Engine, class Cache>
Result<std::optional<std::int32_t>> SqlStore<Engine, Cache>::last_in_chain(std::int64_t list_dbid,
                                                                           std::int64_t chain_id) {
  if constexpr (Cache::kUsed) {
    if (auto known = cache_.chain_end(list_dbid, chain_id)) return known->last;
  }
  std::optional<std::int32_t> last;
  Result<> read = engine().read(Sql::last_in_chain, bind_values(list_dbid, chain_id), [&](auto& row) {
    last = static_cast<std::int32_t>(row.integer(0));
    return false;
  });
  if (!read) return pass(read);
  return last;
}

// The first record_id that a page of the list does not look at. Found in the index alone.
template <class Engine, class Cache>
Result<std::int64_t> SqlStore<Engine, Cache>::end_of_page(std::int64_t list_dbid, const RecordFilter& filter) {
  std::int64_t rows = takes_any(filter) ? std::min<std::int64_t>(filter.limit, kRowsOfPageMax) : kRowsOfPageMax;
  Result<std::int64_t> end = number(Sql::end_of_page, bind_values(list_dbid, filter.after_record_id, rows));
  if (end && *end == 0) return kNoEnd;
  return end;
}

template <class Engine, class Cache>
Result<RecordPage> SqlStore<Engine, Cache>::records(std::int64_t list_dbid, const RecordFilter& filter) {
  ENSURE(filter.limit > 0, "a page of records has room for one");
  Sql id = page_by_index(filter);
  std::int64_t end = kNoEnd;
  if (id == Sql::page_of_list) {
    Result<std::int64_t> found = end_of_page(list_dbid, filter);
    if (!found) return pass(found);
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
  if (!rows) return pass(rows);
  RecordPage page{std::move(*rows), end == kNoEnd ? 0 : end - 1};
  if (page.records.size() > filter.limit) {
    page.records.pop_back();
    page.next = page.records.back().record_id;
  }
  return page;
}

template <class Engine, class Cache>
Result<std::unordered_set<std::string>> SqlStore<Engine, Cache>::known_contacts(
    std::int64_t list_dbid, std::span<const std::string_view> contacts) {
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
  if (!read) return pass(read);
  return known;
}

template <class Engine, class Cache>
Result<std::vector<Record>> SqlStore<Engine, Cache>::records_with(ContactKind kind, std::string_view value,
                                                                  std::int64_t after_list, std::int64_t after_record,
                                                                  std::uint32_t limit) {
  Sql id = kind == ContactKind::phone ? Sql::records_with_phone : Sql::records_with_customer;
  std::string key = contact_key(kind, value);
  if constexpr (Cache::kUsed) {
    bool first = after_list == 0 && after_record == 0;
    auto known = first ? cache_.records_with(kind, key, limit) : std::nullopt;
    if (known) return *std::move(known);
  }
  return all<Record>(id, bind_values(key, after_list, after_record, limit));
}

template <class Engine, class Cache>
Result<std::int64_t> SqlStore<Engine, Cache>::count_records_with(std::int64_t tenant_dbid, ContactKind kind,
                                                                 std::string_view value, std::uint32_t limit) {
  Sql id = kind == ContactKind::phone ? Sql::count_with_phone : Sql::count_with_customer;
  std::string key = contact_key(kind, value);
  if constexpr (Cache::kUsed) {
    if (auto known = cache_.count(tenant_dbid, kind, key, limit)) return *known;
  }
  std::int64_t count = 0;
  Result<> read = engine().read(id, bind_values(key, tenant_dbid, limit), [&](auto&) {
    ++count;
    return true;
  });
  if (!read) return pass(read);
  return count;
}

}  // namespace outpost::supervisor
