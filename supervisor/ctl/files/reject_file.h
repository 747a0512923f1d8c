// Rows that an import refused, kept for a person to correct and import again: CSV with kRejectColumns (line, column,
// reason, and the row as one text when it has not one value for each column), then the columns of the imported file.
//
// Beside it lies `<path>.position`: how far replies were received, and what the reject file consists of. It is written
// before and after each piece of rejects; so after a kill at any moment what we wrote ourselves is told from what a
// person wrote: the first is cut back to what the position covers, and the rows behind it are asked about again. A file
// that is not as we left it is somebody's: it is never cut, overwritten or removed, and rejects go to another name,
// NAME.2.csv and so on. Neither file is synced: after a power failure rejects may be missing, rows of the list are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/file.h"

namespace outpost::supervisor::ctl {

struct Reject {
  std::uint64_t line = 0;
  std::string column;  // empty when the row as a whole is at fault
  std::string reason;
  std::vector<std::string> values;  // one for each column of the file, or none
  std::string row;                  // as one text; used when there are no values
};

// What an import counts besides its rows, over all its runs.
struct ImportCounts {
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;   // rows whose contact was in the list already, kept or skipped
  std::uint64_t odd_windows = 0;  // rows whose dialing window is probably not meant in seconds
};

class RejectFile {
 public:
  static constexpr int kNamesMax = 100;

  // `import` tells imports apart (one word). `durable` is where the supervisor goes on: at offset 0 what an earlier
  // import left under this path is removed, if it was finished or the same and nobody has touched its rejects.
  // `columns` are those of the imported file. Errc::io, also when kNamesMax files are somebody's, or another import
  // writes there.
  static Result<RejectFile> open(const std::string& path, std::string import, CsvPosition durable,
                                 std::vector<std::string> columns);

  // How far the rejects are complete; not behind `durable`.
  [[nodiscard]] CsvPosition complete() const { return state_.complete; }
  [[nodiscard]] const ImportCounts& counts() const { return state_.counts; }
  // Where the rejects are: those of this run, or when it had none, those of the run before.
  [[nodiscard]] const std::string& path() const { return state_.bytes > 0 ? path_ : path_before_; }

  // Adds what was refused before `complete`, and what else was counted (`rejected` is counted here).
  Result<> add(const std::vector<Reject>& rejects, CsvPosition complete, const ImportCounts& counted = {});
  // The import is done. The position stays as long as there are rejects, to tell whether somebody touched them.
  void finish();

 private:
  struct State {
    CsvPosition complete;
    std::uint64_t bytes = 0;  // of the reject file, and their hash
    std::uint64_t hash = 0;
    std::uint64_t bytes_after = 0;  // the same once what is being added is there
    std::uint64_t hash_after = 0;
    ImportCounts counts;
  };
  struct Found;

  explicit RejectFile(std::string import, std::vector<std::string> columns)
      : import_(std::move(import)), columns_(std::move(columns)) {}
  static Result<Found> look_at(const std::string& path);
  static Result<std::vector<Found>> look_around(const std::string& path);
  Result<> begin(const Found& found);
  Result<> go_on(const Found& found);
  Result<> hold();
  Result<> save_position();
  [[nodiscard]] std::string text_of(const std::vector<Reject>& rejects) const;

  std::string path_;
  std::string path_before_;
  std::string import_;
  std::vector<std::string> columns_;
  State state_;
  std::optional<File> file_;  // made with the first reject
  std::optional<File> position_;
};

}  // namespace outpost::supervisor::ctl
