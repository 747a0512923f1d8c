#include "supervisor/store/sql/id_blocks.h"

#include <algorithm>
#include <utility>

namespace outpost::supervisor {

namespace {

constexpr std::int64_t kIdBlock = 1024;

}  // namespace

std::optional<std::int64_t> IdBlocks::take(IdKind kind, std::int64_t n) {
  ENSURE(n > 0, "at least one identifier is taken");
  Block& ids = block(kind);
  if (ids.end - ids.next < n) return std::nullopt;
  return std::exchange(ids.next, ids.next + n);
}

std::int64_t IdBlocks::reserve(IdKind kind, std::int64_t n, std::int64_t stored) {
  Block& ids = block(kind);
  // The counter is beyond our block when another supervisor took some, or when this one has just started: what is left
  // of the block is dropped, since a run of identifiers has no gap. It is behind `next` after a rollback.
  if (stored > ids.end) ids.next = std::max(ids.next, stored);
  ids.end = std::max(ids.next + n, stored) + kIdBlock;
  ids.ours = true;
  return ids.end;
}

void IdBlocks::forget() {
  for (Block& ids : blocks_) ids.ours = false;
}

void IdBlocks::committed() {
  for (Block& ids : blocks_) ids.durable_end = ids.end;
}

// A commit that did not say how it ended may have raised the counters.
void IdBlocks::rolled_back() {
  for (Block& ids : blocks_) ids.end = ids.durable_end;
  forget();
}

}  // namespace outpost::supervisor
