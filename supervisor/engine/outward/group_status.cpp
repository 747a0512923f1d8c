#include "supervisor/engine/outward/group_status.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

#include "common/json.h"
#include "supervisor/engine/catalogue.h"

namespace outpost::supervisor {

using protocol::GroupState;

namespace {

// --- Changes ---------------------------------------------------------------------------------------------------------

// Each is reached over the one below it.
enum class GroupLevel : std::uint8_t { unloaded, loaded, running };

GroupLevel level_of(GroupState state) {
  if (state == GroupState::running) return GroupLevel::running;
  return is_loaded(state) ? GroupLevel::loaded : GroupLevel::unloaded;
}

// --- The body --------------------------------------------------------------------------------------------------------

using StatusValue = std::variant<std::monostate, std::string, double>;

StatusValue text_or_null(const std::string& text) { return text.empty() ? StatusValue() : StatusValue(text); }

// Assumption: a campaign group is named after its campaign and its group, CAMPAIGN@GROUP, where it has such a name.
StatusValue agent_group_of(const GroupStatus& status) {
  std::string front = status.campaign + "@";
  return status.name.starts_with(front) ? text_or_null(status.name.substr(front.size())) : StatusValue();
}

// The share of what was called that was answered. Assumption: from 0 to 1; ocs.md says only that numbers are not below
// 0.
StatusValue hit_ratio_of(const GroupStatus& status) {
  if (status.called == 0) return {};
  return static_cast<double>(status.answered) / static_cast<double>(status.called);
}

StatusValue not_known(const GroupStatus&, const GroupChange&) { return {}; }

struct StatusKey {
  std::string_view name;
  StatusValue (*value)(const GroupStatus& status, const GroupChange& change);
};

// What this product does not know, it says so of: it predicts nothing, so there is no goal, no pace and no end in
// sight. The last two are ours [design].
constexpr StatusKey kStatusKeys[] = {
    {"GSW_TENANT_NAME",
     [](const GroupStatus& s, const GroupChange&) { return StatusValue(s.tenant.empty() ? "undefined" : s.tenant); }},
    {"GSW_TENANT_CCID", [](const GroupStatus& s, const GroupChange&) { return text_or_null(s.tenant_ccid); }},
    {"GSW_CAMPAIGN_GROUP_NAME", [](const GroupStatus& s, const GroupChange&) { return StatusValue(s.name); }},
    {"GSW_CAMPAIGN_GROUP_GUID", not_known},
    {"GSW_GROUP_NAME", [](const GroupStatus& s, const GroupChange&) { return agent_group_of(s); }},
    {"GSW_CAMPAIGN_NAME", [](const GroupStatus& s, const GroupChange&) { return text_or_null(s.campaign); }},
    {"GSW_CAMPAIGN_TEMPLATE_NAME", not_known},
    {"GSW_DIAL_MODE",
     [](const GroupStatus&, const GroupChange& c) {
       return StatusValue(protocol::dial_modes().name_of(static_cast<std::int32_t>(c.standing.mode)));
     }},
    {"GSW_OPTIMIZE_BY", not_known},
    {"GSW_OPTIMIZE_GOAL", not_known},
    {"GSW_STAT_BUSY_FACTOR", not_known},
    {"GSW_STAT_HIT_RATIO", [](const GroupStatus& s, const GroupChange&) { return hit_ratio_of(s); }},
    {"GSW_STAT_OVERDIAL_RATE", not_known},
    {"GSW_STAT_TIME_TO_COMPLETE", not_known},
    {"GSW_CAMPAIGN_GROUP_EVENT",
     [](const GroupStatus&, const GroupChange& c) { return StatusValue(std::string(word_of(c.event))); }},
    {"GSW_CAMPAIGN_GROUP_STATE",
     [](const GroupStatus&, const GroupChange& c) {
       return StatusValue(protocol::group_states().name_of(static_cast<std::int32_t>(c.standing.state)));
     }},
};

// --- What is known of it ---------------------------------------------------------------------------------------------

// Results that the engine gives to records which nobody called.
constexpr std::int32_t kNotCalled[] = {protocol::call_result::kUnknown, protocol::call_result::kAgentCallBackError,
                                       protocol::call_result::kDoNotCall, protocol::call_result::kCancelRecord};

void count_result(const Statistic& one, GroupStatus& status) {
  bool called = std::ranges::find(kNotCalled, one.value) == std::end(kNotCalled);
  if (called) status.called += one.records;
  if (one.value == protocol::call_result::kAnswer) status.answered += one.records;
}

bool is_result_of_group(const Statistic& one) {
  return one.scope == StatisticScope::group && one.kind == StatisticKind::result;
}

GroupStatus named_status(const CampaignGroup& group, const Catalogue& catalogue, const OutwardConfig& options) {
  GroupStatus status;
  status.name = group.name;
  status.dbid = group.dbid;
  status.url = options.campaigngroup_states_uri;
  status.http_client = options.campaigngroup_states_http_client;
  status.tenant_ccid = options.tenant_ccid;
  auto campaign = std::ranges::find(catalogue.campaigns, group.campaign_dbid, &Campaign::dbid);
  if (campaign == catalogue.campaigns.end()) return status;
  status.campaign = campaign->name;
  auto tenant = std::ranges::find(catalogue.tenants, campaign->tenant_dbid, &Tenant::dbid);
  if (tenant != catalogue.tenants.end()) status.tenant = tenant->name;
  return status;
}

}  // namespace

std::vector<GroupChange> changes_between(const GroupStanding& before, const GroupStanding& now) {
  using enum GroupLevel;
  std::vector<GroupChange> changes;
  GroupLevel from = level_of(before.state);
  GroupLevel to = level_of(now.state);
  // On the way from one end to the other.
  const GroupStanding between{GroupState::active, now.mode};
  if (from == to && from != unloaded && before.mode != now.mode) changes.push_back({GroupEvent::mode_changed, now});
  if (from == unloaded && to != unloaded) changes.push_back({GroupEvent::loaded, to == loaded ? now : between});
  if (from != running && to == running) changes.push_back({GroupEvent::started, now});
  if (from == running && to != running) changes.push_back({GroupEvent::stopped, to == loaded ? now : between});
  if (from != unloaded && to == unloaded) changes.push_back({GroupEvent::unloaded, now});
  return changes;
}

std::string group_status_body(const GroupStatus& status, const GroupChange& change) {
  JsonWriter json;
  json.begin_object();
  for (const StatusKey& key : kStatusKeys) {
    json.key(key.name);
    const StatusValue value = key.value(status, change);
    if (const auto* text = std::get_if<std::string>(&value)) {
      json.value(*text);
    } else if (const auto* number = std::get_if<double>(&value)) {
      json.value(*number);
    } else {
      json.null();
    }
  }
  return json.end_object().take();
}

GroupStatus group_status(const CampaignGroup& group, const Catalogue& catalogue, std::span<const Statistic> statistics,
                         const OutwardConfig& options) {
  GroupStatus status = named_status(group, catalogue, options);
  for (const Statistic& one : statistics) {
    if (is_result_of_group(one) && one.dbid == group.dbid) count_result(one, status);
  }
  return status;
}

Result<std::vector<SeenGroup>> see_groups(RecordStore& store, const Outward& outward) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  std::vector<SeenGroup> seen;
  std::unordered_map<std::int64_t, GroupStatus*> told;
  seen.reserve(catalogue->groups.size());
  for (const CampaignGroup& group : catalogue->groups) {
    seen.push_back({group.dbid, {group.state, group.mode}, {}});
    const OutwardConfig& options = outward.of(&group);
    if (!switched_on(options, OutwardKind::campaigngroup_states)) continue;
    seen.back().status = named_status(group, *catalogue, options);
    told.emplace(group.dbid, &*seen.back().status);
  }
  if (told.empty()) return seen;
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);
  for (const Statistic& one : *statistics) {
    auto found = is_result_of_group(one) ? told.find(one.dbid) : told.end();
    if (found != told.end()) count_result(one, *found->second);
  }
  return seen;
}

}  // namespace outpost::supervisor
