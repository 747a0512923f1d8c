#include "supervisor/store/sql/statistics.h"

#include <algorithm>
#include <utility>

namespace outpost::supervisor {

namespace {

constexpr std::size_t kSlots = 256;  // at the beginning of a transaction; power of two

std::size_t hash(const Statistic& key) {
  auto place = static_cast<std::uint64_t>(key.value) << 3 | static_cast<std::uint64_t>(key.kind) << 1 |
               static_cast<std::uint64_t>(key.scope);
  // Odd multipliers spread values that differ in their low bits only; the high half of the product is the mixed one.
  std::uint64_t mixed = (static_cast<std::uint64_t>(key.dbid) + place * 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93;
  return static_cast<std::size_t>(mixed >> 32);
}

bool same_counter(const Statistic& a, const Statistic& b) {
  return a.dbid == b.dbid && a.value == b.value && a.kind == b.kind && a.scope == b.scope;
}

bool counted_alike(const Record& a, const Record& b) {
  return a.record_status == b.record_status && a.record_type == b.record_type && a.call_result == b.call_result &&
         a.group_dbid == b.group_dbid;
}

}  // namespace

void StatisticsDelta::updated(const Record& before, const Record& after) {
  if (counted_alike(before, after)) return;
  count(before, -1);
  count(after, 1);
}

void StatisticsDelta::clear() {
  rows_.clear();
  slots_.assign(kSlots, 0);
}

void StatisticsDelta::count(const Record& record, std::int64_t by) {
  count(StatisticScope::list, record.list_dbid, record, by);
  if (record.group_dbid != 0) count(StatisticScope::group, record.group_dbid, record, by);
}

void StatisticsDelta::count(StatisticScope scope, std::int64_t dbid, const Record& record, std::int64_t by) {
  add(scope, dbid, StatisticKind::status, record.record_status, by);
  add(scope, dbid, StatisticKind::type, record.record_type, by);
  add(scope, dbid, StatisticKind::result, record.call_result, by);
}

void StatisticsDelta::add(StatisticScope scope, std::int64_t dbid, StatisticKind kind, std::int32_t value,
                          std::int64_t by) {
  Statistic row{scope, dbid, kind, value, by};
  std::uint32_t& slot = slot_of(row);
  if (slot != 0) {
    rows_[slot - 1].records += by;
    return;
  }
  rows_.push_back(row);
  slot = static_cast<std::uint32_t>(rows_.size());
  if (rows_.size() * 2 >= slots_.size()) grow();
}

std::uint32_t& StatisticsDelta::slot_of(const Statistic& key) {
  std::size_t mask = slots_.size() - 1;
  std::size_t place = hash(key) & mask;
  while (slots_[place] != 0 && !same_counter(rows_[slots_[place] - 1], key)) place = (place + 1) & mask;
  return slots_[place];
}

void StatisticsDelta::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::size_t i = 0; i < rows_.size(); ++i) slot_of(rows_[i]) = static_cast<std::uint32_t>(i + 1);
}

}  // namespace outpost::supervisor
