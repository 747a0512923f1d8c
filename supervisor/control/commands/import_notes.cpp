#include "supervisor/control/commands/import_notes.h"

#include <fmt/core.h>

#include <string>

#include "common/integers.h"
#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::int64_t kKeptSeconds = std::int64_t{30} * kDaySeconds;

// Beside the answers to requests, under a key that no client can send.
std::string key_of(const protocol::ImportRows& rows) {
  return fmt::format("\x01import {} {} {}", rows.import_id, rows.offset, rows.next_offset);
}

}  // namespace

Result<> keep_notes(RecordStore& store, const protocol::ImportRows& rows, const PieceNotes& notes, std::int64_t now) {
  if (notes.duplicates + notes.odd_windows + notes.refused.size() == 0) return {};
  std::string text = fmt::format("[{},{}{}{}]", notes.duplicates, notes.odd_windows, notes.refused.empty() ? "" : ",",
                                 join(notes.refused, ","));
  return store.keep_answer(key_of(rows), {{}, std::move(text)}, now + kKeptSeconds);
}

Result<PieceNotes> kept_notes(RecordStore& store, const protocol::ImportRows& rows) {
  auto kept = store.kept_answer(key_of(rows));
  if (!kept) return pass(kept);
  auto json = *kept ? parse_json((*kept)->answer) : Result<JsonValue>(JsonValue());
  const auto* numbers = json ? std::get_if<JsonValue::Array>(&json->value) : nullptr;
  PieceNotes notes;
  for (std::size_t i = 0; numbers && i < numbers->size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&(*numbers)[i].value);
    auto value = static_cast<std::uint64_t>(number ? *number : 0);
    if (i == 0) notes.duplicates = value;
    if (i == 1) notes.odd_windows = value;
    if (i > 1) notes.refused.push_back(value);
  }
  return notes;
}

}  // namespace outpost::supervisor
