// What a dry run of an import remembers of the rows that it did not store, so that those behind them are judged as if
// it had: contacts, and how long chains would be.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

class DryRun {
 public:
  // Hashes only, of some 50 bytes each.
  static constexpr std::size_t kRememberedMax = 4'000'000;

  [[nodiscard]] bool has_contact(std::string_view contact) const;
  // Rows that would be in this chain of the list; `chain_id` 0 means the one that the customer's first row began.
  [[nodiscard]] std::int32_t rows_in_chain(std::int64_t chain_id, std::string_view customer_id) const;
  // The row would have been stored. Errc::limit when there are too many.
  Result<> take(const Record& record, bool chained);

 private:
  Result<> count(std::uint64_t key);

  std::unordered_map<std::uint64_t, std::int32_t> rows_;
};

}  // namespace outpost::supervisor
