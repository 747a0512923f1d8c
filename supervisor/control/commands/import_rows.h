// The rows of an import: which are good, and what becomes of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "protocol/channel/control.h"
#include "supervisor/control/commands/dry_run.h"
#include "supervisor/control/commands/import_notes.h"
#include "supervisor/control/commands/import_state.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct PieceOptions {
  ImportManner manner;
  DueRule due;
  const PieceNotes* again = nullptr;  // the rows were taken before, and are only to be judged as they were then
  DryRun* dry_run = nullptr;          // nothing is stored; what would be is remembered here
};

struct PieceOutcome {
  std::uint64_t imported = 0;
  std::string rejected;  // JSON: [{"line", "column", "reason"}]
  PieceNotes notes;
};

// Inserts the good rows of one piece, whose values are those of `columns`. Errc::invalid when the columns are not, or
// no longer, those of the list; a row that is bad is part of the outcome.
Result<PieceOutcome> take_piece(RecordStore& store, const Catalogue& catalogue, const CallingList& list,
                                const std::vector<std::string>& columns, const std::vector<protocol::ImportRow>& rows,
                                const PieceOptions& options);

}  // namespace outpost::supervisor
