// What the parts of the conformance suite share: each of its cases holds for every engine behind RecordStore.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "supervisor/store/record_store.h"
#include "tests/component/supervisor/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test {

using namespace supervisor;

#define EVERY_ENGINE(name) EngineUnderTest name(GENERATE(from_range(engine_names())))

inline void insert_all(RecordStore& store, const std::vector<Record>& records) {
  in_transaction(store, [&] {
    for (const Record& record : records) require_ok(store.insert_record(record));
  });
}

// In the order of their keys, so that two of different origin compare.
using Counts = std::map<std::tuple<StatisticScope, std::int64_t, StatisticKind, std::int32_t>, std::int64_t>;

inline Counts counts_of(const std::vector<Statistic>& statistics) {
  Counts counts;
  for (const Statistic& s : statistics) {
    REQUIRE(s.records != 0);
    REQUIRE(counts.emplace(std::tuple(s.scope, s.dbid, s.kind, s.value), s.records).second);
  }
  return counts;
}

inline Counts recount(const std::map<std::int64_t, Record>& rows) {
  Counts counts;
  auto count = [&](StatisticScope scope, std::int64_t dbid, const Record& row) {
    ++counts[{scope, dbid, StatisticKind::status, row.record_status}];
    ++counts[{scope, dbid, StatisticKind::type, row.record_type}];
    ++counts[{scope, dbid, StatisticKind::result, row.call_result}];
  };
  for (const auto& [id, row] : rows) {
    count(StatisticScope::list, row.list_dbid, row);
    if (row.group_dbid != 0) count(StatisticScope::group, row.group_dbid, row);
  }
  return counts;
}

}  // namespace outpost::test
