// What a session left unfinished goes back to its list, so that no record stays Retrieved for ever. Source:
// design.md 7.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/error.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct Scene;

// Ends an open handle: its record is Ready again, or Stale when its contact was called, and its chain is free.
// `why` completes "this handle was ended by ...".
Result<> give_back(RecordStore& store, const Scene& scene, const Handle& handle, std::string_view why);
// What giving these back will read, in one go, of a store that reads ahead.
Result<> foresee_giving_back(RecordStore& store, std::span<const Handle> handles);

}  // namespace outpost::supervisor
