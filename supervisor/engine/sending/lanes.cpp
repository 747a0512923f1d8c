#include "supervisor/engine/sending/lanes.h"

#include <algorithm>

namespace outpost::supervisor {

namespace {

// A lane that goes on is read ahead by so many, and of so many lanes at a time.
constexpr std::size_t kReadAhead = 16;
constexpr std::size_t kWantedMax = 256;

}  // namespace

Lanes::Key Lanes::key_of(const OutboxMessage& message) {
  return {message.list_dbid, message.chain_id, message.chain_id == 0 ? message.message_id : 0};
}

std::size_t Lanes::room() const {
  if (loaded_bytes_ >= kWindowBytes || loaded_ >= kWindowMessages || entries_.size() >= kKnownMax) return 0;
  return std::min(kWindowMessages - loaded_, kKnownMax - entries_.size());
}

// --- What is known ---------------------------------------------------------------------------------------------------

void Lanes::add(OutboxMessage message, std::uint64_t now_ms) {
  if (message.message_id <= last_id_) return;
  last_id_ = message.message_id;
  Key key = key_of(message);
  Lane& lane = lanes_[key];
  ++loaded_;
  loaded_bytes_ += message.body.size();
  Entry& entry = entries_[last_id_];
  entry.message = std::move(message);
  lane.ids.push_back(last_id_);
  if (lane.failures > 0) unload(entry);
  if (lane.ids.size() > 1 || lane.busy) return;
  lane.due_ms = now_ms;
  wait(key, lane);
}

std::vector<std::int64_t> Lanes::wanted(std::uint64_t now_ms) const {
  std::vector<std::int64_t> ids;
  if (loaded_ >= kWindowMessages || loaded_bytes_ >= kWindowBytes) return ids;
  for (const auto& [due_ms, first] : due_) {
    if (due_ms > now_ms || ids.size() >= kWantedMax) break;
    if (entries_.at(first).loaded) continue;
    const Lane& lane = lanes_.at(key_of(entries_.at(first).message));
    for (std::size_t i = 0; i < std::min(lane.ids.size(), kReadAhead); ++i) ids.push_back(lane.ids[i]);
  }
  return ids;
}

void Lanes::load(OutboxMessage message) {
  auto found = entries_.find(message.message_id);
  if (found == entries_.end() || found->second.loaded) return;
  ++loaded_;
  loaded_bytes_ += message.body.size();
  found->second.message.body = std::move(message.body);
  found->second.loaded = true;
}

void Lanes::unload(Entry& entry) {
  if (!entry.loaded) return;
  --loaded_;
  loaded_bytes_ -= entry.message.body.size();
  entry.message.body = std::string();
  entry.loaded = false;
}

void Lanes::drop(std::int64_t id) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Key key = key_of(found->second.message);
  Lane& lane = lanes_.at(key);
  if (!lane.busy) due_.erase({lane.due_ms, lane.ids.front()});
  unload(found->second);
  entries_.erase(found);
  std::erase(lane.ids, id);
  if (!lane.busy) wait(key, lane);
}

// --- What is sent ----------------------------------------------------------------------------------------------------

void Lanes::wait(const Key& key, Lane& lane) {
  lane.busy = false;
  if (lane.ids.empty()) {
    lanes_.erase(key);
  } else {
    due_.emplace(lane.due_ms, lane.ids.front());
  }
}

const OutboxMessage* Lanes::begin(std::uint64_t now_ms) {
  std::size_t passed = 0;  // they are read first
  for (auto at = due_.begin(); at != due_.end() && at->first <= now_ms && passed < kWantedMax; ++at) {
    std::int64_t id = at->second;
    const Entry& entry = entries_.at(id);
    if (!entry.loaded) {
      ++passed;
      continue;
    }
    Key key = key_of(entry.message);
    due_.erase(at);
    lanes_.at(key).busy = true;
    in_flight_.emplace(id, key);
    return &entry.message;
  }
  return nullptr;
}

std::pair<Lanes::Key, Lanes::Lane*> Lanes::land(std::int64_t id) {
  auto found = in_flight_.find(id);
  Key key = found->second;
  in_flight_.erase(found);
  return {key, &lanes_.at(key)};
}

void Lanes::delivered(std::int64_t id, std::uint64_t now_ms) {
  auto [key, lane] = land(id);
  if (auto found = entries_.find(id); found != entries_.end()) {
    unload(found->second);
    entries_.erase(found);
    lane->ids.pop_front();
  }
  lane->failures = 0;
  lane->due_ms = now_ms;
  wait(key, *lane);
}

const OutboxMessage* Lanes::failed(std::int64_t id, std::string problem, std::uint64_t due_ms) {
  auto [key, lane] = land(id);
  auto found = entries_.find(id);
  const OutboxMessage* message = nullptr;
  lane->failures = found == entries_.end() ? 0 : lane->failures + 1;
  lane->due_ms = due_ms;
  if (found != entries_.end()) {
    message = &found->second.message;
    ++found->second.message.attempts;
    found->second.message.problem = std::move(problem);
    for (std::int64_t waiting : lane->ids) unload(entries_.at(waiting));
  }
  wait(key, *lane);
  return message;
}

void Lanes::returned(std::int64_t id, std::uint64_t due_ms) {
  auto [key, lane] = land(id);
  lane->due_ms = due_ms;
  wait(key, *lane);
}

int Lanes::failures(std::int64_t id) const {
  auto found = entries_.find(id);
  return found == entries_.end() ? 0 : lanes_.at(key_of(found->second.message)).failures;
}

// --- Sooner ----------------------------------------------------------------------------------------------------------

bool Lanes::retry(std::int64_t id, std::uint64_t now_ms) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  Key key = key_of(found->second.message);
  Lane& lane = lanes_.at(key);
  if (lane.ids.front() != id) return false;
  if (lane.busy) return true;
  due_.erase({lane.due_ms, lane.ids.front()});
  lane.due_ms = std::min(lane.due_ms, now_ms);
  wait(key, lane);
  return true;
}

void Lanes::retry_all(std::uint64_t now_ms) {
  std::vector<std::int64_t> waiting;
  for (const auto& [due_ms, first] : due_) {
    if (due_ms > now_ms) waiting.push_back(first);
  }
  for (std::int64_t first : waiting) retry(first, now_ms);
}

std::optional<std::uint64_t> Lanes::next_due_ms() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

}  // namespace outpost::supervisor
