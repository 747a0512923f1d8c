#include "supervisor/engine/outward/outbox_pages.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace outpost::supervisor {

namespace {

// A body may have a megabyte: pages are small until it is known what they hold. What one look leaves out the next one
// finds.
constexpr std::size_t kPageMessages = 64;
constexpr std::size_t kPageBytesMax = std::size_t{8} * 1024 * 1024;  // of one destination
constexpr std::size_t kLookBytesMax = 4 * kPageBytesMax;             // of all

// How many bytes it has read.
Result<std::size_t> read_behind(RecordStore& store, const OutboxWant& want, std::vector<OutboxMessage>& messages) {
  std::int64_t after = want.after_id;
  std::size_t bytes = 0;
  for (std::size_t left = want.messages; left > 0 && bytes < kPageBytesMax;) {
    std::size_t limit = std::min(left, kPageMessages);
    auto page = store.outbox(want.destination, after, static_cast<std::uint32_t>(limit));
    if (!page) return pass(page);
    for (const OutboxMessage& message : *page) bytes += message.body.size();
    bool last = page->size() < limit;
    left -= page->size();
    if (!page->empty()) after = page->back().message_id;
    std::ranges::move(*page, std::back_inserter(messages));
    if (last) break;
  }
  return bytes;
}

Result<std::size_t> read_these(RecordStore& store, const OutboxWant& want, OutboxSeen& seen) {
  std::size_t bytes = 0;
  for (std::int64_t id : want.ids) {
    if (bytes >= kPageBytesMax) break;
    auto message = store.outbox_message(id);
    if (!message) return pass(message);
    if (!*message) {
      seen.gone.emplace_back(want.destination, id);
      continue;
    }
    bytes += (*message)->body.size();
    seen.bodies.push_back(std::move(**message));
  }
  return bytes;
}

}  // namespace

Result<OutboxSeen> look_into_outbox(RecordStore& store, const std::vector<OutboxWant>& wants, bool groups) {
  OutboxSeen seen;
  auto destinations = store.outbox_destinations();
  if (!destinations) return pass(destinations);
  seen.destinations = std::move(*destinations);
  auto pauses = store.outbox_pauses();
  if (!pauses) return pass(pauses);
  seen.pauses = std::move(*pauses);
  std::size_t bytes = 0;
  for (const OutboxWant& want : wants) {
    if (bytes >= kLookBytesMax) break;
    auto bodies = read_these(store, want, seen);
    if (!bodies) return pass(bodies);
    auto behind = read_behind(store, want, seen.messages);
    if (!behind) return pass(behind);
    bytes += *bodies + *behind;
  }
  if (groups) {
    auto catalogue = store.catalogue();
    if (!catalogue) return pass(catalogue);
    seen.groups = std::move(catalogue->groups);
  }
  return seen;
}

Result<> settle_outbox(RecordStore& store, const OutboxSettled& settled) {
  for (const OutboxNote& note : settled.notes) {
    if (auto noted = store.note_outbox(note.message_id, note.attempts, note.problem); !noted) return noted;
  }
  for (std::int64_t id : settled.removed) {
    if (auto removed = store.remove_outbox(id); !removed) return removed;
  }
  return {};
}

Result<std::vector<OutboxBacklog>> survey_outbox(RecordStore& store) {
  std::map<std::string, OutboxBacklog> found;
  auto destinations = store.outbox_destinations();
  if (!destinations) return pass(destinations);
  for (const std::string& destination : *destinations) {
    auto messages = store.count_outbox(destination);
    if (!messages) return pass(messages);
    auto oldest = store.outbox(destination, 0, 1);
    if (!oldest) return pass(oldest);
    if (oldest->empty()) continue;
    found[destination] = {destination, *messages, oldest->front().created_at, std::move(oldest->front().problem)};
  }
  auto pauses = store.outbox_pauses();
  if (!pauses) return pass(pauses);
  for (const OutboxPause& pause : *pauses) {
    OutboxBacklog& backlog = found[pause.destination];
    backlog.destination = pause.destination;
    backlog.paused_at = pause.paused_at;
  }
  std::vector<OutboxBacklog> all;
  for (auto& [destination, backlog] : found) all.push_back(std::move(backlog));
  return all;
}

Result<OutboxTrimmed> trim_outbox(RecordStore& store, std::string_view destination, std::int64_t expire_before,
                                  std::int64_t surplus, std::uint32_t limit) {
  OutboxTrimmed trimmed;
  std::int64_t after = 0;
  for (std::uint32_t left = limit; left > 0;) {
    std::uint32_t page_max = std::min<std::uint32_t>(left, kPageMessages);
    auto page = store.outbox(destination, after, page_max);
    if (!page) return pass(page);
    for (const OutboxMessage& message : *page) {
      bool expired = message.created_at < expire_before;
      if (!expired && surplus <= 0) return trimmed;
      (expired ? trimmed.expired : trimmed.surplus).push_back(message.message_id);
      --surplus;
      if (auto removed = store.remove_outbox(message.message_id); !removed) return pass(removed);
      after = message.message_id;
    }
    if (page->size() < page_max) return trimmed;
    left -= page_max;
  }
  return trimmed;
}

}  // namespace outpost::supervisor
