#include "supervisor/engine/record_metrics.h"

#include <map>
#include <string_view>

#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace {

// Of names that may be labels.
class NameBudget {
 public:
  bool takes(std::string_view name) {
    if (names_ >= kMeasuredNamesMax || bytes_ + name.size() > kMeasuredNameBytesMax) return false;
    ++names_;
    bytes_ += name.size();
    return true;
  }

 private:
  std::size_t names_ = 0;
  std::size_t bytes_ = 0;
};

// The lists by their names, and by DBID which of them has the records.
std::map<std::int64_t, std::size_t> take_lists(RecordFigures& figures, const Catalogue& catalogue) {
  const std::vector<std::int64_t> none(protocol::record_statuses().names.size());
  std::map<std::int64_t, std::size_t> by_dbid;
  NameBudget budget;
  std::size_t others = 0;  // 1 + its index
  for (const CallingList& list : catalogue.lists) {
    bool named = list.name != kOtherLists && budget.takes(list.name);
    if (named || others == 0) figures.lists.push_back({named ? list.name : std::string(kOtherLists), none});
    if (!named && others == 0) others = figures.lists.size();
    by_dbid[list.dbid] = named ? figures.lists.size() - 1 : others - 1;
  }
  return by_dbid;
}

void take_groups(RecordFigures& figures, const Catalogue& catalogue) {
  figures.groups_by_state.resize(protocol::group_states().names.size());
  NameBudget budget;
  for (const CampaignGroup& group : catalogue.groups) {
    auto state = static_cast<std::size_t>(group.state);
    if (state < figures.groups_by_state.size()) ++figures.groups_by_state[state];
    if (budget.takes(group.name)) figures.groups.push_back({group.name, group.state});
  }
}

void write_lists(MetricsWriter& out, const RecordFigures& figures) {
  MetricFamily& records = out.gauge(
      "outpost_records",
      "Records by list and status; a status that a list has no record of has no series, but for Ready. Beyond "
      "1000 lists the rest is summed as \"(others)\".");
  const protocol::Enumeration& statuses = protocol::record_statuses();
  for (const RecordFigures::List& list : figures.lists) {
    for (std::size_t status = 0; status < list.records.size(); ++status) {
      auto number = static_cast<std::int32_t>(status);
      bool ready = number == static_cast<std::int32_t>(protocol::RecordStatus::ready);
      if (list.records[status] == 0 && !ready) continue;
      records.add({{"list", list.name}, {"status", statuses.name_of(number)}}, list.records[status]);
    }
  }
}

void write_groups(MetricsWriter& out, const RecordFigures& figures) {
  const protocol::Enumeration& states = protocol::group_states();
  MetricFamily& counts = out.gauge("outpost_campaign_groups", "Campaign groups by state.");
  for (std::size_t state = 0; state < figures.groups_by_state.size(); ++state) {
    counts.add({{"state", states.name_of(static_cast<std::int32_t>(state))}}, figures.groups_by_state[state]);
  }
  MetricFamily& each = out.gauge("outpost_campaign_group_state",
                                 "1 for the state that the campaign group has; of the first 1000 groups.");
  for (const RecordFigures::Group& group : figures.groups) {
    each.add({{"group", group.name}, {"state", states.name_of(static_cast<std::int32_t>(group.state))}}, true);
  }
}

}  // namespace

RecordFigures record_figures(const Catalogue& catalogue, std::span<const Statistic> statistics) {
  RecordFigures figures;
  figures.list_count = catalogue.lists.size();
  take_groups(figures, catalogue);
  const auto by_dbid = take_lists(figures, catalogue);
  for (const Statistic& one : statistics) {
    if (one.scope != StatisticScope::list || one.kind != StatisticKind::status) continue;
    auto list = by_dbid.find(one.dbid);
    if (list == by_dbid.end()) continue;
    auto& records = figures.lists[list->second].records;
    auto status = static_cast<std::size_t>(one.value);
    if (status < records.size()) records[status] += one.records;
  }
  return figures;
}

Result<RecordFigures> read_record_figures(RecordStore& store) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);
  return record_figures(*catalogue, *statistics);
}

void write_record_metrics(MetricsWriter& out, const RecordFigures* figures) {
  out.gauge("outpost_store_up", "Whether the store has answered this scrape.").add({}, figures != nullptr);
  if (!figures) return;
  out.gauge("outpost_lists", "Calling lists.").add({}, figures->list_count);
  write_lists(out, *figures);
  write_groups(out, *figures);
}

}  // namespace outpost::supervisor
