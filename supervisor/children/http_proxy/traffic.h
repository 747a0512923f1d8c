// What becomes of what clients send through a proxy: an engine's side of the link, in its own dialect.
#pragma once

#include <cstdint>

#include "common/error.h"
#include "protocol/channel/messages.h"

namespace outpost::supervisor {

class ProxyTraffic {
 public:
  class Replies {
   public:
    // On the loop thread. One for each message, or none for a call that was cancelled. Nobody may wait for it any more.
    virtual void reply(std::uint64_t correlation, protocol::ClientReply reply) = 0;

   protected:
    ~Replies() = default;
  };

  // `replies` is good as long as answers come. An error is what the proxy did wrong, and ends it: a message of another
  // dialect.
  virtual Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) = 0;
  // The client of a held call has left; its reply is not waited for.
  virtual void on_cancel(std::uint64_t correlation) = 0;
  // The proxy is gone, and with it all that waited.
  virtual void on_gone() = 0;

 protected:
  ~ProxyTraffic() = default;
};

}  // namespace outpost::supervisor
