// What nobody can tell of a piece of an import once its rows are in the list, kept for a sender that missed the reply.
#pragma once

#include <cstdint>
#include <vector>

#include "common/error.h"
#include "protocol/channel/control.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct PieceNotes {
  std::uint64_t duplicates = 0;        // kept or left out
  std::uint64_t odd_windows = 0;       // rows whose window is doubted (daily_window.h)
  std::vector<std::uint64_t> refused;  // lines of duplicates
};

// For a month: longer than anybody leaves an import unfinished. `now` in epoch seconds. Most pieces have nothing to
// note, and cost nothing.
Result<> keep_notes(RecordStore& store, const protocol::ImportRows& rows, const PieceNotes& notes, std::int64_t now);
// Those of the piece that was sent with the same rows; empty when nothing is kept.
Result<PieceNotes> kept_notes(RecordStore& store, const protocol::ImportRows& rows);

}  // namespace outpost::supervisor
