// Which values of a record the columns of an imported file hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Where the values of one column of the file go.
struct BoundColumn {
  enum class Target : std::uint8_t { column, tz_name, custom } target = Target::column;
  const RecordColumn* column = nullptr;  // for Target::column
  std::string name;
};

// Errc::invalid names the nearest column, or says that the server gives its values.
Result<BoundColumn> bind_column(const CallingList& list, const std::string& name);
// `names` holds at least one. Errc::invalid: all that is wrong with the columns, one sentence a line.
Result<std::vector<BoundColumn>> bind_columns(const CallingList& list, const std::vector<std::string>& names);

// The column of the file that holds the customer id; empty when none does. Points into `columns`.
std::string_view customer_column(const CallingList& list, const std::vector<std::string>& columns);

// Errc::invalid unless `chain_by` names that column, and the file does not place its rows in chains by itself.
Result<> check_chain_by(const CallingList& list, const std::vector<std::string>& columns, std::string_view chain_by);

}  // namespace outpost::supervisor
