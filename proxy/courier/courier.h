// The courier's life on the channel to its supervisor.
//
//   greeting ──CourierConfigure──▶ running ──Drain──▶ draining ──▶ finished
//
// The end of the channel, a broken protocol and a silent supervisor lead to `finished` from anywhere. Source: design.md
// sections 2 and 3, mobile.md 9.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/io/descriptor.h"
#include "common/io/loop.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/courier.h"
#include "proxy/child/log.h"
#include "proxy/child/program.h"
#include "proxy/child/watch.h"
#include "proxy/courier/resolver_files.h"
#include "proxy/courier/transfers.h"

namespace outpost::courier {

class Courier final : public proxy::ChildLife, private protocol::Channel::Events, private Transfers::Events {
 public:
  explicit Courier(proxy::ChildStart start);
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // What has come is fetched, what comes is not taken, then it finishes with `ok`: when the supervisor has said Drain
  // too, for then nothing is on its way any more, or when the time is over.
  void drain(std::chrono::milliseconds deadline) override;

 private:
  enum class State : std::uint8_t { greeting, running, draining, finished };

  // protocol::Channel::Events
  Result<> on_frame(const protocol::Frame& frame) override;
  void on_closed(const Error& why) override;

  // Transfers::Events
  void replied(std::uint64_t id, const protocol::FetchReply& reply) override;
  void unresolved() override;

  Result<> on(protocol::CourierConfigure& configure);
  Result<> on(protocol::Fetch& fetch, std::uint64_t correlation);
  Result<> on_cancel(std::uint64_t correlation);
  Result<> on(const protocol::LogSegment& segment);
  void on_drain(std::chrono::milliseconds deadline);

  Result<> begin(protocol::CourierConfigure& configure);
  void apply(protocol::CourierConfigure& configure);
  void fail_start(protocol::ProxyExit code, const Error& why);
  void report();
  void finish_when_drained();
  void finish(protocol::ProxyExit code, std::string_view why);

  Loop& loop_;
  protocol::Channel channel_;
  Descriptor files_;
  proxy::EnterSandbox enter_sandbox_;
  proxy::Finished finished_;
  State state_ = State::greeting;
  bool told_to_drain_ = false;  // by the supervisor
  std::uint32_t generation_ = 0;
  proxy::ChildLog log_;  // from the first CourierConfigure on
  ResolverFiles resolver_files_;
  std::optional<Transfers> transfers_;  // the same
  proxy::SupervisorWatch watch_;
  Timer drain_;
};

}  // namespace outpost::courier
