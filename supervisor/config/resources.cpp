#include "supervisor/config/resources.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "common/text.h"
#include "supervisor/config/number_key.h"
#include "supervisor/config/section_findings.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kLists = "list.*";

// "LIST.GROUP", cut at the first dot; nothing where there is no group.
std::optional<std::pair<std::string_view, std::string_view>> list_and_group(std::string_view name) {
  std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == name.size()) return std::nullopt;
  return std::pair(name.substr(0, dot), name.substr(dot + 1));
}

AllocationStrategy strategy_of(std::string_view text) {
  auto found = std::ranges::find_if(kAllocationStrategyWords,
                                    [&](std::string_view word) { return equal_ignoring_case(word, text); });
  bool known = found != kAllocationStrategyWords.end();
  return known ? static_cast<AllocationStrategy>(found - kAllocationStrategyWords.begin()) : AllocationStrategy::random;
}

ResourceGroup group_of(const ListGroupConfig& config) {
  ResourceGroup group;
  group.strategy = strategy_of(config.allocation_strategy);
  std::uint32_t seconds =
      config.booking_expiration_time != 0 ? config.booking_expiration_time : config.booking_expiration_timeout;
  if (seconds != 0) group.booking = std::chrono::seconds(seconds);
  group.backup = config.backup_resource;
  return group;
}

// Where a number stands, however it is written: how often in which group.
struct NumberPlace {
  std::string value;
  std::map<std::string, int> groups;
};
using NumberPlaces = std::map<std::string, NumberPlace>;  // by number_key()

std::vector<std::string> doubles_of(const NumberPlaces& places) {
  std::vector<std::string> doubles;
  for (const auto& [key, place] : places) {
    const auto& [value, groups] = place;
    if (groups.size() > 1) {
      std::vector<std::string> names;
      std::ranges::transform(groups, std::back_inserter(names), [](const auto& group) { return group.first; });
      doubles.push_back(fmt::format("{} stands in the groups {}", escape_control(value), join(names, ", ")));
    } else if (groups.begin()->second > 1) {
      doubles.push_back(fmt::format("{} stands in the group {} {} times", escape_control(value), groups.begin()->first,
                                    groups.begin()->second));
    }
  }
  return doubles;
}

void check_group(const ListGroupConfig& group, const std::set<std::string_view>& values, SectionFindings findings) {
  for (const auto& [key, value] : group.values) {
    if (!number_key(value).empty()) continue;
    findings.error(key,
                   "has nothing that could be dialled; valid: a number or name with a letter, digit, + or the like");
  }
  if (group.booking_expiration_time != 0 && group.booking_expiration_timeout != 0) {
    findings.remark("_booking_expiration_timeout", "has no effect, for _booking_expiration_time is there too");
  }
  if (!group.backup_resource.empty() && !values.contains(group.backup_resource)) {
    findings.remark("_backup_resource", "is in no group; it is given out, but nobody may answer there");
  }
}

}  // namespace

const std::string& resource_list(const Config& config) {
  static const std::string kDefaultList = "GMS_Resources";
  const ResourcesConfig& resources = config.resources;
  return !resources.resources_list_name.empty()  ? resources.resources_list_name
         : !resources.resource_list_name.empty() ? resources.resource_list_name
                                                 : kDefaultList;
}

Resources resources_of(const Config& config) {
  Resources resources;
  NumberPlaces places;
  for (const auto& [name, listed] : config.list_groups) {
    auto split = list_and_group(name);
    if (!split || split->first != resource_list(config)) continue;
    std::string group_name(split->second);
    ResourceGroup& group = resources.groups[group_name] = group_of(listed);
    for (const auto& [key, value] : listed.values) {
      NumberPlace& place = places.try_emplace(number_key(value), NumberPlace{value, {}}).first->second;
      if (++place.groups[group_name] == 1) group.values.push_back(value);
    }
  }
  resources.doubles = doubles_of(places);
  return resources;
}

void check_resources(const Config& config, ParsedOptions& parsed) {
  SectionFindings section(parsed, {"resources"});
  const ResourcesConfig& names = config.resources;
  if (!names.resource_list_name.empty() && !names.resources_list_name.empty()) {
    section.remark("resource_list_name", "has no effect, for resources_list_name is there too");
  }
  std::set<std::string_view> values;
  bool is_listed = false;
  for (const auto& [name, group] : config.list_groups) {
    for (const auto& [key, value] : group.values) values.insert(value);
    auto split = list_and_group(name);
    is_listed = is_listed || (split && split->first == resource_list(config));
  }
  if (!is_listed && !config.list_groups.empty()) {
    section.remark("resources_list_name",
                   fmt::format("no section list.{}.GROUP is there, so no service has a number", resource_list(config)));
  }
  const auto& entries = entries_of(parsed, kLists);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (is_no_entry(parsed, entries[i])) continue;
    std::string name = entries[i].path.substr(kLists.size() - 1);
    if (!list_and_group(name)) {
      parsed.errors.push_back(
          {entries[i].line, fmt::format("{}: names no group; valid: list.LIST.GROUP", entries[i].path)});
    } else {
      const ListGroupConfig& group = config.list_groups.at(name);
      check_group(group, values, {parsed, {kLists, i}});
      if (group.values.empty()) {
        parsed.remarks.push_back({entries[i].line, fmt::format("{}: the group has no number", entries[i].path)});
      }
    }
  }
}

}  // namespace outpost::supervisor
