// The difference that a transaction makes to the statistics of the store. Collected in memory, because what is written
// for one record is the same few counters that the next one changes too; an engine writes the sums when it commits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "supervisor/store/rows.h"

namespace outpost::supervisor {

class StatisticsDelta {
 public:
  StatisticsDelta() { clear(); }

  void inserted(const Record& record) { count(record, 1); }
  void updated(const Record& before, const Record& after);
  void deleted(const Record& record) { count(record, -1); }
  void clear();

  // One row for each counter that was touched; `records` is the difference and may be 0.
  [[nodiscard]] std::span<const Statistic> rows() const { return rows_; }

 private:
  void count(const Record& record, std::int64_t by);
  void count(StatisticScope scope, std::int64_t dbid, const Record& record, std::int64_t by);
  void add(StatisticScope scope, std::int64_t dbid, StatisticKind kind, std::int32_t value, std::int64_t by);
  [[nodiscard]] std::uint32_t& slot_of(const Statistic& key);
  void grow();

  // A hash table whose memory outlives the transaction, so that a record allocates nothing.
  std::vector<Statistic> rows_;
  std::vector<std::uint32_t> slots_;  // a power of two, more than half free; index in rows_ + 1, 0 is free
};

}  // namespace outpost::supervisor
