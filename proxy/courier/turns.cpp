#include "proxy/courier/turns.h"

#include <algorithm>

namespace outpost::courier {

bool Turns::ask(std::uint64_t id, const std::string& server) {
  auto& entry = *servers_.try_emplace(server).first;
  auto& waiting = entry.second.waiting;
  if (waiting.size() >= kWaitingMax) return false;
  asked_[id] = {&entry, false, waiting.insert(waiting.end(), id)};
  list(entry);
  return true;
}

void Turns::list(Servers::value_type& entry) {
  Server& server = entry.second;
  if (server.listed || server.waiting.empty() || server.running >= per_server_max_) return;
  server.listed = true;
  ready_.push_back(&entry);
}

std::optional<std::uint64_t> Turns::next() {
  while (running_ < max_ && !ready_.empty()) {
    Servers::value_type& entry = *ready_.front();
    ready_.pop_front();
    Server& server = entry.second;
    server.listed = false;
    if (server.waiting.empty()) continue;  // they have left
    std::uint64_t id = server.waiting.front();
    server.waiting.pop_front();
    asked_.at(id).running = true;
    ++server.running;
    ++running_;
    list(entry);
    return id;
  }
  return std::nullopt;
}

void Turns::leave(std::uint64_t id) {
  auto found = asked_.find(id);
  if (found == asked_.end()) return;
  auto [entry, running, place] = found->second;
  asked_.erase(found);
  Server& server = entry->second;
  if (running) {
    --server.running;
    --running_;
  } else {
    server.waiting.erase(place);
  }
  list(*entry);
  if (server.running > 0 || !server.waiting.empty()) return;
  if (server.listed) std::erase(ready_, entry);
  servers_.erase(entry->first);
}

}  // namespace outpost::courier
