// What becomes of a request between the channel and its answer.
#pragma once

#include <functional>

#include "protocol/channel/messages.h"

namespace outpost::supervisor {

// A request is queued for the store, or refused at once.
class RequestSink {
 public:
  using Answered = std::function<void(protocol::Answer)>;
  // Calls `answered` on the loop thread, once, not before this returns. False when it cannot take the request now;
  // `answered` is not called then.
  virtual bool submit(protocol::Request request, Answered answered) = 0;

 protected:
  ~RequestSink() = default;
};

}  // namespace outpost::supervisor
