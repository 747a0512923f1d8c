// Importing a CSV file into a calling list: in bounded memory, and over any number of attempts each row exactly once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/files/csv_file.h"
#include "supervisor/ctl/files/reject_file.h"

namespace outpost::supervisor::ctl {

struct ImportOptions {
  std::string list;
  std::string file;
  std::string rejects;              // path of the reject file
  bool restart = false;             // from the beginning, also when the file was imported before
  std::vector<std::string> skip;    // columns of the file that are left out
  std::string chain_by;             // the column by whose value rows form chains; empty for none
  std::string duplicates = "keep";  // rows whose contact is in the list: keep, skip or refuse
  CsvFormat format;
  // Given for a dry run: rows are judged and refused ones told here; nothing is written, no file either.
  std::function<void(const Reject&)> dry_run;
};

struct ImportSummary {
  std::uint64_t rows = 0;         // imported from this file in all; of a dry run: that would be
  std::uint64_t rows_before = 0;  // of these by earlier runs
  ImportCounts counts;
  std::string rejects;  // path of the file that has the rejects of this run
  double seconds = 0;
};

// The first line of the file names the columns. Rows travel in pieces, a few of them at once; the supervisor commits
// each piece together with the place in the file behind it, so after any interruption the same call goes on there.
// Errors: those of Client, Errc::io for the files, and Errc::unsupported for an unknown encoding.
Result<ImportSummary> import_file(Client& client, const ImportOptions& options);

}  // namespace outpost::supervisor::ctl
