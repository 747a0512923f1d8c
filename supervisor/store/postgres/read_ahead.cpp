#include "supervisor/store/postgres/read_ahead.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/unicode.h"
#include "supervisor/store/contact_key.h"
#include "supervisor/store/postgres/statements.h"
#include "supervisor/store/sql/binding.h"

namespace outpost::supervisor {

namespace {

constexpr std::uint32_t kChainRows = protocol::kChainRecordsMax;
// A queue with more windows is looked into page by page, as it is without reading ahead.
constexpr std::uint32_t kWindowsMax = 511;
// What an agent may hold to be foreseen; more is read when it is asked for.
constexpr std::uint32_t kHandlesMax = 1000;
// Records beyond one for each preview: some are blocked, or held with their chain.
constexpr std::uint32_t kSpareRecords = 4;
// Of a window that does not stand first.
constexpr std::uint32_t kLaterRecords = 8;
const Foresight::OfHandle kNothingCounted;

template <class Row>
std::vector<Row> rows_of(const PgRows& rows) {
  std::vector<Row> all;
  all.reserve(static_cast<std::size_t>(rows.count()));
  for (int i = 0; i < rows.count(); ++i) {
    PgRow row(rows, i);
    all.push_back(row_of<Row>(row));
  }
  return all;
}

std::size_t place_in(PgSql first, DialQueue queue) { return place_of(first) + static_cast<std::size_t>(queue); }

void bind_owner(PgParams& to, const DialKey& key) {
  to.bind(key.list_dbid);
  if (key.queue == DialQueue::personal_callbacks) {
    to.bind(std::string_view(key.agent_id));
  } else {
    to.bind(key.campaign_dbid);
  }
}

}  // namespace

// A failure shows when all is settled.
template <class Take>
void ReadAhead::send(std::size_t statement, const PgParams& params, Take take) {
  static_cast<void>(pipeline_.limit());
  pipeline_.send(statement, params, std::move(take));
}

void ReadAhead::ask() {
  asked_.clear();
  for (const std::string& key : foresight_.idempotency_keys) ask_kept(key);
  for (const auto& [handle, what] : foresight_.handles) ask_handle(handle, what);
  for (const Chain& chain : foresight_.joined_chains) chain_ends_.insert(chain);
  for (const auto& [list, customer] : foresight_.joined_customers) ask_customer(list, customer);
  for (const Foresight::Contact& contact : foresight_.contacts) ask_contact(contact);
  for (const Foresight::Contact& contact : foresight_.listed) ask_listed(contact);
  for (const std::string& agent : foresight_.agents) ask_agent(agent);
  for (const auto& [key, previews] : foresight_.dials) ask_dial(key);
  for (const Chain& chain : std::exchange(chain_ends_, {})) ask_chain_end(chain);
}

Result<> ReadAhead::settle() {
  do {
    if (Result<> done = pipeline_.settle(); !done) return done;
  } while (ask_more());
  return {};
}

bool ReadAhead::ask_more() {
  bool more = !chains_.empty() || !chain_ends_.empty() || !handles_.empty() || !due_.empty() || !counts_.empty();
  for (const Chain& chain : std::exchange(chains_, {})) ask_chain(chain);
  for (const Chain& chain : std::exchange(chain_ends_, {})) ask_chain_end(chain);
  for (std::int64_t handle : std::exchange(handles_, {})) ask_chain_of(handle, kNothingCounted);
  for (const Due& due : std::exchange(due_, {})) ask_due(due.key, due.window, due.records);
  for (const Foresight::Contact& count : std::exchange(counts_, {})) {
    ask_count(count.tenant_dbid, count.kind, count.value);
  }
  return more;
}

// --- Handles and chains ----------------------------------------------------------------------------------------------

void ReadAhead::ask_kept(const std::string& key) {
  send(place_of(Sql::kept_answer), PgParams(std::string_view(key)), [this, &key](const PgRows& rows) {
    std::optional<KeptAnswer> kept;
    if (rows.count() > 0) kept = KeptAnswer{std::string(rows.text(0, 0)), std::string(rows.text(0, 1))};
    cache_.know_kept(key, std::move(kept));
  });
}

void ReadAhead::ask_handle(std::int64_t handle, const Foresight::OfHandle& what) {
  send(place_of(Sql::handle), PgParams(handle), [this, handle](const PgRows& rows) {
    std::vector<Handle> found = rows_of<Handle>(rows);
    cache_.know_handle(handle, found.empty() ? std::nullopt : std::optional(std::move(found.front())));
  });
  ask_chain_of(handle, what);
}

void ReadAhead::ask_chain_of(std::int64_t handle, const Foresight::OfHandle& what) {
  send(place_of(PgSql::chain_of_handle), PgParams(handle, kChainRows), [this, handle, &what](const PgRows& rows) {
    std::vector<Record> chain = rows_of<Record>(rows);
    if (chain.empty()) return;
    for (const Record& record : chain) {
      cache_.know_record(record);
      count_later(what, record, record.handle == handle);
    }
    if (chain.size() == kChainRows) return;
    cache_.know_chain(chain.front().list_dbid, chain.front().chain_id, chain);
  });
}

void ReadAhead::count_later(const Foresight::OfHandle& what, const Record& record, bool held) {
  bool phone = what.chain_counted || (what.phone_counted && held);
  bool customer = held && !what.customer_counted.empty();
  if (!phone && !customer) return;
  const std::int64_t tenant = foresight_.tenant_of(record.list_dbid);
  if (phone) counts_.push_back({tenant, ContactKind::phone, record.contact_info});
  if (customer) counts_.push_back({tenant, ContactKind::customer_id, what.customer_counted});
}

void ReadAhead::ask_chain(Chain chain) {
  send(place_of(Sql::chain), PgParams(chain.first, chain.second, kChainRows), [this, chain](const PgRows& rows) {
    if (static_cast<std::uint32_t>(rows.count()) == kChainRows) return;
    std::vector<Record> records = rows_of<Record>(rows);
    auto counted = counted_chains_.find(chain);
    if (counted != counted_chains_.end()) {
      for (const Record& record : records) {
        counts_.push_back({counted->second, ContactKind::phone, record.contact_info});
      }
    }
    cache_.know_chain(chain.first, chain.second, records);
  });
}

void ReadAhead::ask_chain_end(Chain chain) {
  // The holder is put in behind the last record.
  send(place_of(Sql::last_in_chain), PgParams(chain.first, chain.second), [this, chain](const PgRows& rows) {
    ReadCache::ChainEnd end;
    if (rows.count() > 0) end.last = static_cast<std::int32_t>(rows.integer(0, 0));
    cache_.know_chain_end(chain.first, chain.second, end);
  });
  send(place_of(Sql::chain_holder), PgParams(chain.first, chain.second), [this, chain](const PgRows& rows) {
    auto end = cache_.chain_end(chain.first, chain.second);
    if (!end || rows.count() == 0) return;
    end->holder = rows.integer(0, 0);
    cache_.know_chain_end(chain.first, chain.second, *end);
  });
}

// --- Contacts and agents ---------------------------------------------------------------------------------------------

void ReadAhead::ask_customer(std::int64_t list, const std::string& customer_id) {
  std::string key = contact_key(ContactKind::customer_id, customer_id);
  const PgParams params(list, std::string_view(key));
  send(place_of(Sql::chain_of_customer), params, [this, list, key](const PgRows& rows) {
    const std::int64_t chain = rows.count() > 0 ? rows.integer(0, 0) : 0;
    cache_.know_customer_chain(list, key, chain);
    if (chain != 0) chain_ends_.insert({list, chain});
  });
}

void ReadAhead::ask_contact(const Foresight::Contact& contact) {
  std::string key = contact_key(contact.kind, contact.value);
  Sql id = contact.kind == ContactKind::phone ? Sql::records_with_phone : Sql::records_with_customer;
  const PgParams params(std::string_view(key), 0, 0, kContactPageRecords);
  send(place_of(id), params, [this, &contact, key](const PgRows& rows) {
    std::vector<Record> found = rows_of<Record>(rows);
    for (const Record& record : found) {
      chains_.insert({record.list_dbid, record.chain_id});
      if (contact.chains_counted) counted_chains_[{record.list_dbid, record.chain_id}] = contact.tenant_dbid;
    }
    cache_.know_records_with(contact.kind, key, kContactPageRecords, found);
  });
  if (contact.counted) ask_count(contact.tenant_dbid, contact.kind, contact.value);
}

void ReadAhead::ask_listed(const Foresight::Contact& contact) {
  std::string key = contact_key(contact.kind, contact.value);
  const PgParams params(contact.tenant_dbid, static_cast<std::int64_t>(contact.kind), std::string_view(key));
  send(place_of(Sql::is_do_not_call), params, [this, &contact, key](const PgRows& rows) {
    cache_.know_listed(contact.tenant_dbid, contact.kind, key, rows.count() > 0);
  });
}

void ReadAhead::ask_count(std::int64_t tenant, ContactKind kind, const std::string& value) {
  std::string key = contact_key(kind, value);
  Sql id = kind == ContactKind::phone ? Sql::count_with_phone : Sql::count_with_customer;
  const PgParams params(std::string_view(key), tenant, kCountedMax);
  send(place_of(id), params, [this, tenant, kind, key](const PgRows& rows) {
    cache_.know_count(tenant, kind, key, kCountedMax, rows.count());
  });
}

void ReadAhead::ask_agent(const std::string& agent) {
  const PgParams params(std::string_view(agent), 0, kHandlesMax);
  send(place_of(Sql::handles_of_agent), params, [this, &agent](const PgRows& rows) {
    std::vector<Handle> handles = rows_of<Handle>(rows);
    for (const Handle& handle : handles) handles_.insert(handle.handle);
    if (handles.size() < kHandlesMax) cache_.know_open_handles(agent, handles);
  });
}

// --- Queues ----------------------------------------------------------------------------------------------------------

void ReadAhead::ask_dial(const DialKey& key) {
  PgParams params;
  bind_owner(params, key);
  params.bind(kWindowsMax + 1);
  send(place_in(PgSql::windows_personal, key.queue), params, [this, &key](const PgRows& rows) {
    std::vector<DialWindow> windows;
    for (int i = 0; i < rows.count(); ++i) {
      windows.push_back({rows.integer(i, 0), static_cast<std::int32_t>(rows.integer(i, 1)),
                         static_cast<std::int32_t>(rows.integer(i, 2))});
    }
    take_windows(key, std::move(windows));
  });
  auto last = last_windows_.find(key);
  if (last == last_windows_.end()) return;
  each_open(key, last->second, [&](const DialWindow& window, std::uint32_t records) { ask_due(key, window, records); });
}

// Of the window that stands first most is wanted; it is seldom used up.
template <class Each>
void ReadAhead::each_open(const DialKey& key, const std::vector<DialWindow>& windows, Each&& each) {
  std::uint32_t records = due_records(key);
  for (const DialWindow& window : foresight_.open_windows(windows)) {
    each(window, records);
    records = std::min(records, kLaterRecords);
  }
}

void ReadAhead::take_windows(const DialKey& key, std::vector<DialWindow> windows) {
  if (windows.size() > kWindowsMax) return;
  cache_.know_windows(key, windows);
  const std::set<DialWindow>& asked = asked_[key];
  each_open(key, windows, [&](const DialWindow& window, std::uint32_t records) {
    if (!asked.contains(window)) due_.push_back({key, window, records});
  });
  // Those of personal callbacks are an agent's, and mostly there are none.
  if (key.queue != DialQueue::personal_callbacks) last_windows_[key] = std::move(windows);
}

std::uint32_t ReadAhead::due_records(const DialKey& key) const {
  auto previews = foresight_.dials.find(key);
  return (previews == foresight_.dials.end() ? 1 : previews->second) + kSpareRecords;
}

void ReadAhead::ask_due(const DialKey& key, const DialWindow& window) { ask_due(key, window, due_records(key)); }

void ReadAhead::ask_due(const DialKey& key, const DialWindow& window, std::uint32_t records) {
  if (!asked_[key].insert(window).second) return;
  PgParams params;
  bind_owner(params, key);
  params.bind(window.tz_dbid);
  params.bind(window.daily_from);
  params.bind(window.daily_till);
  params.bind(foresight_.now);
  params.bind(foresight_.tenant_of(key.list_dbid));
  params.bind(records);
  send(place_in(PgSql::next_due_personal, key.queue), params,
       [this, key, window, records](const PgRows& rows) { take_due(key, window, records, rows); });
}

void ReadAhead::take_due(const DialKey& key, const DialWindow& window, std::uint32_t limit, const PgRows& rows) {
  constexpr int kColumns = static_cast<int>(protocol::kRecordColumns.size());
  const std::int64_t tenant = foresight_.tenant_of(key.list_dbid);
  std::vector<Record> records = rows_of<Record>(rows);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    const int row = static_cast<int>(i);
    cache_.know_listed(tenant, ContactKind::phone, contact_key(ContactKind::phone, record.contact_info),
                       rows.integer(row, kColumns) != 0);
    cache_.know_listed(tenant, ContactKind::customer_id, contact_key(ContactKind::customer_id, record.customer_id),
                       rows.integer(row, kColumns + 1) != 0);
    if (rows.integer(row, kColumns + 2) > 1) {
      chains_.insert({record.list_dbid, record.chain_id});
    } else {
      cache_.know_chain(record.list_dbid, record.chain_id, {record});
    }
  }
  cache_.know_due(key, window, records, foresight_.now, records.size() < limit);
}

}  // namespace outpost::supervisor
