// What becomes of what clients send through a proxy: an engine's side of the link, in its own dialect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "protocol/channel/messages.h"

namespace outpost::supervisor {

class ProxyTraffic {
 public:
  class Replies {
   public:
    // On the loop thread. One for each message, or none for a call that was cancelled; several for a held call, all but
    // the last with CallReply.more. Nobody may wait for it any more. Who takes too little of a reply that goes on is
    // let go, which is a cancel.
    virtual void reply(std::uint64_t correlation, protocol::ClientReply reply) = 0;
    // Bytes that wait for the proxy to read them.
    [[nodiscard]] virtual std::size_t backlog() const { return 0; }

   protected:
    ~Replies() = default;
  };

  // `replies` is the proxy's, for there may be several whose ids are the same; it is good until the supervisor ends,
  // also when the proxy is gone. An error is what the proxy did wrong, and ends it: a message of another dialect.
  virtual Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) = 0;
  // The client of a held call has left; its reply is not waited for. What was done for it must end here, for the place
  // that it took is another call's from now on.
  virtual void on_cancel(std::uint64_t correlation, const Replies& replies) = 0;
  // The client of any other message has left. Its reply is due all the same.
  virtual void on_left(std::uint64_t, const Replies&) {}
  // The proxy is gone, and with it all that waited there.
  virtual void on_gone(const Replies& replies) = 0;
  // What the proxy counts: the rows of its dialect's table behind row 0 (RequestCounts), in their order. Constants.
  struct CountedRequest {
    std::string_view resource;
    std::string_view request;
  };
  [[nodiscard]] virtual std::vector<CountedRequest> counted_requests() const { return {}; }

 protected:
  ~ProxyTraffic() = default;
};

}  // namespace outpost::supervisor
