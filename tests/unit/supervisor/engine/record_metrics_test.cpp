#include "supervisor/engine/record_metrics.h"

#include "supervisor/metrics/exposition.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::record_metrics_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

Catalogue lists(const std::vector<std::string>& names) {
  Catalogue catalogue;
  for (const std::string& name : names) {
    CallingList list;
    list.dbid = static_cast<std::int64_t>(catalogue.lists.size()) + 1;
    list.name = name;
    catalogue.lists.push_back(list);
  }
  return catalogue;
}

Statistic records(std::int64_t list, std::int32_t status, std::int64_t n) {
  return {StatisticScope::list, list, StatisticKind::status, status, n};
}

std::string text_of(const RecordFigures* figures) {
  MetricsWriter out(MetricsFormat::prometheus);
  write_record_metrics(out, figures);
  return out.text();
}

}  // namespace

TEST_CASE("records are told by list and status, and a list without any is there too", "[metrics]") {
  Statistic of_group = records(1, 1, 100);
  of_group.scope = StatisticScope::group;
  Statistic by_type = records(1, 2, 1'000);
  by_type.kind = StatisticKind::type;
  const std::vector<Statistic> statistics{records(1, 1, 7),  records(1, 3, 2), records(9, 1, 5),
                                          records(1, 99, 5), of_group,         by_type};
  RecordFigures figures = record_figures(lists({"Spring \"24\"", "Empty"}), statistics);
  std::string text = text_of(&figures);
  CHECK_THAT(text, ContainsSubstring("outpost_store_up 1\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_lists 2\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_records{list=\"Spring \\\"24\\\"\",status=\"Ready\"} 7\n"
                                     "outpost_records{list=\"Spring \\\"24\\\"\",status=\"Updated\"} 2\n"
                                     "outpost_records{list=\"Empty\",status=\"Ready\"} 0\n# HELP"));
}

TEST_CASE("beyond a number of lists, or of bytes in their names, the rest is one", "[metrics]") {
  const bool long_names = GENERATE(false, true);
  std::vector<std::string> names{std::string(kOtherLists)};
  for (std::size_t i = 0; i < kMeasuredNamesMax + 2; ++i) {
    names.push_back(std::to_string(i) + std::string(long_names ? 250 : 0, 'x'));
  }
  std::vector<Statistic> statistics;
  for (std::size_t i = 1; i <= names.size(); ++i) statistics.push_back(records(static_cast<std::int64_t>(i), 1, 1));
  RecordFigures figures = record_figures(lists(names), statistics);
  REQUIRE(figures.lists.size() <= kMeasuredNamesMax + 1);
  CHECK(figures.list_count == names.size());
  std::int64_t all = 0;
  std::size_t bytes = 0;
  for (const auto& list : figures.lists) {
    all += list.records[1];
    bytes += list.name.size();
    CHECK((list.records[1] == 1) == (list.name != kOtherLists));
  }
  CHECK(all == static_cast<std::int64_t>(names.size()));
  CHECK(bytes <= kMeasuredNameBytesMax + kOtherLists.size());
  CHECK((figures.lists.size() == kMeasuredNamesMax + 1) != long_names);
}

TEST_CASE("campaign groups are counted by state, and the first of them named", "[metrics]") {
  Catalogue catalogue;
  for (std::size_t i = 0; i < kMeasuredNamesMax + 5; ++i) {
    CampaignGroup group;
    group.name = "g" + std::to_string(i);
    group.state = i == 0 ? protocol::GroupState::running : protocol::GroupState::not_loaded;
    catalogue.groups.push_back(group);
  }
  RecordFigures figures = record_figures(catalogue, {});
  CHECK(figures.groups.size() == kMeasuredNamesMax);
  std::string text = text_of(&figures);
  CHECK_THAT(text, ContainsSubstring("outpost_campaign_groups{state=\"Running\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_campaign_groups{state=\"NotLoaded\"} 1004\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_campaign_group_state{group=\"g0\",state=\"Running\"} 1\n"));
}

TEST_CASE("a store that does not answer is told to be down, and nothing of it else", "[metrics]") {
  CHECK_THAT(text_of(nullptr), EndsWith("outpost_store_up 0\n"));
}

}  // namespace outpost::test::record_metrics_test
