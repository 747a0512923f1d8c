// What one transaction has read, as its own writes have left it. Nobody else writes meanwhile, so what is known here is
// what the store would answer. Of records every one that was read is known; the rest is known when it was read ahead.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "supervisor/store/foresight.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// Of an engine whose reads cost less than remembering them.
class NoCache {
 public:
  static constexpr bool kUsed = false;
};

// A null or an empty optional: not known.
class ReadCache {
 public:
  static constexpr bool kUsed = true;
  struct ChainEnd {
    std::optional<std::int32_t> last;
    std::int64_t holder = 0;
  };
  template <class T>
  using Known = std::optional<T>;

  void clear();

  // --- What is known
  [[nodiscard]] const std::optional<KeptAnswer>* kept(std::string_view key) const;
  [[nodiscard]] const std::optional<Handle>* handle(std::int64_t handle) const;
  [[nodiscard]] const Record* record(std::int64_t list, std::int64_t id) const;
  [[nodiscard]] Known<std::vector<Record>> chain(std::int64_t list, std::int64_t chain, std::uint32_t limit) const;
  [[nodiscard]] Known<ChainEnd> chain_end(std::int64_t list, std::int64_t chain) const;
  [[nodiscard]] Known<std::int64_t> customer_chain(std::int64_t list, const std::string& key) const;
  [[nodiscard]] Known<bool> listed(std::int64_t tenant, ContactKind kind, const std::string& key) const;
  // The first page of records_with().
  [[nodiscard]] Known<std::vector<Record>> records_with(ContactKind kind, const std::string& key,
                                                        std::uint32_t limit) const;
  [[nodiscard]] Known<std::int64_t> count(std::int64_t tenant, ContactKind kind, const std::string& key,
                                          std::uint32_t limit) const;
  [[nodiscard]] Known<std::vector<Handle>> open_handles(std::string_view agent, std::uint32_t limit) const;
  // May hold windows that have just become empty.
  [[nodiscard]] Known<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after,
                                                       std::uint32_t limit) const;
  [[nodiscard]] Known<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window,
                                                       std::int64_t now) const;

  // --- What was read. It comes from the store with all that was written so far.
  void know_kept(std::string key, std::optional<KeptAnswer> answer) { kept_[std::move(key)] = std::move(answer); }
  void know_handle(std::int64_t number, std::optional<Handle> handle) { handles_[number] = std::move(handle); }
  void know_record(const Record& record) { records_[{record.list_dbid, record.record_id}] = record; }
  // All of it.
  void know_chain(std::int64_t list, std::int64_t chain, const std::vector<Record>& records);
  void know_chain_end(std::int64_t list, std::int64_t chain, ChainEnd end) { ends_[{list, chain}] = end; }
  void know_customer_chain(std::int64_t list, std::string key, std::int64_t chain) {
    customers_[{list, std::move(key)}] = chain;
  }
  void know_listed(std::int64_t tenant, ContactKind kind, std::string key, bool listed) {
    listed_[{tenant, kind, std::move(key)}] = listed;
  }
  void know_records_with(ContactKind kind, std::string key, std::uint32_t limit, const std::vector<Record>& records);
  void know_count(std::int64_t tenant, ContactKind kind, std::string key, std::uint32_t limit, std::int64_t count) {
    counts_[{kind, std::move(key), tenant}] = {limit, count};
  }
  // All of them.
  void know_open_handles(std::string agent, const std::vector<Handle>& handles);
  // All of them.
  void know_windows(const DialKey& key, const std::vector<DialWindow>& windows);
  // The first of those that are due; `all`: there are no others.
  void know_due(const DialKey& key, const DialWindow& window, const std::vector<Record>& records, std::int64_t now,
                bool all);

  // --- What was written
  void inserted(const Record& record);
  void updated(const Record& before, const Record& after);
  void inserted(const Handle& handle);
  void touched(std::int64_t handle, std::int64_t at, bool reported);
  void closed(std::int64_t handle, std::string_view by, std::int64_t at);
  void validated(std::int64_t handle, std::int64_t at);
  // Old answers were removed. Those that are not there, or were kept just now, are the same as before.
  void forgot_answers();

 private:
  using RecordKey = std::pair<std::int64_t, std::int64_t>;                // list, record
  using ChainKey = std::pair<std::int64_t, std::int64_t>;                 // list, chain
  using ContactKey = std::tuple<std::int64_t, ContactKind, std::string>;  // tenant, kind, key
  struct Place {
    std::int64_t dial_sched_time;
    std::int64_t record_id;
    auto operator<=>(const Place&) const = default;
  };
  struct Due {
    std::set<Place> places;
    std::int64_t till = 0;       // no other that is due at this time ...
    std::optional<Place> bound;  // ... stands before this place
  };
  struct Queue {
    std::set<DialWindow> windows;
    bool all_windows = false;
    std::map<DialWindow, Due> due;
  };
  struct Page {
    std::uint32_t limit;
    std::vector<RecordKey> records;
  };
  struct Count {
    std::uint32_t limit;
    std::int64_t count;
  };

  [[nodiscard]] std::vector<Record> rows(const std::vector<RecordKey>& keys) const;
  [[nodiscard]] Queue* queue_of(const Record& record);
  void leave_queue(const Record& record);
  void join_queue(const Record& record);
  void forget_contacts(const Record& record);

  std::map<std::string, std::optional<KeptAnswer>, std::less<>> kept_;
  std::map<std::int64_t, std::optional<Handle>> handles_;
  std::map<RecordKey, Record> records_;
  std::map<ChainKey, std::vector<RecordKey>> chains_;
  std::map<ChainKey, ChainEnd> ends_;
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> customers_;  // list, key
  std::map<ContactKey, bool> listed_;
  std::map<std::pair<ContactKind, std::string>, Page> pages_;
  std::map<std::tuple<ContactKind, std::string, std::int64_t>, Count> counts_;  // the last is the tenant
  std::map<std::string, std::vector<std::int64_t>, std::less<>> agents_;
  std::map<DialKey, Queue, Foresight::DialOrder> queues_;
};

}  // namespace outpost::supervisor
