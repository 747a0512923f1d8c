// The outbox in the store, page by page: what its sender reads and writes, and what outpostctl does. On a thread of the
// store; what writes, within a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// --- For the sender --------------------------------------------------------------------------------------------------

struct OutboxWant {
  std::string destination;
  std::int64_t after_id = 0;
  std::size_t messages = 0;            // behind it, at most; a page of many bytes ends earlier
  std::vector<std::int64_t> ids = {};  // and these
};
struct OutboxSeen {
  std::vector<std::string> destinations;
  std::vector<OutboxPause> pauses;
  std::vector<OutboxMessage> messages;                     // of each destination in their order
  std::vector<OutboxMessage> bodies;                       // of `ids`
  std::vector<std::pair<std::string, std::int64_t>> gone;  // those of `ids` that are not there, by destination
  std::optional<std::vector<CampaignGroup>> groups;
};
Result<OutboxSeen> look_into_outbox(RecordStore& store, const std::vector<OutboxWant>& wants, bool groups);

// What came of messages.
struct OutboxNote {
  std::int64_t message_id = 0;
  std::int32_t attempts = 0;
  std::string problem;
};
struct OutboxSettled {
  std::vector<std::int64_t> removed;
  std::vector<OutboxNote> notes;
  [[nodiscard]] std::size_t size() const { return removed.size() + notes.size(); }
};
Result<> settle_outbox(RecordStore& store, const OutboxSettled& settled);

// --- For whoever keeps it in bounds, and shows it --------------------------------------------------------------------

struct OutboxBacklog {
  std::string destination;
  std::int64_t messages = 0;
  std::int64_t oldest_at = 0;  // epoch seconds
  std::string problem = {};    // of the oldest
  std::int64_t paused_at = 0;  // 0: it is not
};
// Those with messages, and those that are paused, by name. Looks at each message, but not into it.
Result<std::vector<OutboxBacklog>> survey_outbox(RecordStore& store);

struct OutboxTrimmed {
  std::vector<std::int64_t> expired;
  std::vector<std::int64_t> surplus;
};
// Removes the oldest: those written before `expire_before`, and as many as make `surplus`; at most `limit`.
Result<OutboxTrimmed> trim_outbox(RecordStore& store, std::string_view destination, std::int64_t expire_before,
                                  std::int64_t surplus, std::uint32_t limit);

}  // namespace outpost::supervisor
