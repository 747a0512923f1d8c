// The proxy's life on the channel to its supervisor.
//
//   greeting ──Configure──▶ bound ──Start──▶ running ──Drain──▶ draining ──▶ finished
//
// The end of the channel, a broken protocol and a silent supervisor lead to `finished` from anywhere: the ports are
// closed at once. Source: design.md sections 2 and 3, ocs.md section 7.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/io/descriptor.h"
#include "common/log.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/messages.h"
#include "proxy/child/log.h"
#include "proxy/child/program.h"
#include "proxy/child/watch.h"
#include "proxy/clients.h"
#include "proxy/entrance.h"
#include "proxy/http/access_log.h"
#include "proxy/http/dialect.h"
#include "proxy/http/settings.h"
#include "proxy/ports.h"

namespace outpost::proxy {

class Proxy final : public ChildLife, private protocol::Channel::Events, private Clients::Host {
 public:
  // `supervisor` is the connected channel; Hello is sent on it. Log files come over `files` (io/descriptor.h).
  // `dialects` outlive the proxy: Configure names one.
  Proxy(Loop& loop, std::unique_ptr<Stream> supervisor, Descriptor files, std::span<const DialectRow> dialects,
        EnterSandbox enter_sandbox, Finished finished);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // What the message Drain does: closes the ports, lets what is in flight be answered, then finishes with `ok`. Nobody
  // who connected before is turned away: whoever is in the system's queue, or about to be, is served one request.
  void drain(std::chrono::milliseconds deadline) override;

 private:
  enum class State : std::uint8_t { greeting, bound, running, draining, finished };

  // protocol::Channel::Events
  Result<> on_frame(const protocol::Frame& frame) override;
  void on_batch_end() override;
  void on_closed(const Error& why) override;

  // Clients::Host
  void send(const protocol::ClientRequest& request, std::uint64_t correlation) override;
  void cancel(std::uint64_t correlation) override;
  void clients_left() override { finish_when_drained(); }

  Result<> on(protocol::Configure& configure);
  Result<> on(const protocol::Start& start);
  Result<> on(protocol::ClientReply reply, std::uint64_t correlation);
  Result<> on(protocol::Tokens& tokens, std::uint64_t correlation);
  Result<> on(const protocol::Drain& drain);
  Result<> on(const protocol::LogSegment& segment);
  Result<> on(const protocol::Refuse& refuse);

  Result<> begin(protocol::Configure& configure);
  Result<> open_log(const protocol::LogSettings& settings);
  void want_headers();
  void fail_start(protocol::ProxyExit code, const Error& why);
  void renew(protocol::Configure configure);
  void apply(protocol::Configure configure);
  void report();
  void on_drain_deadline();
  void finish_when_drained();
  void finish(protocol::ProxyExit code, std::string_view why);

  Loop& loop_;
  protocol::Channel channel_;
  Descriptor files_;
  std::span<const DialectRow> dialects_;
  EnterSandbox enter_sandbox_;
  Finished finished_;
  State state_ = State::greeting;
  ChildLog log_;               // from the first Configure on
  Descriptor access_segment_;  // the first file of the access log, until it takes it
  Wakeup access_segment_wanted_;
  AccessLog access_log_;
  Settings settings_;
  Ports ports_;
  // From the first Configure on. The entrance goes last: see there.
  std::optional<Entrance> entrance_;
  std::optional<Clients> clients_;
  bool drain_is_over_ = false;
  SupervisorWatch watch_;
  Timer drain_;
};

}  // namespace outpost::proxy
