// What becomes of a request between the channel and its answer.
#pragma once

#include <cstdint>
#include <functional>

#include "protocol/channel/messages.h"

namespace outpost::supervisor {

// A request is queued for the store, or refused at once.
class RequestSink {
 public:
  using Answered = std::function<void(protocol::Answer)>;
  // Calls `answered` on the loop thread, once, not before this returns. Returns a number for withdraw(), or 0 when it
  // cannot take the request now; `answered` is not called then.
  virtual std::uint64_t submit(protocol::Request request, Answered answered) = 0;
  // Whoever asked has left, of a request that is not answered yet. It is answered all the same, but if its record waits
  // for a validation, that ends, and the record is nobody's.
  virtual void withdraw(std::uint64_t number) = 0;

 protected:
  ~RequestSink() = default;
};

}  // namespace outpost::supervisor
