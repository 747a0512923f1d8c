// The columns of each table, once: the SQL texts, the binding of parameters and the reading of rows follow these lists.
// The first column is the key. Those of a record: record_columns.h.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <string_view>
#include <type_traits>

#include "protocol/outbound/record_columns.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// The columns of a record that are written once stand first: most updates leave these, so many, as they are.
inline constexpr auto kRecordStableColumns =
    static_cast<std::size_t>(std::ranges::count_if(protocol::kRecordColumns, &protocol::RecordColumn::written_once));
inline constexpr std::size_t kRecordIdentityColumns = 2;  // record_id, list_dbid

// Columns behind those of a record: contact_key() of its contact_info and customer_id. They are written and searched,
// and never read.
inline constexpr std::array<std::string_view, 2> kRecordKeyColumns = {"contact_key", "customer_key"};
// The same behind the columns of a do-not-call entry, of its value.
inline constexpr std::string_view kDoNotCallKeyColumn = "value_key";

// `Row` is `T` or `const T`.
template <class Row, class T>
concept RowOf = std::same_as<std::remove_const_t<Row>, T>;

template <RowOf<Record> Row, class Each>
void for_each_column(Row& row, Each&& each) {
#define X(type, member, initial, name, ...) \
  if constexpr (protocol::find_record_column(name)->written_once) each(name, row.member);
  OUTPOST_RECORD_COLUMNS(X)
#undef X
#define X(type, member, initial, name, ...) \
  if constexpr (!protocol::find_record_column(name)->written_once) each(name, row.member);
  OUTPOST_RECORD_COLUMNS(X)
#undef X
}

inline bool stable_columns_equal(const Record& a, const Record& b) {
  bool equal = true;
#define X(type, member, initial, name, ...) \
  if constexpr (protocol::find_record_column(name)->written_once) equal = equal && a.member == b.member;
  OUTPOST_RECORD_COLUMNS(X)
#undef X
  return equal;
}

template <RowOf<Handle> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("handle", row.handle);
  each("record_id", row.record_id);
  each("list_dbid", row.list_dbid);
  each("campaign_id", row.campaign_dbid);
  each("group_id", row.group_dbid);
  each("agent_id", row.agent_id);
  each("call_attempt_guid", row.call_attempt_guid);
  each("opened_at", row.opened_at);
  each("touched_at", row.touched_at);
  each("call_reported", row.call_reported);
  each("closed_by", row.closed_by);
  each("closed_at", row.closed_at);
  each("validating", row.validating);
}

// What is counted of open handles, by agent.
template <RowOf<HeldByAgent> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("agent_id", row.agent_id);
  each("handles", row.handles);
  each("opened_at", row.opened_at);
}

template <RowOf<DoNotCallEntry> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("tenant_dbid", row.tenant_dbid);
  each("kind", row.kind);
  each("value", row.value);
  each("added_at", row.added_at);
}

template <RowOf<Token> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("name", row.name);
  each("digest", row.digest);
  each("resources", row.resources);
  each("requests", row.requests);
  each("created_at", row.created_at);
  each("expires_at", row.expires_at);
}

template <RowOf<Lease> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("holder", row.holder);
  each("instance", row.instance);
  each("epoch", row.epoch);
  each("renewals", row.renewals);
  each("lease_ms", row.lease_ms);
  each("expires_at", row.expires_at);
  each("wanted_by", row.wanted_by);
  each("closed_at", row.closed_at);
  each("serving_at", row.serving_at);
}

template <RowOf<Member> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("name", row.name);
  each("instance", row.instance);
  each("host", row.host);
  each("pid", row.pid);
  each("process_start", row.process_start);
  each("program", row.program);
  each("schema_version", row.schema_version);
  each("role", row.role);
  each("reason", row.reason);
  each("since", row.since);
  each("ready_for", row.ready_for);
  each("problem", row.problem);
  each("seen_at", row.seen_at);
}

template <RowOf<Statistic> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("scope", row.scope);
  each("dbid", row.dbid);
  each("kind", row.kind);
  each("value", row.value);
  each("records", row.records);
}

template <RowOf<OutboxMessage> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("message_id", row.message_id);
  each("kind", row.kind);
  each("destination", row.destination);
  each("list_dbid", row.list_dbid);
  each("chain_id", row.chain_id);
  each("created_at", row.created_at);
  each("attempts", row.attempts);
  each("problem", row.problem);
  each("body", row.body);
}

template <RowOf<OutboxPause> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("destination", row.destination);
  each("paused_at", row.paused_at);
}

template <RowOf<ImportState> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("import_id", row.import_id);
  each("list_dbid", row.list_dbid);
  each("source", row.source);
  each("next_offset", row.next_offset);
  each("next_line", row.next_line);
  each("imported_rows", row.rows);
  each("finished", row.finished);
}

template <RowOf<Tenant> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("dbid", row.dbid);
  each("name", row.name);
}

template <RowOf<TimeZone> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("dbid", row.dbid);
  each("name", row.name);
  each("zone", row.zone);
}

// custom_fields are rows of calling_list_fields.
template <RowOf<CallingList> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("dbid", row.dbid);
  each("name", row.name);
  each("tenant_dbid", row.tenant_dbid);
  each("enabled", row.enabled);
  each("daily_from", row.daily_from);
  each("daily_till", row.daily_till);
  each("customer_id_field", row.customer_id_field);
  each("unknown_fields", row.unknown_fields);
}

// lists are rows of campaign_lists.
template <RowOf<Campaign> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("dbid", row.dbid);
  each("name", row.name);
  each("description", row.description);
  each("tenant_dbid", row.tenant_dbid);
}

template <RowOf<CampaignGroup> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("dbid", row.dbid);
  each("name", row.name);
  each("description", row.description);
  each("campaign_dbid", row.campaign_dbid);
  each("state", row.state);
  each("mode", row.mode);
  each("options", row.options);
}

}  // namespace outpost::supervisor
