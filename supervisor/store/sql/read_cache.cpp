#include "supervisor/store/sql/read_cache.h"

#include <algorithm>
#include <iterator>

#include "supervisor/store/contact_key.h"
#include "supervisor/store/sql/columns.h"

namespace outpost::supervisor {

namespace {

template <class Map, class Key>
auto* find_in(Map& map, const Key& key) {
  auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

DialWindow window_of(const Record& record) { return {record.tz_dbid, record.daily_from, record.daily_till}; }

// The queue that a preview would find the record in; nothing when it is not to be taken.
std::optional<DialKey> queue_key(const Record& record) {
  using enum protocol::RecordStatus;
  if (record.record_status != static_cast<std::int32_t>(ready) || record.handle != 0) return std::nullopt;
  // As the conditions of the indexes say it.
  switch (record.record_type) {
    case 2: return DialKey{record.list_dbid, DialQueue::general, {}, 0};
    case 3:
    case 6: return DialKey{record.list_dbid, DialQueue::campaign_callbacks, {}, record.campaign_dbid};
    case 4:
    case 5: return DialKey{record.list_dbid, DialQueue::personal_callbacks, record.agent_id, 0};
    default: return std::nullopt;
  }
}

}  // namespace

void ReadCache::clear() {
  kept_.clear();
  handles_.clear();
  records_.clear();
  chains_.clear();
  ends_.clear();
  customers_.clear();
  listed_.clear();
  pages_.clear();
  counts_.clear();
  agents_.clear();
  queues_.clear();
}

// --- What is known ---------------------------------------------------------------------------------------------------

const std::optional<KeptAnswer>* ReadCache::kept(std::string_view key) const { return find_in(kept_, key); }

const std::optional<Handle>* ReadCache::handle(std::int64_t handle) const { return find_in(handles_, handle); }

const Record* ReadCache::record(std::int64_t list, std::int64_t id) const {
  return find_in(records_, RecordKey{list, id});
}

std::vector<Record> ReadCache::rows(const std::vector<RecordKey>& keys) const {
  std::vector<Record> records;
  records.reserve(keys.size());
  for (const RecordKey& key : keys) records.push_back(records_.at(key));
  return records;
}

ReadCache::Known<std::vector<Record>> ReadCache::chain(std::int64_t list, std::int64_t chain,
                                                       std::uint32_t limit) const {
  const auto* whole = find_in(chains_, ChainKey{list, chain});
  if (!whole) return std::nullopt;
  if (whole->size() <= limit) return rows(*whole);
  return rows({whole->begin(), whole->begin() + limit});
}

ReadCache::Known<ReadCache::ChainEnd> ReadCache::chain_end(std::int64_t list, std::int64_t chain) const {
  const auto* whole = find_in(chains_, ChainKey{list, chain});
  if (!whole) {
    const auto* end = find_in(ends_, ChainKey{list, chain});
    return end ? Known<ChainEnd>(*end) : std::nullopt;
  }
  ChainEnd end;
  for (const RecordKey& key : *whole) {
    const Record& record = records_.at(key);
    end.last = record.chain_n;
    if (record.handle != 0) end.holder = record.handle;
  }
  return end;
}

ReadCache::Known<std::int64_t> ReadCache::customer_chain(std::int64_t list, const std::string& key) const {
  const auto* chain = find_in(customers_, std::pair{list, key});
  return chain ? Known<std::int64_t>(*chain) : std::nullopt;
}

ReadCache::Known<bool> ReadCache::listed(std::int64_t tenant, ContactKind kind, const std::string& key) const {
  const auto* listed = find_in(listed_, ContactKey{tenant, kind, key});
  return listed ? Known<bool>(*listed) : std::nullopt;
}

ReadCache::Known<std::vector<Record>> ReadCache::records_with(ContactKind kind, const std::string& key,
                                                              std::uint32_t limit) const {
  const Page* page = find_in(pages_, std::pair{kind, key});
  if (!page || page->limit != limit) return std::nullopt;
  return rows(page->records);
}

ReadCache::Known<std::int64_t> ReadCache::count(std::int64_t tenant, ContactKind kind, const std::string& key,
                                                std::uint32_t limit) const {
  const Count* known = find_in(counts_, std::tuple{kind, key, tenant});
  if (!known || known->limit < limit) return std::nullopt;
  return std::min<std::int64_t>(known->count, limit);
}

ReadCache::Known<std::vector<Handle>> ReadCache::open_handles(std::string_view agent, std::uint32_t limit) const {
  const auto* numbers = find_in(agents_, agent);
  if (!numbers) return std::nullopt;
  std::vector<Handle> open;
  for (std::int64_t number : *numbers) {
    const std::optional<Handle>& handle = handles_.at(number);
    if (handle && handle->closed_by.empty() && open.size() < limit) open.push_back(*handle);
  }
  return open;
}

ReadCache::Known<std::vector<DialWindow>> ReadCache::windows(const DialKey& key, const DialWindow& after,
                                                             std::uint32_t limit) const {
  const Queue* queue = find_in(queues_, dial_key(key));
  if (!queue || !queue->all_windows) return std::nullopt;
  std::vector<DialWindow> found;
  for (auto at = queue->windows.upper_bound(after); at != queue->windows.end() && found.size() < limit; ++at) {
    found.push_back(*at);
  }
  return found;
}

ReadCache::Known<std::optional<Record>> ReadCache::first_due(const DialKey& key, const DialWindow& window,
                                                             std::int64_t now) const {
  const Queue* queue = find_in(queues_, dial_key(key));
  const Due* due = queue ? find_in(queue->due, window) : nullptr;
  if (!due) return std::nullopt;
  // What becomes due after `till` stands behind all that was due then.
  if (!due->places.empty()) {
    const Place& first = *due->places.begin();
    if (first.dial_sched_time > now) return std::optional<Record>();
    return std::optional(records_.at({key.list_dbid, first.record_id}));
  }
  if (due->bound || now > due->till) return std::nullopt;
  return std::optional<Record>();
}

// --- What was read ---------------------------------------------------------------------------------------------------

void ReadCache::know_chain(std::int64_t list, std::int64_t chain, const std::vector<Record>& records) {
  std::vector<RecordKey>& whole = chains_[{list, chain}];
  whole.clear();
  for (const Record& record : records) {
    know_record(record);
    whole.emplace_back(record.list_dbid, record.record_id);
  }
}

void ReadCache::know_records_with(ContactKind kind, std::string key, std::uint32_t limit,
                                  const std::vector<Record>& records) {
  Page page{limit, {}};
  for (const Record& record : records) {
    know_record(record);
    page.records.emplace_back(record.list_dbid, record.record_id);
  }
  pages_[{kind, std::move(key)}] = std::move(page);
}

void ReadCache::know_open_handles(std::string agent, const std::vector<Handle>& handles) {
  std::vector<std::int64_t>& numbers = agents_[std::move(agent)];
  numbers.clear();
  for (const Handle& handle : handles) {
    know_handle(handle.handle, handle);
    numbers.push_back(handle.handle);
  }
}

void ReadCache::know_windows(const DialKey& key, const std::vector<DialWindow>& windows) {
  Queue& queue = queues_[dial_key(key)];
  queue.windows = {windows.begin(), windows.end()};
  queue.all_windows = true;
}

void ReadCache::know_due(const DialKey& key, const DialWindow& window, const std::vector<Record>& records,
                         std::int64_t now, bool all) {
  Due& due = queues_[dial_key(key)].due[window];
  due = {{}, now, std::nullopt};
  for (const Record& record : records) {
    know_record(record);
    due.places.insert({record.dial_sched_time, record.record_id});
  }
  if (!all && !due.places.empty()) due.bound = *due.places.rbegin();
}

// --- What was written ------------------------------------------------------------------------------------------------

ReadCache::Queue* ReadCache::queue_of(const Record& record) {
  if (queues_.empty()) return nullptr;
  auto key = queue_key(record);
  return key ? find_in(queues_, *key) : nullptr;
}

void ReadCache::leave_queue(const Record& record) {
  Queue* queue = queue_of(record);
  Due* due = queue ? find_in(queue->due, window_of(record)) : nullptr;
  if (due) due->places.erase({record.dial_sched_time, record.record_id});
}

void ReadCache::join_queue(const Record& record) {
  Queue* queue = queue_of(record);
  if (!queue) return;
  queue->windows.insert(window_of(record));
  Due* due = find_in(queue->due, window_of(record));
  Place place{record.dial_sched_time, record.record_id};
  if (due && place.dial_sched_time <= due->till && (!due->bound || place < *due->bound)) due->places.insert(place);
}

// What is known of the records of its contacts.
void ReadCache::forget_contacts(const Record& record) {
  for (ContactKind kind : {ContactKind::phone, ContactKind::customer_id}) {
    if (pages_.empty() && counts_.empty()) return;
    std::string key = contact_key(kind, kind == ContactKind::phone ? record.contact_info : record.customer_id);
    pages_.erase({kind, key});
    auto first = counts_.lower_bound({kind, key, INT64_MIN});
    auto last = counts_.upper_bound({kind, key, INT64_MAX});
    counts_.erase(first, last);
  }
}

void ReadCache::inserted(const Record& record) {
  know_record(record);
  join_queue(record);
  forget_contacts(record);
  if (!customers_.empty()) {
    std::string key = contact_key(ContactKind::customer_id, record.customer_id);
    auto* chain = find_in(customers_, std::pair{record.list_dbid, key});
    // The latest record of the customer: numbers of records rise. A chain begins with the record that it is named
    // after.
    if (chain) *chain = record.chain_id;
    if (chain && record.chain_id == record.record_id) ends_.try_emplace({record.list_dbid, record.chain_id});
  }
  const ChainKey place{record.list_dbid, record.chain_id};
  if (auto* whole = find_in(chains_, place)) {
    bool last = whole->empty() || records_.at(whole->back()).chain_n < record.chain_n;
    if (last) whole->emplace_back(record.list_dbid, record.record_id);
    if (!last) chains_.erase(place);
  }
  ChainEnd* end = find_in(ends_, place);
  if (!end) return;
  end->last = std::max(end->last.value_or(record.chain_n), record.chain_n);
  if (record.handle != 0) end->holder = record.handle;
}

void ReadCache::updated(const Record& before, const Record& after) {
  know_record(after);
  leave_queue(before);
  join_queue(after);
  if (!stable_columns_equal(before, after)) {
    for (const Record* record : {&before, &after}) {
      forget_contacts(*record);
      chains_.erase({record->list_dbid, record->chain_id});
      ends_.erase({record->list_dbid, record->chain_id});
    }
    customers_.clear();
  }
  if (before.handle != after.handle) ends_.erase({after.list_dbid, after.chain_id});
}

void ReadCache::inserted(const Handle& handle) {
  know_handle(handle.handle, handle);
  if (auto* numbers = find_in(agents_, handle.agent_id)) {
    numbers->insert(std::ranges::upper_bound(*numbers, handle.handle), handle.handle);
  }
}

void ReadCache::touched(std::int64_t number, std::int64_t at, bool reported) {
  auto* handle = find_in(handles_, number);
  if (!handle || !*handle) return;
  (*handle)->touched_at = at;
  (*handle)->call_reported = reported;
}

void ReadCache::closed(std::int64_t number, std::string_view by, std::int64_t at) {
  auto* handle = find_in(handles_, number);
  if (!handle || !*handle) return;
  (*handle)->closed_by = by;
  (*handle)->closed_at = at;
}

void ReadCache::validated(std::int64_t number, std::int64_t at) {
  auto* handle = find_in(handles_, number);
  if (!handle || !*handle) return;
  (*handle)->validating = false;
  (*handle)->touched_at = at;
}

void ReadCache::forgot_answers() {
  std::erase_if(kept_, [](const auto& entry) { return entry.second.has_value(); });
}

}  // namespace outpost::supervisor
