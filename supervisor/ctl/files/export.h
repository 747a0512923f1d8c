// Writing a calling list as CSV, page by page.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"

namespace outpost::supervisor::ctl {

// The arguments of the command that brings a page; `after` is `next` of the page before, or nullptr.
using PageRequest = std::function<std::string(const JsonValue* after, std::int64_t limit)>;

// What an export has of a list: the record's columns, then the custom fields that the list declares.
struct ExportColumns {
  std::vector<std::string> fixed;
  std::vector<std::string> custom;

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::vector<std::string> values_of(const JsonValue& record) const;
};
// As the catalogue has the list now; Errc::invalid when it has none.
Result<ExportColumns> export_columns(Client& client, const std::string& list);

// Writes the records: their columns, the time zone by name, customer_id unless a custom field holds it, then the custom
// fields that the list declares. Returns how many. A file gets its name only when it is complete; an empty path means
// standard output. Errors: those of Client, and Errc::io.
Result<std::uint64_t> export_list(Client& client, const std::string& list, const PageRequest& request,
                                  const std::string& output);

}  // namespace outpost::supervisor::ctl
