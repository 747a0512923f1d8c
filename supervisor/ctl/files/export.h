// Writing a calling list as CSV, page by page.
#pragma once

#include <cstdint>
#include <string>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"

namespace outpost::supervisor::ctl {

// Which records of a list; a member that is negative or empty does not filter.
struct Filters {
  std::int64_t status = -1;
  std::int64_t type = -1;
  std::int64_t result = -1;
  std::int64_t chain = -1;
  std::int64_t due_from = -1;  // epoch seconds, both inclusive
  std::int64_t due_till = -1;
  std::string contact;
  std::string customer_id;
  std::string agent;
};

// The arguments of the command `records`; `after` is `next` of the page before, or nullptr.
std::string records_arguments(const std::string& list, const Filters& filters, const JsonValue* after,
                              std::int64_t limit);

// Writes the records: their columns, the time zone by name, customer_id unless a custom field holds it, then the custom
// fields that the list declares. Returns how many. A file gets its name only when it is complete; an empty path means
// standard output. Errors: those of Client, and Errc::io.
Result<std::uint64_t> export_list(Client& client, const std::string& list, const Filters& filters,
                                  const std::string& output);

}  // namespace outpost::supervisor::ctl
