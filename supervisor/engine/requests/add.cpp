// AddRecord: a client puts a record into a calling list. Source: ocs.md 3.3, 3.4, 4.6, 5.4.
#include "supervisor/engine/answers.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/unknown_fields.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;

namespace {

Step<const CallingList*> target_list(const RequestContext& context) {
  auto tenant = named_tenant(context);
  if (!tenant) return pass(tenant);
  const CallingList* list = context.catalogue.list(*context.event.string("GSW_CALLING_LIST"));
  if (!list) return refuse(ErrorNumber::calling_list_not_found, "no calling list has this name");
  if (!list->enabled) return refuse(ErrorNumber::calling_list_not_found, "the calling list is disabled");
  if (*tenant && (*tenant)->dbid != list->tenant_dbid) {
    return refuse(ErrorNumber::calling_list_not_found, "the tenant has no calling list of this name");
  }
  return list;
}

// Assumption: a campaign that is named need not be loaded, since adding a record dials nothing.
Step<const Campaign*> target_campaign(const RequestContext& context, const CallingList& list) {
  auto named = named_campaign(context);
  if (!named) return pass(named);
  if (*named) {
    if (uses(**named, list.dbid)) return *named;
    return refuse(ErrorNumber::invalid_attribute, "GSW_CAMPAIGN_NAME {}", kForeignCampaign);
  }
  auto loaded = context.catalogue.loaded_campaigns_of(list.dbid);
  if (loaded.size() == 1) return loaded.front();
  return refuse(ErrorNumber::missing_attribute,
                "GSW_CAMPAIGN_NAME is needed: the calling list serves {} loaded campaigns, not exactly one",
                loaded.size());
}

Step<> read_state(const RequestContext& context, Record& record) {
  const Event& event = context.event;
  apply(protocol::TransitionId::add, event, context.now, record);
  record.attempt = static_cast<std::int32_t>(event.integer("GSW_ATTEMPTS").value_or(0));
  record.call_time = event.integer("GSW_CALL_TIME").value_or(0);
  if (const std::string* agent = event.string("GSW_AGENT_ID")) record.agent_id = *agent;
  if (const std::string* customer = event.string("GSW_CUSTOMER_ID")) record.customer_id = *customer;
  if (std::string_view problem = status_problem(record); !problem.empty()) {
    return refuse(ErrorNumber::invalid_attribute, "GSW_RECORD_STATUS {}", problem);
  }
  if (std::string_view problem = agent_problem(record); !problem.empty()) {
    return refuse(ErrorNumber::missing_attribute, "GSW_AGENT_ID {}", problem);
  }
  if (auto read = read_schedule(context, record); !read) return pass(read);
  if (!is_waiting_callback(record)) return {};
  return check_schedule(context, record);
}

Step<> read_chain(const RequestContext& context, Record& record) {
  auto chain = context.event.integer("GSW_CHAIN_ID");
  if (!chain) return {};
  record.chain_id = *chain;
  auto problem = join_chain(context.store, record);
  if (!problem) return pass(problem);
  if (problem->empty()) return {};
  return refuse(ErrorNumber::invalid_attribute, "GSW_CHAIN_ID {}", *problem);
}

Result<> insert(const RequestContext& context, Record& record) {
  auto id = context.store.take_ids(IdKind::record, 1);
  if (!id) return pass(id);
  record.record_id = *id;
  if (record.chain_id == 0) record.chain_id = *id;
  return context.store.insert_record(record);
}

}  // namespace

Step<RequestReply> add_record(RequestContext& context) {
  auto list = target_list(context);
  if (!list) return pass(list);
  auto campaign = target_campaign(context, **list);
  if (!campaign) return pass(campaign);
  if (auto settled = settle_unknown_fields(context, *list); !settled) return pass(settled);

  Record record;
  record.list_dbid = (*list)->dbid;
  record.campaign_dbid = (*campaign)->dbid;
  record.daily_from = (*list)->daily_from;
  record.daily_till = (*list)->daily_till;
  if (auto read = read_contact(context, record); !read) return pass(read);
  if (auto read = read_state(context, record); !read) return pass(read);
  if (auto read = read_custom(context, **list, record); !read) return pass(read);
  if (auto read = read_chain(context, record); !read) return pass(read);
  if (auto inserted = insert(context, record); !inserted) return pass(inserted);
  if (auto told = Reports(context.store, context).record_added(record); !told) return pass(told);
  return reply_with(context, context.row.answer, {.campaign = *campaign, .list = *list, .record = &record});
}

}  // namespace outpost::supervisor
