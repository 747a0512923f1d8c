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
  remove_area,
  area,
  count_areas,
  put_file,
  remove_file,
  remove_files,
  files,
  file,
  claim_node,
  renew_node,
  release_node,
  nodes,
  now,
  sweep_files,
  sweep_areas,
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

// In the order of StateSql.
std::vector<StateSqlText> state_statements(Dialect dialect);

}  // namespace outpost::supervisor
