// The requests that wait for the supervisor: which may leave now, which wait for room, whose time ran out.
// No sockets and no clock: the caller sends, and says what time it is.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <unordered_map>
#include <vector>

#include "protocol/channel/messages.h"

namespace outpost::proxy {

class Upstream {
 public:
  // Who asked: the number of a connection, and of the request on it.
  struct Asker {
    std::uint64_t connection = 0;
    std::uint32_t sequence = 0;
  };
  struct Unanswered {
    Asker asker;
    bool sent;                    // it may still take effect
    std::uint64_t to_cancel = 0;  // a held request, which the supervisor has to be told of; 0: it is none
  };
  struct Departure {
    std::uint64_t correlation;
    protocol::ClientRequest request;
    Asker asker;
  };

  // `generation` is the supervisor's number for this proxy: ids of another one are never found.
  explicit Upstream(std::uint32_t generation) : generation_(generation) {}
  void configure(std::uint32_t window, std::uint32_t timeout_ms) {
    window_ = window;
    timeout_ms_ = timeout_ms;
  }

  // The id that the next request is to travel under.
  std::uint64_t next_correlation();
  // True: the caller sends it, it counts as in flight already. Otherwise the request was moved from and waits, first
  // come first served, for depart(); the caller sees to it that no asker piles up waiting requests.
  bool submit(std::uint64_t correlation, protocol::ClientRequest& request, Asker asker, std::uint64_t now_ms);
  // A request that may be answered late: it has `held_ms` and waits for no room. The caller sends it, and sees to it
  // that no asker holds more than one.
  void hold(std::uint64_t correlation, Asker asker, std::uint64_t now_ms, std::uint32_t held_ms);
  // The next waiting request, when there is room.
  std::optional<Departure> depart();
  // Who waits for this answer; nothing when it is late, was given up, is unknown or of another generation (counted).
  std::optional<Asker> answered(std::uint64_t correlation);
  // Who waits for this piece of the answer to a held one, which has as long again for the next; nothing as above.
  std::optional<Asker> goes_on(std::uint64_t correlation, std::uint64_t now_ms);
  // The asker is gone. A request that was sent keeps its place in the window until the answer comes: the supervisor has
  // it, and answers every request that it got. True for what was sent, which the supervisor has to be told of.
  bool abandon(std::uint64_t correlation);
  // The asker says no more, and may be gone: its answer is waited for all the same. True as above; once for each.
  bool note_silence(std::uint64_t correlation);
  // Requests whose time ran out by now, each reported once.
  std::vector<Unanswered> expire(std::uint64_t now_ms);
  // All that nobody has answered yet, each reported once; or those that are held.
  std::vector<Unanswered> give_up();
  std::vector<Unanswered> give_up_held() { return expire_held(UINT64_MAX); }

  // Sent and not answered, those included that nobody waits for any more; without those held.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] std::uint64_t late_answers() const { return late_answers_; }

 private:
  struct Flight {
    Asker asker;
    std::uint64_t deadline_ms;
    bool abandoned;
    std::uint32_t held_ms = 0;  // of a held one
    bool told = false;          // the supervisor knows that the asker has left or says no more
  };
  struct Waiting {
    Departure departure;
    std::uint64_t deadline_ms;
  };

  std::vector<Unanswered> expire_held(std::uint64_t now_ms);
  [[nodiscard]] bool has_room() const { return in_flight_.size() < window_; }

  std::uint32_t generation_;
  std::uint32_t window_ = 1;
  std::uint32_t timeout_ms_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t late_answers_ = 0;
  // That of in_flight_, which changes with each request.
  std::unique_ptr<std::pmr::memory_resource> memory_ = std::make_unique<std::pmr::unsynchronized_pool_resource>();
  std::pmr::unordered_map<std::uint64_t, Flight> in_flight_{memory_.get()};  // by correlation id
  std::unordered_map<std::uint64_t, Flight> held_;                           // the same; none is abandoned
  std::deque<Waiting> waiting_;                                              // at most one per connection
};

}  // namespace outpost::proxy
