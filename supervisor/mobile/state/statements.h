// Every statement of the state's engines. All are prepared once when a store is opened; tests ask both engines how they
// would run each and refuse any that scans a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

enum class StateSql : std::uint8_t {
  begin,
  begin_read,
  commit,
  rollback,
  put_area,
  lock_area,
  update_area,
  set_texts,
  set_area_time,
  remove_area,
  area,
  count_areas,
  put_file,
  remove_file,
  remove_files,
  files,
  file,
  put_service,
  lock_service,
  service,
  set_access,
  set_phone,
  remove_service,
  services_at,
  service_with_code,
  services,
  count_services,
  take_code,
  free_code,
  put_resource,
  retire_resource,
  group_resources,
  book,
  book_waiting,
  release,
  resources,
  count_resources,
  put_subscription,
  subscription,
  remove_subscription,
  subscriptions_for,
  subscriptions,
  claim_node,
  renew_node,
  release_node,
  nodes,
  now,
  sweep_files,
  sweep_areas,
  sweep_services,
  sweep_codes,
  sweep_resources,
  sweep_subscriptions,
  tokens,
  insert_token,
  remove_token,
  count
};

struct StateSqlText {
  StateSql id;
  std::string_view purpose;  // completes "cannot ..."
  std::string sql;
};

// The store's clock, read once for a whole statement: only then can an index be searched by it.
inline constexpr std::string_view kNowOnce = "(SELECT NOW_MS)";

// Those of services, codes, resources and subscriptions, as statement_in() takes them.
std::vector<StateSqlText> service_statements(Dialect dialect);

// In the order of StateSql.
std::vector<StateSqlText> state_statements(Dialect dialect);

}  // namespace outpost::supervisor
