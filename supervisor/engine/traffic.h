// The outbound requests that come through a proxy: logged, counted, given to who answers them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/engine/request_sink.h"

namespace outpost::supervisor {

class OutboundTraffic final : public ProxyTraffic {
 public:
  struct Counters {
    std::uint64_t refused = 0;                        // 134 Overload
    std::map<std::string, std::uint64_t> by_outcome;  // acknowledgement name, or "103 MissingAttribute"
  };

  // All outlive the traffic.
  OutboundTraffic(Loop& loop, Log& log, RequestSink& sink) : loop_(loop), log_(log), sink_(sink) {}

  [[nodiscard]] const Counters& counters() const { return counters_; }

  Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) override;
  void on_cancel(std::uint64_t, const Replies&) override {}  // no request is held
  void on_gone(const Replies&) override {}                   // what the store has, it goes on with

 private:
  // A request that waits for its answer.
  struct Waiting {
    Replies& replies;
    std::uint64_t correlation;
    std::uint64_t connection;
    std::uint32_t sequence;
    std::uint64_t started_ms;
    bool large;
  };

  void answer(const Waiting& waiting, protocol::Answer answer);

  Loop& loop_;
  Log& log_;
  RequestSink& sink_;
  Counters counters_;
  std::uint32_t chains_in_flight_ = 0;
};

}  // namespace outpost::supervisor
