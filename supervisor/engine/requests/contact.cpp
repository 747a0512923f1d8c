// RequestRecordCancel and DoNotCall: by handle, by phone and by customer id. Source: ocs.md 1.3, 3.3, 3.6, 4.6.
#include <algorithm>
#include <map>
#include <set>

#include "supervisor/engine/answers.h"
#include "supervisor/engine/chain_edit.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/engine/unknown_fields.h"
#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::RecordStatus;
using protocol::TransitionId;

namespace {

constexpr std::size_t kRecordsChangedMax = protocol::kChainRecordsMax;  // by one request: a whole chain
constexpr std::size_t kRecordsSeenMax = 20'000;                         // while looking for them
constexpr std::uint32_t kPageRecords = 250;

constexpr std::string_view kAllChain = "AllChain";
constexpr std::string_view kRecordOnly = "RecordOnly";

// Cancelling one number of a customer who said stop calling is the worse error; blocking all numbers of a customer by
// one request is. Source: ocs.md 3.3 [design].
std::string_view chain_attribute(const RequestContext& context, std::string_view otherwise) {
  const std::string* given = context.event.string("GSW_CHAIN_ATTR");
  return given ? std::string_view(*given) : otherwise;
}

// --- Which records ---------------------------------------------------------------------------------------------------

struct ContactTarget {
  ContactKind kind;
  std::string value;
  const Tenant* tenant;
  const CallingList* list;   // nullptr: any
  const Campaign* campaign;  // nullptr: any
};

Step<const Tenant*> needed_tenant(const RequestContext& context) {
  auto tenant = named_tenant(context);
  if (!tenant || *tenant) return tenant;
  const std::vector<Tenant>& all = context.catalogue.all().tenants;
  if (all.size() == 1) return &all.front();
  if (all.empty()) return refuse(ErrorNumber::tenant_not_found, "the catalogue has no tenant");
  return refuse(ErrorNumber::missing_attribute,
                "the query parameter tenant (or GSW_TENANT_NAME) is needed: this server serves {} tenants", all.size());
}

// An entry of the do-not-call list stays, so it must be what a record could have; what is to be cancelled may be older
// than that rule.
Step<> check_value(std::string_view key, const ContactTarget& target, TransitionId transition) {
  bool is_entry = target.kind == ContactKind::phone && transition == TransitionId::do_not_call;
  std::string problem = is_entry ? contact_problem(0, target.value) : identifier_problem(target.value);
  if (problem.empty()) return {};
  return refuse(ErrorNumber::invalid_attribute, "{} {}", key, problem);
}

Step<ContactTarget> contact_target(RequestContext& context, ContactKind kind, TransitionId transition) {
  ContactTarget target{};
  target.kind = kind;
  std::string_view key = kind == ContactKind::phone ? "GSW_PHONE" : "GSW_CUSTOMER_ID";
  target.value = *context.event.string(key);
  if (auto checked = check_value(key, target, transition); !checked) return pass(checked);
  auto tenant = needed_tenant(context);
  if (!tenant) return pass(tenant);
  target.tenant = *tenant;
  auto campaign = named_campaign(context);
  if (!campaign) return pass(campaign);
  target.campaign = *campaign;
  if (target.campaign && target.campaign->tenant_dbid != target.tenant->dbid) {
    return refuse(ErrorNumber::campaign_not_found, "the tenant has no campaign of the name of GSW_CAMPAIGN_NAME");
  }
  if (const std::string* name = context.event.string("GSW_CALLING_LIST")) {
    target.list = context.catalogue.list(*name);
    if (!target.list || target.list->tenant_dbid != target.tenant->dbid) {
      return refuse(ErrorNumber::calling_list_not_found,
                    "the tenant has no calling list of the name of GSW_CALLING_LIST");
    }
  }
  if (auto settled = settle_unknown_fields(context, target.list); !settled) return pass(settled);
  return target;
}

bool is_in_scope(const RequestContext& context, const ContactTarget& target, const Record& record) {
  if (target.list && record.list_dbid != target.list->dbid) return false;
  const CallingList* list = context.catalogue.list(record.list_dbid);
  if (!list || list->tenant_dbid != target.tenant->dbid) return false;
  return !target.campaign || uses(*target.campaign, list->dbid);
}

// What the body says about the target besides.
bool agrees(const RequestContext& context, const Record& record) {
  auto is = [](ContactKind kind, const std::string* given, const std::string& has) {
    return !given || is_same_contact(kind, *given, has);
  };
  auto handle = context.event.integer("GSW_RECORD_HANDLE");
  bool same_handle = !handle || (record.record_status == static_cast<std::int32_t>(RecordStatus::retrieved) &&
                                 record.handle == *handle);
  return same_handle && is(ContactKind::phone, context.event.string("GSW_PHONE"), record.contact_info) &&
         is(ContactKind::customer_id, context.event.string("GSW_CUSTOMER_ID"), record.customer_id);
}

struct Found {
  std::vector<Record> records;
  bool more = false;  // than may be changed at once
};

Step<Found> find_records(const RequestContext& context, const ContactTarget& target) {
  Found found;
  bool matched = false;
  std::size_t seen = 0;
  Record last;
  for (;;) {
    auto page = context.store.records_with(target.kind, target.value, last.list_dbid, last.record_id, kPageRecords);
    if (!page) return pass(page);
    for (Record& record : *page) {
      last.list_dbid = record.list_dbid;
      last.record_id = record.record_id;
      if (!is_in_scope(context, target, record)) continue;
      matched = true;
      if (agrees(context, record)) found.records.push_back(std::move(record));
    }
    seen += page->size();
    bool end = page->size() < kPageRecords;
    found.more = found.records.size() > kRecordsChangedMax || (!end && seen >= kRecordsSeenMax);
    if (end || found.more) break;
  }
  if (matched && found.records.empty()) {
    return refuse(ErrorNumber::contradicting_target,
                  "GSW_RECORD_HANDLE, GSW_PHONE and GSW_CUSTOMER_ID must name the same record, or be absent; no record "
                  "of the URI's contact is the one that the body names");
  }
  return found;
}

// --- What becomes of them --------------------------------------------------------------------------------------------

// Applies one transition to records and, where asked, to their whole chains. All is read before anything is written.
class ContactEdit {
 public:
  ContactEdit(RequestContext& context, TransitionId transition) : context_(context), transition_(transition) {}

  // False when it would be more than one request may change: nothing of this record is taken up then.
  Result<bool> add(const Record& record, bool all_chain) {
    auto place = chains_.find({record.list_dbid, record.chain_id});
    if (place == chains_.end()) {
      auto chain = ChainEdit::load(context_.store, record);
      if (!chain) return pass(chain);
      place = chains_.emplace(std::pair{record.list_dbid, record.chain_id}, std::move(*chain)).first;
    }
    std::vector<ChainEdit::Row*> rows;
    for (ChainEdit::Row& row : place->second.rows()) {
      if (all_chain || row.stored.record_id == record.record_id) rows.push_back(&row);
    }
    if (changed_ + rows.size() > kRecordsChangedMax) return false;
    for (ChainEdit::Row* row : rows) change(*row);
    return true;
  }

  Result<> save() {
    auto handles = closed_handles();
    if (!handles) return pass(handles);
    for (auto& [key, chain] : chains_) {
      for (std::int64_t handle : closed_) chain.release(handle);
      if (auto saved = chain.save(context_.store); !saved) return pass(saved);
      if (auto told = tell(chain, *handles); !told) return told;
    }
    for (std::int64_t handle : closed_) {
      auto closed = context_.store.close_handle(handle, context_.row.request, context_.now);
      if (!closed) return pass(closed);
    }
    return {};
  }

  [[nodiscard]] std::size_t changed() const { return changed_; }
  // As they are stored, one of each that compare alike, by what they compare by.
  [[nodiscard]] const std::map<std::string, std::string>& phones() const { return phones_; }

 private:
  Result<std::vector<Handle>> closed_handles() {
    std::vector<Handle> handles;
    for (std::int64_t number : closed_) {
      auto handle = context_.store.handle(number);
      if (!handle) return pass(handle);
      if (*handle) handles.push_back(std::move(**handle));
    }
    return handles;
  }
  Result<> tell(ChainEdit& chain, const std::vector<Handle>& handles) {
    Reports reports(context_.store, context_);
    const Handle* ended = nullptr;
    for (const ChainEdit::Row& row : chain.rows()) {
      auto handle = std::ranges::find(handles, row.stored.handle, &Handle::handle);
      if (handle == handles.end() || handle->record_id != row.record.record_id) continue;
      ended = &*handle;
      if (auto told = reports.attempt_ended(*handle, row.record); !told) return told;
    }
    return reports.chain_changed(chain.rows(), ended);
  }
  void change(ChainEdit::Row& row) {
    phones_.emplace(contact_key(ContactKind::phone, row.stored.contact_info), row.stored.contact_info);
    // Cancelling leaves alone what is finished.
    bool finished = is_terminal(static_cast<RecordStatus>(row.record.record_status));
    if (transition_ == TransitionId::cancel && finished) return;
    if (row.record.record_status == static_cast<std::int32_t>(RecordStatus::retrieved))
      closed_.insert(row.record.handle);
    Record before = row.record;
    apply(transition_, {}, context_.now, row.record);
    if (row.record != before) ++changed_;
  }

  RequestContext& context_;
  TransitionId transition_;
  std::map<std::pair<std::int64_t, std::int64_t>, ChainEdit> chains_;  // by list and chain
  std::set<std::int64_t> closed_;
  std::map<std::string, std::string> phones_;
  std::size_t changed_ = 0;
};

// Makes the entries of one request, and counts the records of the tenant that they are for.
class Blocking {
 public:
  Blocking(RequestContext& context, std::int64_t tenant_dbid) : context_(context), tenant_dbid_(tenant_dbid) {}

  Result<> add(ContactKind kind, const std::string& value) {
    if (value.empty()) return {};
    DoNotCallEntry entry{tenant_dbid_, kind, value, context_.now};
    if (auto told = Reports(context_.store, context_).do_not_call_added(entry); !told) return told;
    auto added = context_.store.add_do_not_call(entry);
    if (!added || matching_ >= kRecordsChangedMax) return added;
    auto left = static_cast<std::uint32_t>(kRecordsChangedMax - matching_);
    auto matching = context_.store.count_records_with(tenant_dbid_, kind, value, left);
    if (!matching) return pass(matching);
    matching_ += static_cast<std::size_t>(*matching);
    return {};
  }
  [[nodiscard]] std::string message() const {
    if (matching_ >= kRecordsChangedMax) return fmt::format("{} or more records match", kRecordsChangedMax);
    return matching_ == 1 ? "1 record matches" : fmt::format("{} records match", matching_);
  }

 private:
  RequestContext& context_;
  std::int64_t tenant_dbid_;
  std::size_t matching_ = 0;
};

std::string count_of(std::size_t records, std::string_view what) {
  return records == 1 ? fmt::format("1 record was {}", what) : fmt::format("{} records were {}", records, what);
}

tl::unexpected<Stop> too_many() {
  return refuse(ErrorNumber::internal_error,
                "more than {} records would be cancelled at once; GSW_CALLING_LIST or GSW_CAMPAIGN_NAME narrows the "
                "request, RecordOnly leaves the chains alone",
                kRecordsChangedMax);
}

}  // namespace

// --- By handle -------------------------------------------------------------------------------------------------------

Step<RequestReply> cancel_record(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  std::string_view chain = chain_attribute(context, kAllChain);
  ContactEdit edit(context, TransitionId::cancel);
  auto added = edit.add(held->stored, chain == kAllChain);
  if (!added) return pass(added);
  if (!*added) return too_many();
  if (auto saved = edit.save(); !saved) return pass(saved);
  return reply_with(context, context.row.answer,
                    {.campaign = held->campaign,
                     .list = held->list,
                     .record = &held->record,
                     .handle = &held->handle,
                     .chain_attribute = chain,
                     .message = count_of(edit.changed(), "cancelled")});
}

Step<RequestReply> do_not_call_record(RequestContext& context) {
  auto held = target_record(context);
  if (!held) return pass(held);
  std::string_view chain = chain_attribute(context, kRecordOnly);
  ContactEdit edit(context, TransitionId::do_not_call);
  auto added = edit.add(held->stored, chain == kAllChain);
  if (!added) return pass(added);
  if (auto saved = edit.save(); !saved) return pass(saved);

  Blocking blocking(context, held->list->tenant_dbid);
  const std::string* customer = context.event.string("GSW_CUSTOMER_ID");
  if (customer) {
    if (auto done = blocking.add(ContactKind::customer_id, *customer); !done) return pass(done);
  } else {
    for (const auto& [key, phone] : edit.phones()) {
      if (auto done = blocking.add(ContactKind::phone, phone); !done) return pass(done);
    }
  }
  return reply_with(context, context.row.answer,
                    {.campaign = held->campaign,
                     .list = held->list,
                     .record = &held->record,
                     .handle = &held->handle,
                     .chain_attribute = chain,
                     .message = blocking.message()});
}

// --- By phone or customer id -----------------------------------------------------------------------------------------

namespace {

Step<RequestReply> cancel(RequestContext& context, ContactKind kind) {
  auto target = contact_target(context, kind, TransitionId::cancel);
  if (!target) return pass(target);
  auto found = find_records(context, *target);
  if (!found) return pass(found);
  if (found->more) return too_many();
  if (found->records.empty()) {
    return refuse(ErrorNumber::contact_not_found, "no record of the tenant{} has this {}",
                  target->list || target->campaign ? ", in the calling list and campaign that the request names," : "",
                  target->kind == ContactKind::phone ? "phone" : "customer id");
  }
  std::string_view chain = chain_attribute(context, kAllChain);
  ContactEdit edit(context, TransitionId::cancel);
  for (const Record& record : found->records) {
    auto added = edit.add(record, chain == kAllChain);
    if (!added) return pass(added);
    if (!*added) return too_many();
  }
  if (auto saved = edit.save(); !saved) return pass(saved);
  return reply_with(context, context.row.answer,
                    {.chain_attribute = chain, .message = count_of(edit.changed(), "cancelled")});
}

// The entry is the point: where there are more records than one request may change, it keeps the rest from being
// called.
Step<RequestReply> do_not_call(RequestContext& context, ContactKind kind) {
  auto target = contact_target(context, kind, TransitionId::do_not_call);
  if (!target) return pass(target);
  auto found = find_records(context, *target);
  if (!found) return pass(found);
  std::string_view chain = chain_attribute(context, kRecordOnly);
  ContactEdit edit(context, TransitionId::do_not_call);
  for (const Record& record : found->records) {
    auto added = edit.add(record, chain == kAllChain);
    if (!added) return pass(added);
    if (!*added) break;
  }
  if (auto saved = edit.save(); !saved) return pass(saved);

  Blocking blocking(context, target->tenant->dbid);
  if (auto done = blocking.add(target->kind, target->value); !done) return pass(done);
  if (target->kind == ContactKind::phone && chain == kAllChain) {
    std::string target_key = contact_key(ContactKind::phone, target->value);
    for (const auto& [key, phone] : edit.phones()) {
      if (key == target_key) continue;
      if (auto done = blocking.add(ContactKind::phone, phone); !done) return pass(done);
    }
  }
  return reply_with(context, context.row.answer, {.chain_attribute = chain, .message = blocking.message()});
}

}  // namespace

Step<RequestReply> cancel_phone(RequestContext& context) { return cancel(context, ContactKind::phone); }
Step<RequestReply> cancel_customer(RequestContext& context) { return cancel(context, ContactKind::customer_id); }
Step<RequestReply> do_not_call_phone(RequestContext& context) { return do_not_call(context, ContactKind::phone); }
Step<RequestReply> do_not_call_customer(RequestContext& context) {
  return do_not_call(context, ContactKind::customer_id);
}

}  // namespace outpost::supervisor
