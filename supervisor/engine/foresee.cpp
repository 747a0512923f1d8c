// What a request will most likely read, told from its attributes alone: nothing is checked and nothing is changed here.
#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "supervisor/engine/engine.h"
#include "supervisor/engine/open_windows.h"
#include "supervisor/store/foresight.h"

namespace outpost::supervisor {

using protocol::Event;
using protocol::RequestId;

namespace {

// From a path it comes as text.
std::int64_t integer_in(const Event& event, std::string_view key) {
  if (auto value = event.integer(key)) return *value;
  std::int64_t value = 0;
  if (const std::string* text = event.string(key)) {
    std::from_chars(text->data(), text->data() + text->size(), value);
  }
  return value;
}

std::string text_in(const Event& event, std::string_view key) {
  const std::string* text = event.string(key);
  return text ? *text : std::string();
}

bool is_all_chain(const Event& event) { return text_in(event, "GSW_CHAIN_ATTR") == "AllChain"; }

void foresee_chain(const CatalogueIndex& catalogue, const Event& event, Foresight& foresight) {
  if (!event.has("GSW_CHAIN_ID")) return;
  const CallingList* list = catalogue.list(text_in(event, "GSW_CALLING_LIST"));
  if (list) foresight.joined_chains.emplace_back(list->dbid, integer_in(event, "GSW_CHAIN_ID"));
}

void foresee_handle(RequestId id, const Event& event, Foresight& foresight) {
  Foresight::OfHandle& what = foresight.handles[integer_in(event, "GSW_RECORD_HANDLE")];
  if (id != RequestId::do_not_call_record) return;
  what.customer_counted = text_in(event, "GSW_CUSTOMER_ID");
  what.phone_counted = what.phone_counted || what.customer_counted.empty();
  what.chain_counted = what.chain_counted || (what.customer_counted.empty() && is_all_chain(event));
}

void foresee_contact(const CatalogueIndex& catalogue, const std::string& tenant, RequestId id, const Event& event,
                     Foresight& foresight) {
  bool phone = id == RequestId::do_not_call_phone || id == RequestId::cancel_phone;
  bool blocks = id == RequestId::do_not_call_phone || id == RequestId::do_not_call_customer;
  const Tenant* named = catalogue.tenant(event.has("GSW_TENANT_NAME") ? text_in(event, "GSW_TENANT_NAME") : tenant);
  if (event.has("GSW_TENANT_DBID")) named = catalogue.tenant(integer_in(event, "GSW_TENANT_DBID"));
  const std::vector<Tenant>& all = catalogue.all().tenants;
  if (!named && all.size() == 1) named = &all.front();
  if (!named) return;
  foresight.contacts.push_back({named->dbid, phone ? ContactKind::phone : ContactKind::customer_id,
                                text_in(event, phone ? "GSW_PHONE" : "GSW_CUSTOMER_ID"), blocks,
                                blocks && phone && is_all_chain(event)});
}

// Lists take turns by weight. Where one has nothing, the others are asked for more than is foreseen here.
void foresee_preview(const CatalogueIndex& catalogue, const Event& event, Foresight& foresight) {
  const CampaignGroup* group = catalogue.group(integer_in(event, "GSW_CAMPAIGN_GROUP_DBID"));
  const Campaign* campaign = group ? catalogue.campaign(group->campaign_dbid) : nullptr;
  if (!campaign || group->state != protocol::GroupState::running) return;
  const std::string agent = text_in(event, "GSW_AGENT_ID");
  for (const CampaignList& entry : campaign->lists) {
    const CallingList* list = catalogue.list(entry.list_dbid);
    if (!list || !list->enabled) continue;
    for (DialQueue queue : {DialQueue::personal_callbacks, DialQueue::campaign_callbacks, DialQueue::general}) {
      if (queue == DialQueue::personal_callbacks && agent.empty()) continue;
      ++foresight.dials[dial_key({list->dbid, queue, agent, campaign->dbid})];
    }
  }
}

// What is no text would make the store refuse the whole batch that it is foreseen for; the request itself is refused
// later.
bool is_plain(const Event& event) {
  return std::ranges::all_of(event, [](const Event::Attribute& attribute) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    return !text || is_plain_text(*text);
  });
}

}  // namespace

void Engine::foresee(const protocol::Request& request, Foresight& foresight) const {
  if (!charset_) return foresee_utf8(request, request.event, foresight);
  if (auto given = convert(request.event, charset_->to_utf8)) foresee_utf8(request, *given, foresight);
}

// The record that was validated, and the next one when that is refused.
void Engine::foresee(const protocol::Request& request, const Validated& validated, Foresight& foresight) const {
  foresight.handles.try_emplace(validated.handle);
  foresight.listed.insert(foresight.listed.end(), validated.contacts.begin(), validated.contacts.end());
  if (validated.verdict.kind == Verdict::Kind::refuse) return foresee(request, foresight);
  if (!request.idempotency_key.empty() && protocol::is_idempotency_key(request.idempotency_key)) {
    foresight.idempotency_keys.push_back(request.idempotency_key);
  }
}

void Engine::foresee_utf8(const protocol::Request& request, const Event& event, Foresight& foresight) const {
  if (!is_plain(event) || !protocol::is_idempotency_key(request.idempotency_key)) return;
  if (!request.idempotency_key.empty()) foresight.idempotency_keys.push_back(request.idempotency_key);
  const std::string* name = event.string("GSW_AGENT_REQ_TYPE");
  auto resource = protocol::parse_resource(request.resource);
  const protocol::RequestRow* row = name && resource ? protocol::find_request(*resource, *name) : nullptr;
  if (!row || !catalogue_) return;
  const CatalogueIndex& catalogue = *catalogue_;
  if (!foresight.tenant_of) {
    foresight.now = clock_.now();
    foresight.tenant_of = [shared = catalogue_](std::int64_t list_dbid) {
      const CallingList* list = shared->list(list_dbid);
      return list ? list->tenant_dbid : 0;
    };
    auto open = std::make_shared<OpenWindows>(catalogue, foresight.now);
    foresight.open_windows = [shared = catalogue_, open](const std::vector<DialWindow>& windows) {
      return open->among(windows);
    };
  }
  switch (row->id) {
    case RequestId::add_record: return foresee_chain(catalogue, event, foresight);
    case RequestId::preview_record: return foresee_preview(catalogue, event, foresight);
    case RequestId::log_out: return foresight.agents.push_back(text_in(event, "GSW_AGENT_ID"));
    case RequestId::campaign_status: return;
    case RequestId::do_not_call_phone:
    case RequestId::cancel_phone:
    case RequestId::do_not_call_customer:
    case RequestId::cancel_customer: return foresee_contact(catalogue, settings_.tenant, row->id, event, foresight);
    default: return foresee_handle(row->id, event, foresight);
  }
}

}  // namespace outpost::supervisor
