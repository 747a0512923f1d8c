// The way back of records set, recycle and delete: the rows as they were, in the form of an export with four columns
// more. `undo_list` is the list's name, `undo_custom` all custom fields as they are stored, `undo_after` what the
// command made of the row (empty: it was deleted), so that nothing is undone that somebody has changed since, and
// `undo_tz` the DBID of the time zone, whose name may change. Files from before there was that have tz_name alone.
//
// Rows are in the file, and durable, before the supervisor is told to change them. So after a kill the file may hold
// rows that were not changed; to undo those does nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/files/export.h"
#include "supervisor/ctl/files/file.h"

namespace outpost::supervisor::ctl {

class UndoFile {
 public:
  // Errc::io when the file is there already.
  static Result<UndoFile> create(Client& client, const std::string& list, const std::string& path);
  // The records of a reply to records-plan. Errc::limit for one that is too long to be read back.
  Result<> add(const JsonValue::Array& planned);

 private:
  UndoFile(File file, std::string list, ExportColumns columns)
      : file_(std::move(file)), list_(std::move(list)), columns_(std::move(columns)) {}

  File file_;
  std::string list_;
  ExportColumns columns_;
};

// What became of the rows of a file, by the names of the reply to records-restore.
struct Restored {
  std::uint64_t restored = 0;
  std::uint64_t unchanged = 0;    // are as they were already
  std::uint64_t held = 0;         // a session holds them, or a record of their chain
  std::uint64_t do_not_call = 0;  // would be Ready, and nobody may call them
  std::uint64_t meanwhile = 0;    // somebody has changed them since
  std::uint64_t refused = 0;
  std::vector<std::string> reasons;  // some of those, a sentence each

  [[nodiscard]] std::uint64_t left() const { return held + do_not_call + meanwhile + refused; }
};

// Rows that were restored stay so when this fails; to undo the same file again goes on.
Result<Restored> restore_from(Client& client, const std::string& path);

}  // namespace outpost::supervisor::ctl
