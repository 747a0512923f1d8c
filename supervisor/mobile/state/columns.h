// The columns of the state's tables, as those of the records are listed in store/sql/columns.h. The first is the key.
#pragma once

#include <string_view>

#include "supervisor/mobile/state/service_rows.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/store/sql/columns.h"

namespace outpost::supervisor {

template <RowOf<StateNode> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("node_id", row.node_id);
  each("name", row.name);
  each("url", row.url);
  each("instance", row.instance);
  each("life", row.life);
  each("program", row.program);
  each("status", row.status);
  each("digests", row.digests);
  each("started_at", row.started_at);
  each("seen_at", row.seen_at);
}

template <RowOf<StateArea> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("id", row.id);
  each("owner", row.owner);
  each("texts", row.texts);
  each("expires_at", row.expires_at);
}

// Its bytes are read where they are asked for only.
template <RowOf<StateFile> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("area", row.area);
  each("file_key", row.key);
  each("content_type", row.content_type);
  each("name", row.name);
}

// Behind these columns whoever reads a service has the time that is left of it.
template <RowOf<StateService> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("id", row.id);
  each("name", row.name);
  each("type", row.type);
  each("area", row.area);
  each("phone", row.phone);
  each("access_group", row.access.group);
  each("access_scope", row.access.scope);
  each("access_booked", row.access.booked);
  each("number", row.access.number);
  each("number_key", row.access.number_key);
  each("code", row.access.code);
  each("access_expires_at", row.access.expires_at);
  each("ors_base", row.ors_base);
  each("ors_cookie", row.ors_cookie);
  each("created_at", row.created_at);
  each("expires_at", row.expires_at);
}

// The key is the first three.
template <RowOf<StateResource> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("scope", row.scope);
  each("group_name", row.group);
  each("value", row.value);
  each("position", row.position);
  each("owner", row.owner);
  each("expires_at", row.expires_at);
  each("used_at", row.used_at);
}

// As they are counted, by group.
template <RowOf<GroupCount> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("scope", row.scope);
  each("group_name", row.group);
  each("total", row.total);
  each("booked", row.booked);
}

// The time that is left stands behind them, as that of a service.
template <RowOf<StateSubscription> Row, class Each>
void for_each_column(Row& row, Each&& each) {
  each("id", row.id);
  each("subscriber", row.subscriber);
  each("filter", row.filter);
  each("pattern", row.pattern);
  each("prefix", row.prefix);
  each("type", row.type);
  each("device", row.device);
  each("provider", row.provider);
  each("properties", row.properties);
  each("credentials", row.authorization);
  each("expires_at", row.expires_at);
}

// Fields that are no columns: what is left of a row's time follows the columns where it is asked for.
template <class Row>
concept HasTimeLeft = requires(Row row) {
  row.left_ms;
};

template <class Row>
int column_count() {
  int count = 0;
  const Row row;
  for_each_column(row, [&](std::string_view, const auto&) { ++count; });
  return count;
}

}  // namespace outpost::supervisor
