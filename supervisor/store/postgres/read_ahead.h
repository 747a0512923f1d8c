// Reads what a batch will most likely ask for into the cache of its transaction, in a number of round trips that does
// not grow with the batch:
//
//   1   kept answers, handles with their chains, records of a contact, windows of the queues, and the next records of
//       those windows that a queue had in the batch before
//   2   what follows from it: chains of more than one record, the next records of windows that are new
//   3   chains of those
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/store/foresight.h"
#include "supervisor/store/postgres/pipeline.h"
#include "supervisor/store/sql/read_cache.h"

namespace outpost::supervisor {

// Windows as a queue had them last: a guess, for those of personal callbacks none.
using LastWindows = std::map<DialKey, std::vector<DialWindow>, Foresight::DialOrder>;

class ReadAhead {
 public:
  // References outlive this.
  ReadAhead(PgPipeline& pipeline, const Foresight& foresight, ReadCache& cache, LastWindows& last_windows)
      : pipeline_(pipeline), foresight_(foresight), cache_(cache), last_windows_(last_windows) {}

  // Sends what all else follows from; settle() is the caller's.
  void ask();
  // The same for the next records of one window alone, of a queue that was foreseen.
  void ask_due(const DialKey& key, const DialWindow& window);
  // Behind that: what follows.
  Result<> settle();

 private:
  using Chain = std::pair<std::int64_t, std::int64_t>;  // list, chain

  bool ask_more();
  template <class Take>
  void send(std::size_t statement, const PgParams& params, Take take);
  void ask_kept(const std::string& key);
  void ask_handle(std::int64_t handle, const Foresight::OfHandle& what);
  void ask_chain_of(std::int64_t handle, const Foresight::OfHandle& what);
  void count_later(const Foresight::OfHandle& what, const Record& record, bool held);
  void ask_chain(Chain chain);
  void ask_chain_end(Chain chain);
  void ask_customer(std::int64_t list, const std::string& customer_id);
  void ask_listed(const Foresight::Contact& contact);
  void ask_contact(const Foresight::Contact& contact);
  void ask_count(std::int64_t tenant, ContactKind kind, const std::string& value);
  void ask_agent(const std::string& agent);
  void ask_dial(const DialKey& key);
  void ask_due(const DialKey& key, const DialWindow& window, std::uint32_t records);
  [[nodiscard]] std::uint32_t due_records(const DialKey& key) const;

  void take_due(const DialKey& key, const DialWindow& window, std::uint32_t limit, const PgRows& rows);
  void take_windows(const DialKey& key, std::vector<DialWindow> windows);
  template <class Each>
  void each_open(const DialKey& key, const std::vector<DialWindow>& windows, Each&& each);

  PgPipeline& pipeline_;
  const Foresight& foresight_;
  ReadCache& cache_;
  LastWindows& last_windows_;

  std::map<DialKey, std::set<DialWindow>, Foresight::DialOrder> asked_;  // whose next records were asked for
  // For the next round trip.
  std::set<Chain> chains_;
  std::set<Chain> chain_ends_;
  std::map<Chain, std::int64_t> counted_chains_;  // whose phones are counted, for the tenant
  std::set<std::int64_t> handles_;
  struct Due {
    DialKey key;
    DialWindow window;
    std::uint32_t records;
  };
  std::vector<Due> due_;
  std::vector<Foresight::Contact> counts_;
};

}  // namespace outpost::supervisor
