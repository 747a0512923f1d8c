// What there is to measure in a store: records by list and status, and the states of the campaign groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

class MetricsWriter;

// A label's value costs whoever scrapes memory for ever. Beyond either limit, lists are summed under kOtherLists, and
// groups are only counted by state. A list that has this name itself is among them.
inline constexpr std::size_t kMeasuredNamesMax = 1'000;
inline constexpr std::size_t kMeasuredNameBytesMax = std::size_t{128} * 1024;  // all together
inline constexpr std::string_view kOtherLists = "(others)";

struct RecordFigures {
  struct List {
    std::string name;
    std::vector<std::int64_t> records;  // by the number of the status
  };
  struct Group {
    std::string name;
    protocol::GroupState state;
  };
  std::vector<List> lists;
  std::vector<Group> groups;
  std::vector<std::uint64_t> groups_by_state;  // all, by the number of the state
  std::uint64_t list_count = 0;                // all
};

RecordFigures record_figures(const Catalogue& catalogue, std::span<const Statistic> statistics);
// Reads what the store keeps: no record is counted. On a thread that may wait for the store.
Result<RecordFigures> read_record_figures(RecordStore& store);

// nullptr: the store has not told.
void write_record_metrics(MetricsWriter& out, const RecordFigures* figures);

}  // namespace outpost::supervisor
