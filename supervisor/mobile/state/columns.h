// The columns of the state's tables, as those of the records are listed in store/sql/columns.h. The first is the key.
#pragma once

#include <string_view>

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

}  // namespace outpost::supervisor
