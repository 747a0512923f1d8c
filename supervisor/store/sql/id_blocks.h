// Identifiers from blocks that are reserved in the store, so that most of them cost no statement.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "supervisor/store/rows.h"

namespace outpost::supervisor {

class IdBlocks {
 public:
  // The first of `n` in a row; nothing when the block is used up, and has to be reserved first.
  std::optional<std::int64_t> take(IdKind kind, std::int64_t n);
  // Makes room for `n` behind the counter that the store has; returns what it is to have from now on.
  std::int64_t reserve(IdKind kind, std::int64_t n, std::int64_t stored);
  // What the store's counter is, when this one has set it last.
  [[nodiscard]] std::optional<std::int64_t> stored(IdKind kind) const {
    const Block& ids = blocks_[static_cast<std::size_t>(kind)];
    return ids.ours ? std::optional(ids.end) : std::nullopt;
  }
  // Somebody else may have raised the counters.
  void forget();
  // What was reserved in the transaction is durable, or was never reserved.
  void committed();
  void rolled_back();

 private:
  // `next` only ever rises, also when a reservation is rolled back: an identifier that was handed out may have been
  // seen, if only in a log.
  struct Block {
    std::int64_t next = 1;
    std::int64_t end = 1;          // identifiers below are reserved, perhaps only in the open transaction
    std::int64_t durable_end = 1;  // `end` as of the last commit
    bool ours = false;             // the store's counter is `end`
  };
  [[nodiscard]] Block& block(IdKind kind) { return blocks_[static_cast<std::size_t>(kind)]; }

  std::array<Block, 4> blocks_;
};

}  // namespace outpost::supervisor
