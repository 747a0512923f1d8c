// Rows that an import refused, kept for a person to correct and import again: CSV with the columns line,
// column (empty when the row as a whole is at fault), reason, row.
//
// Beside it, while the import is under way, lies `<path>.position`: how far replies were received, and how long the
// reject file was then. It is written after the rejects that it covers; so after a kill at any moment the reject file
// is cut back to what the position covers, and the rows behind it are asked about again. Neither file is synced: after
// a power failure rejects may be missing, rows of the list are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/csv.h"
#include "supervisor/ctl/file.h"

namespace outpost::supervisor::ctl {

struct Reject {
  std::uint64_t line = 0;
  std::string column;
  std::string reason;
  std::string row;
};

class RejectFile {
 public:
  // `import` tells imports apart (one word). `durable` is where the supervisor goes on; at offset 0 what an earlier
  // import left under this path is removed, but never a file that is not a reject file.
  static Result<RejectFile> open(std::string path, std::string import, CsvPosition durable);

  // How far the rejects are complete; not behind `durable`.
  [[nodiscard]] CsvPosition complete() const { return complete_; }
  // Rejects in the file, those of earlier runs included.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // Adds what was refused before `complete`.
  Result<> add(const std::vector<Reject>& rejects, CsvPosition complete);
  // The import is done.
  void finish();

 private:
  RejectFile(std::string path, std::string import) : path_(std::move(path)), import_(std::move(import)) {}
  Result<> check_is_ours() const;
  Result<> resume(CsvPosition durable);
  Result<> save_position();

  std::string path_;
  std::string import_;
  CsvPosition complete_;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<File> file_;  // made with the first reject
  std::optional<File> position_;
};

}  // namespace outpost::supervisor::ctl
