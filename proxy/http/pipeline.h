// The requests of one connection whose responses have not left yet, in the order in which they came: a response may be
// there and wait for those before it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/http/access_log.h"
#include "proxy/http/bodies.h"
#include "proxy/http/dialect.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

// What has left of a response whose body goes on.
struct BegunResponse {
  int status = 0;
  std::uint64_t body_bytes = 0;
};

class Pipeline {
 public:
  struct Slot {
    explicit Slot(Bodies& bodies) : request_body(bodies), response_body(bodies) {}

    std::uint32_t sequence = 0;
    bool waiting = false;           // not sent yet
    bool held = false;              // may be answered late: nothing is read behind it
    std::uint64_t correlation = 0;  // 0: nobody was asked
    std::uint64_t started_us = 0;
    ResponseWriter::Framing framing;
    std::unique_ptr<Exchange> exchange;
    std::optional<Response> response;
    // Of a response whose body goes on, which is in `piece` alone: what has come of it and not left yet.
    std::optional<Response> piece;
    std::optional<BegunResponse> begun;  // its head has left
    protocol::RequestIds ids;
    std::unique_ptr<SeenRequest> seen;  // for the access log; null: it is off
    // Its own, which the supervisor has as well until it answers; and that of a large `response`.
    Bodies::Part request_body;
    Bodies::Part response_body;
  };

  // They must outlive it.
  explicit Pipeline(Bodies& bodies) : bodies_(bodies) {}

  // The next request, with the next number. Good until the next change.
  Slot& add(std::uint64_t now_us);
  // The request of this number, when it is here and has no response; else null.
  Slot* find_unanswered(std::uint32_t sequence);
  // The first, when its response is here; else null.
  Slot* ready() { return !slots_.empty() && slots_.front().response ? &slots_.front() : nullptr; }
  // The same, when it has a piece.
  Slot* ready_piece() { return !slots_.empty() && slots_.front().piece ? &slots_.front() : nullptr; }
  void pop() { slots_.erase(slots_.begin()); }
  void clear() { slots_.clear(); }

  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  Slot& last() { return slots_.back(); }
  // The last one may be answered late.
  [[nodiscard]] bool is_held() const { return !slots_.empty() && slots_.back().held && !slots_.back().response; }
  // The last one waits to be sent.
  [[nodiscard]] bool is_stuck() const { return !slots_.empty() && slots_.back().waiting; }
  [[nodiscard]] std::size_t unanswered() const;
  // The number of the last request that was added; 0: none was.
  [[nodiscard]] std::uint32_t last_sequence() const { return sequence_; }
  [[nodiscard]] auto begin() const { return slots_.begin(); }
  [[nodiscard]] auto end() const { return slots_.end(); }

 private:
  Bodies& bodies_;
  std::vector<Slot> slots_;  // at most pipeline_max
  std::uint32_t sequence_ = 0;
};

}  // namespace outpost::proxy
