// The outbound requests that come through a proxy: logged, counted, given to who answers them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/outbound/requests.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/engine/pool.h"
#include "supervisor/engine/request_sink.h"

namespace outpost::supervisor {

class MetricsWriter;

class OutboundTraffic final : public ProxyTraffic {
 public:
  struct Counters {
    std::uint64_t refused = 0;                        // 134 Overload
    std::map<std::string, std::uint64_t> by_outcome;  // acknowledgement name, or "103 MissingAttribute"
  };

  // All outlive the traffic.
  OutboundTraffic(Loop& loop, Log& log, RequestSink& sink) : loop_(loop), log_(log), sink_(sink) {}

  [[nodiscard]] Counters counters() const;
  void write_metrics(MetricsWriter& out) const;

  Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) override;
  void on_cancel(std::uint64_t, const Replies&) override {}  // no request is held
  void on_left(std::uint64_t correlation, const Replies& replies) override;
  // What the store has, it goes on with; what waits for a validation is given back.
  void on_gone(const Replies& replies) override;
  [[nodiscard]] std::vector<CountedRequest> counted_requests() const override;

 private:
  // A request that waits for its answer.
  struct Waiting {
    Replies* replies = nullptr;
    std::uint64_t correlation = 0;
    std::uint64_t connection = 0;
    std::uint32_t sequence = 0;
    std::uint64_t started_ms = 0;
    bool large = false;
    bool preview = false;
  };
  using Place = std::pair<const Replies*, std::uint64_t>;

  bool submit(const Waiting& waiting, protocol::Request request);
  void answer(const Waiting& waiting, protocol::Answer answer);
  std::uint64_t& count_of(const protocol::Answer& answer, const protocol::ErrorRow* error);

  Loop& loop_;
  Log& log_;
  RequestSink& sink_;
  Pool<Waiting> waiting_;
  std::map<Place, std::uint64_t> previews_;  // that wait, and their number there
  std::uint64_t refused_ = 0;
  // Answers by their row, so that counting one takes no look-up of its name.
  std::vector<std::uint64_t> acknowledged_ = std::vector<std::uint64_t>(protocol::answers().size());
  std::vector<std::uint64_t> failed_ = std::vector<std::uint64_t>(protocol::errors().size());
  std::uint64_t unnamed_ = 0;
  std::uint32_t chains_in_flight_ = 0;
};

}  // namespace outpost::supervisor
