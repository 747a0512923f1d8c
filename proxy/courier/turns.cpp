#include "proxy/courier/turns.h"

#include <algorithm>

namespace outpost::courier {

bool Turns::ask(std::uint64_t id, const std::string& name, std::size_t bytes) {
  auto& entry = *servers_.try_emplace(name).first;
  Server& server = entry.second;
  bytes = std::min(bytes, room_.bytes);  // the first of all may be larger
  bool fits = server.requests < room_.requests && server.bytes + bytes <= room_.bytes;
  if (!fits && server.requests > 0) return false;
  asked_[id] = {&entry, false, bytes, server.waiting.insert(server.waiting.end(), id)};
  ++server.requests;
  server.bytes += bytes;
  --room_.requests;
  room_.bytes -= bytes;
  list(entry);
  return true;
}

std::size_t Turns::requests_of(const std::string& server) const {
  auto found = servers_.find(server);
  return found == servers_.end() ? 0 : found->second.requests;
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
  auto [entry, running, bytes, place] = found->second;
  asked_.erase(found);
  Server& server = entry->second;
  if (running) {
    --server.running;
    --running_;
  } else {
    server.waiting.erase(place);
  }
  --server.requests;
  server.bytes -= bytes;
  ++room_.requests;
  room_.bytes += bytes;
  list(*entry);
  if (server.requests > 0) return;
  if (server.listed) std::erase(ready_, entry);
  servers_.erase(entry->first);
}

}  // namespace outpost::courier
