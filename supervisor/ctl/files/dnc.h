// The do-not-call list of a tenant: page by page, from a file, into a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/files/csv_file.h"

namespace outpost::supervisor::ctl {

struct DncImportOptions {
  std::string tenant;
  std::string file;
  std::string rejects;            // path of the reject file
  std::vector<std::string> skip;  // columns of the file that are left out
  CsvFormat format;
};

struct DncImportSummary {
  std::uint64_t added = 0;
  std::uint64_t known = 0;     // were in the list already
  std::uint64_t matching = 0;  // records that the entries are for
  bool matching_or_more = false;
  std::uint64_t rejected = 0;
  std::string rejects;  // path of the file that has them
  double seconds = 0;
};

// The first line of the file names its columns, phone or customer_id or both; each value that is not empty becomes an
// entry. What is in the list already stays, so an import that was interrupted is simply run again.
// Errors: those of Client, Errc::io for the files, and Errc::unsupported for an unknown encoding.
Result<DncImportSummary> import_dnc(Client& client, const DncImportOptions& options);

// Writes the list as such a file. Returns how many entries. A file gets its name only when it is complete; an empty
// path means standard output.
Result<std::uint64_t> export_dnc(Client& client, const std::string& tenant, const std::string& output);

}  // namespace outpost::supervisor::ctl
