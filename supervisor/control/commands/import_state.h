// Where an import stands in the store, and how it was begun: it goes on only so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// What becomes of a row whose contact is in the list already.
enum class Duplicates : std::uint8_t { keep, skip, refuse };
std::optional<Duplicates> parse_duplicates(std::string_view name);

struct ImportManner {
  bool chained = false;  // rows of one customer form a chain
  Duplicates duplicates = Duplicates::keep;
  bool operator==(const ImportManner&) const = default;
};
// Stands behind the source of an import, so it is durable, and known with each piece.
ImportManner manner_of(const ImportState& state);

Result<ImportState> new_import(RecordStore& store, const CallingList& list, const std::string& source,
                               const ImportManner& manner);
// The import of this source that goes on; nothing when one is to begin. Errc::exists when it is finished, or was begun
// in another manner.
Result<std::optional<ImportState>> resumed_import(RecordStore& store, const CallingList& list,
                                                  const std::string& source, const ImportManner& manner);
// Errc::not_found.
Result<ImportState> find_import(RecordStore& store, std::int64_t import_id);

}  // namespace outpost::supervisor
