// Requests on a campaign group: CampaignStatusRequest and LogOut. Source: ocs.md 3.1, 3.4, 3.5.
#include "supervisor/engine/answers.h"
#include "supervisor/engine/give_back.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/engine/unknown_fields.h"

namespace outpost::supervisor {

using protocol::AnswerId;
using protocol::ErrorNumber;
using protocol::GroupState;

namespace {

// Records that one LogOut gives back; those beyond follow with the next, or when their time is over.
constexpr std::uint32_t kGivenBackMax = 1000;

// Source: ocs.md 3.1, 3.5 [design].
AnswerId answer_of(GroupState state) {
  switch (state) {
    case GroupState::active: return AnswerId::campaign_loaded;
    case GroupState::running: return AnswerId::campaign_started;
    case GroupState::waiting_unload: return AnswerId::campaign_stopped;
    case GroupState::not_loaded:
    case GroupState::unload_in_progress:
    case GroupState::inactive: break;
  }
  return AnswerId::campaign_unloaded;
}

}  // namespace

Step<GroupTarget> target_group(RequestContext& context) {
  auto tenant = named_tenant(context);
  if (!tenant) return pass(tenant);
  const CampaignGroup* group = context.catalogue.group(*context.event.integer("GSW_CAMPAIGN_GROUP_DBID"));
  if (!group) return refuse(ErrorNumber::campaign_group_not_found, "no campaign group has this DBID");
  const Campaign* campaign = context.catalogue.campaign(group->campaign_dbid);
  if (!campaign) return refuse(ErrorNumber::campaign_not_found, "the campaign of this group is not in the catalogue");
  if (*tenant && (*tenant)->dbid != campaign->tenant_dbid) {
    return refuse(ErrorNumber::campaign_group_not_found, "the tenant has no campaign group of this DBID");
  }
  auto named = named_campaign(context);
  if (!named) return pass(named);
  if (*named && *named != campaign) {
    return refuse(ErrorNumber::contradicting_target, "GSW_CAMPAIGN_NAME must be the campaign of the group, or absent");
  }
  if (auto settled = settle_unknown_fields(context, nullptr); !settled) return pass(settled);
  return GroupTarget{group, campaign};
}

Step<RequestReply> campaign_status(RequestContext& context) {
  auto target = target_group(context);
  if (!target) return pass(target);
  return reply_with(context, answer_of(target->group->state), {.campaign = target->campaign, .group = target->group});
}

Step<RequestReply> log_out(RequestContext& context) {
  auto target = target_group(context);
  if (!target) return pass(target);
  const std::string& agent = *context.event.string("GSW_AGENT_ID");
  auto handles = context.store.handles_of_agent(agent, 0, kGivenBackMax);
  if (!handles) return pass(handles);
  for (const Handle& handle : *handles) {
    if (auto done = give_back(context.store, context, handle, "LogOut"); !done) return pass(done);
  }
  context.sessions.end(agent);
  std::string given_back = handles->size() == 1 ? "1 record was" : fmt::format("{} records were", handles->size());
  return reply_with(context, context.row.answer, {.campaign = target->campaign, .message = given_back + " given back"});
}

}  // namespace outpost::supervisor
