#include "supervisor/engine/outward/reports.h"

#include <algorithm>
#include <utility>

#include "common/json.h"
#include "supervisor/engine/outward/bodies.h"

namespace outpost::supervisor {

using protocol::RecordStatus;

namespace {

// Whether it may be called yet: it waits for that, somebody has it, or it was missed and may be recalled.
bool is_callable(const Record& record) {
  auto status = static_cast<RecordStatus>(record.record_status);
  return status == RecordStatus::ready || status == RecordStatus::retrieved || status == RecordStatus::missed_callback;
}

// But for which handle holds it.
bool is_changed(const Record& before, const Record& after) {
  Record same = before;
  same.handle = after.handle;
  return same != after;
}

bool any_wants(const Outward& outward, WebhookEvent event) {
  return std::ranges::any_of(outward.webhooks(), [&](const WebhookConfig& webhook) { return wants(webhook, event); });
}

Result<> insert(RecordStore& store, OutboxMessage message) {
  auto id = store.take_ids(IdKind::outbox, 1);
  if (!id) return pass(id);
  message.message_id = *id;
  return store.insert_outbox(message);
}

}  // namespace

Subject Reports::subject_of(const Record& record, const Handle* handle) const {
  const CatalogueIndex& catalogue = scene_.catalogue;
  Subject subject{.campaign = catalogue.campaign(handle ? handle->campaign_dbid : record.campaign_dbid),
                  .list = catalogue.list(record.list_dbid),
                  .group = catalogue.group(handle ? handle->group_dbid : record.group_dbid),
                  .record = &record,
                  .handle = handle};
  return subject;
}

// --- Attempts --------------------------------------------------------------------------------------------------------

Result<> Reports::attempt_started(const Handle& handle, const Record& record) { return history(handle, record, 0); }

Result<> Reports::attempt_ended(Handle handle, const Record& record) {
  if (handle.validating) return {};
  handle.closed_at = scene_.now;
  return history(handle, record, 1);
}

Result<> Reports::history(const Handle& handle, const Record& record, std::int64_t sequence) {
  const Outward& outward = scene_.settings.outward;
  const CampaignGroup* group = scene_.catalogue.group(handle.group_dbid);
  const OutwardConfig& config = outward.of(group);
  if (!switched_on(config, OutwardKind::history)) return {};
  Subject subject = subject_of(record, &handle);
  BodyExtras extras{.sequence = sequence, .tenant_ccid = config.tenant_ccid};
  if (subject.list) extras.tenant = scene_.catalogue.tenant(subject.list->tenant_dbid);
  return write(OutboxKind::history, destination_of(OutwardKind::history, outward, group), record,
               history_body(scene_, subject, extras));
}

// --- Chains ----------------------------------------------------------------------------------------------------------

Result<> Reports::chain_changed(std::span<const ChainEdit::Row> rows, const Handle* handle) {
  for (const ChainEdit::Row& row : rows) {
    if (!is_changed(row.stored, row.record)) continue;
    bool own = handle && !handle->validating && handle->record_id == row.record.record_id;
    bool called = row.record.attempt > row.stored.attempt;
    auto event = called ? WebhookEvent::record_called : WebhookEvent::record_changed;
    if (auto told = tell_webhooks(event, row.record, own ? handle : nullptr); !told) return told;
  }
  auto before = [](const ChainEdit::Row& row) { return is_callable(row.stored); };
  auto after = [](const ChainEdit::Row& row) { return is_callable(row.record); };
  if (std::ranges::none_of(rows, before) || std::ranges::any_of(rows, after)) return {};
  return contact_processed(rows, handle);
}

// The data are the primary record's, the first of the chain; what came of it is that of the record which was called
// last. Source: ocs.md 6.6.
Result<> Reports::contact_processed(std::span<const ChainEdit::Row> rows, const Handle* handle) {
  const Record& primary =
      std::ranges::min_element(rows, {}, [](const auto& row) { return row.record.chain_n; })->record;
  auto ended = std::ranges::find_if(rows, [&](const ChainEdit::Row& row) {
    return handle ? row.record.record_id == handle->record_id : is_callable(row.stored);
  });
  const Record& last = ended == rows.end() ? primary : ended->record;
  const Outward& outward = scene_.settings.outward;
  const CampaignGroup* group = scene_.catalogue.group(handle ? handle->group_dbid : last.group_dbid);
  if (!switched_on(outward.of(group), OutwardKind::contact_processed)) return {};
  Record told = primary;
  told.call_result = last.call_result;
  told.record_status = last.record_status;
  told.record_type = last.record_type;
  told.attempt = last.attempt;
  told.call_time = last.call_time;
  Subject subject = subject_of(told, handle && !handle->validating ? handle : nullptr);
  subject.group = group;
  return write(OutboxKind::contact_processed, destination_of(OutwardKind::contact_processed, outward, group), told,
               contact_processed_body(scene_, subject));
}

// --- Webhooks --------------------------------------------------------------------------------------------------------

Result<> Reports::record_added(const Record& record) {
  return tell_webhooks(WebhookEvent::record_added, record, nullptr);
}

Result<> Reports::record_changed(const Record& before, const Record& after) {
  if (!is_changed(before, after)) return {};
  return tell_webhooks(WebhookEvent::record_changed, after, nullptr);
}

Result<> Reports::record_ending(const Record& before, const Record& after) {
  const CampaignGroup* group = scene_.catalogue.group(after.group_dbid);
  if (!switched_on(scene_.settings.outward.of(group), OutwardKind::contact_processed)) {
    return record_changed(before, after);
  }
  auto chain = ChainEdit::load(store_, before);
  if (!chain) return pass(chain);
  chain->set(before, after);
  return chain_changed(chain->rows(), nullptr);
}

Result<> Reports::tell_webhooks(WebhookEvent event, const Record& record, const Handle* handle) {
  for (const WebhookConfig& webhook : scene_.settings.outward.webhooks()) {
    if (!wants(webhook, event)) continue;
    auto written = write(OutboxKind::webhook, destination_of(webhook), record,
                         webhook_body(scene_, event, subject_of(record, handle)));
    if (!written) return written;
  }
  return {};
}

Result<> Reports::do_not_call_added(const DoNotCallEntry& entry) {
  const Outward& outward = scene_.settings.outward;
  if (!any_wants(outward, WebhookEvent::dnc_added)) return {};
  auto known = store_.is_do_not_call(entry.tenant_dbid, entry.kind, entry.value);
  if (!known) return pass(known);
  if (*known) return {};
  const Tenant* tenant = scene_.catalogue.tenant(entry.tenant_dbid);
  JsonWriter data;
  data.begin_object().member("GSW_TENANT_NAME", tenant ? tenant->name : std::string());
  data.member(entry.kind == ContactKind::phone ? "GSW_PHONE" : "GSW_CUSTOMER_ID", entry.value).end_object();
  std::string body = webhook_body(WebhookEvent::dnc_added, scene_.now, data.take());
  for (const WebhookConfig& webhook : outward.webhooks()) {
    if (!wants(webhook, WebhookEvent::dnc_added)) continue;
    auto written = write(OutboxKind::webhook, destination_of(webhook), {}, body);
    if (!written) return written;
  }
  return {};
}

Result<> Reports::write(OutboxKind kind, std::string destination, const Record& record, Result<std::string> body) {
  if (!body) return pass(body);
  OutboxMessage message;
  message.kind = kind;
  message.destination = std::move(destination);
  message.list_dbid = record.list_dbid;
  message.chain_id = record.chain_id;
  message.created_at = scene_.now;
  message.body = *std::move(body);
  return insert(store_, std::move(message));
}

Result<> tell_role(RecordStore& store, const Outward& outward, const std::string& name, std::int64_t epoch,
                   std::int64_t now) {
  if (!any_wants(outward, WebhookEvent::role_changed)) return {};
  JsonWriter data;
  data.begin_object().member("name", name).member("role", "primary").member("epoch", epoch).end_object();
  std::string body = webhook_body(WebhookEvent::role_changed, now, data.take());
  for (const WebhookConfig& webhook : outward.webhooks()) {
    if (!wants(webhook, WebhookEvent::role_changed)) continue;
    OutboxMessage message;
    message.kind = OutboxKind::webhook;
    message.destination = destination_of(webhook);
    message.created_at = now;
    message.body = body;
    if (auto written = insert(store, std::move(message)); !written) return written;
  }
  return {};
}

}  // namespace outpost::supervisor
