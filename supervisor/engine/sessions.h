// Sessions: who talks to us over the outbound protocols. A Desktop session is keyed by application and agent, a Third
// Party session by application. Source: ocs.md 3.5, design.md 7.
//
// They live in memory; what a session holds is in the store, as open handles. So a restart ends no call: handles that
// nobody asks about any more are given back when their own time is over.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/outbound/vocabulary.h"

namespace outpost::supervisor {

struct Session {
  protocol::OutboundProtocol protocol = protocol::OutboundProtocol::desktop;
  std::int64_t application_dbid = 0;
  std::string agent_id;        // of a Desktop session; empty for requests that named no agent
  std::int64_t began_at = 0;   // epoch seconds
  std::int64_t active_at = 0;  // of its last request
  std::uint64_t requests = 0;
};

// Single-threaded, but for open().
class Sessions {
 public:
  // Agents are named by clients, so their number is limited: beyond it the session that was silent longest is
  // forgotten.
  static constexpr std::size_t kSessionsMax = 10'000;

  explicit Sessions(std::int64_t application_dbid) : application_dbid_(application_dbid) {}

  // A request of this session came.
  void touch(protocol::OutboundProtocol protocol, std::string_view agent_id, std::int64_t now);
  // When the agent's Desktop session had its last request; 0 when it has none.
  [[nodiscard]] std::int64_t active_at(std::string_view agent_id) const;
  void end(std::string_view agent_id);
  // Ends those that had no request since `active_till`.
  void end_idle(std::int64_t active_till);
  // How many there are. Any thread.
  [[nodiscard]] std::uint64_t open(protocol::OutboundProtocol protocol) const noexcept {
    return open_[static_cast<std::size_t>(protocol)];
  }
  // Latest first.
  [[nodiscard]] std::vector<Session> all() const { return {by_activity_.begin(), by_activity_.end()}; }

 private:
  using Place = std::list<Session>::iterator;
  // So that a look-up makes no string of the name.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void forget(Place place);
  std::atomic<std::uint64_t>& open_of(protocol::OutboundProtocol protocol) {
    return open_[static_cast<std::size_t>(protocol)];
  }

  std::int64_t application_dbid_;
  std::list<Session> by_activity_;                                         // latest first
  std::unordered_map<std::string, Place, Hash, std::equal_to<>> desktop_;  // by agent
  Place third_party_ = by_activity_.end();
  std::array<std::atomic<std::uint64_t>, 2> open_{};  // by protocol
};

}  // namespace outpost::supervisor
