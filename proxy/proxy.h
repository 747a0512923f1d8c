// The proxy's life on the channel to its supervisor.
//
//   greeting ──Configure──▶ bound ──Start──▶ running ──Drain──▶ draining ──▶ finished
//
// The end of the channel, a broken protocol and a silent supervisor lead to `finished` from anywhere: the ports are
// closed at once. Source: design.md sections 2 and 3, ocs.md section 7.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/io/descriptor.h"
#include "common/log.h"
#include "protocol/channel.h"
#include "protocol/messages.h"
#include "proxy/admission.h"
#include "proxy/connection.h"
#include "proxy/responses.h"
#include "proxy/secure_listeners.h"
#include "proxy/upstream.h"

namespace outpost::proxy {

class Proxy final : private protocol::Channel::Events, private Connection::Host {
 public:
  // Called once, from within a callback: the proxy must not be destroyed before that returns.
  using Finished = std::function<void(protocol::ProxyExit)>;

  // Gives up what the proxy does not need to serve, for good (sandbox.h), and says what became of each measure.
  using EnterSandbox = std::function<Result<std::vector<protocol::SandboxMeasure>>(const protocol::SandboxSettings&)>;

  // `supervisor` is the connected channel; Hello is sent on it. Log files come over `files` (io/descriptor.h).
  Proxy(Loop& loop, std::unique_ptr<Stream> supervisor, Descriptor files, EnterSandbox enter_sandbox,
        Finished finished);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // What the message Drain does: closes the ports, lets what is in flight be answered, then finishes with `ok`. Nobody
  // who connected before is turned away: whoever is in the system's queue, or about to be, is served one request.
  void drain(std::chrono::milliseconds deadline);

 private:
  enum class State : std::uint8_t { greeting, bound, running, draining, finished };

  // protocol::Channel::Events
  Result<> on_frame(const protocol::Frame& frame) override;
  void on_batch_end() override;
  void on_closed(const Error& why) override;

  // Connection::Host
  const Settings& settings() const override { return settings_; }
  Log& log() override { return *log_; }
  std::uint64_t now_ms() const override { return loop_.now_ms(); }
  Watches& watches() override { return watches_; }
  std::uint32_t take_token(Admission::Source& source) override;
  Upstream::Submitted submit(protocol::Request& request, Upstream::Asker asker) override;
  void abandon(std::uint64_t correlation) override;
  void respond(ByteStream& stream, const Response& response, const ResponseWriter::Framing& framing,
               const Exchange& exchange) override;
  void closed(Connection& connection) override;
  void left(Admission::Source* source) override;

  Result<> on(protocol::Configure& configure);
  Result<> on(const protocol::Start& start);
  Result<> on(protocol::Answer& answer, std::uint64_t correlation);
  Result<> on(protocol::Tokens& tokens, std::uint64_t correlation);
  Result<> on(const protocol::Drain& drain);
  Result<> on(const protocol::LogSegment& segment);
  Result<> on(const protocol::Refuse& refuse);

  Result<> begin(protocol::Configure& configure);
  Result<> open_log(const protocol::LogSettings& settings);
  Result<std::vector<protocol::ListenAddress>> bind_all(const std::vector<protocol::ListenAddress>& wanted);
  void fail_start(protocol::ProxyExit code, const Error& why);
  void log_sandbox(const std::vector<protocol::SandboxMeasure>& measures);
  std::unique_ptr<ByteStream> secured(std::unique_ptr<ByteStream> socket, const std::string& listener,
                                      std::uint64_t id);
  void apply(protocol::Configure configure);
  void tick();
  void sweep();
  void sweep_connections(std::uint64_t now_ms);
  void send_departures();
  // `listener` is its place among those that are bound.
  void accept(int fd, std::size_t listener);
  std::string_view admit(const protocol::IpAddress& address, Admission::Source*& source);
  bool make_room();
  void on_rest(int errno_value);
  void fail_unanswered(const std::vector<Upstream::Unanswered>& unanswered, protocol::ErrorNumber number);
  void close_ports();
  void on_drain_deadline();
  void finish_when_drained();
  void finish(protocol::ProxyExit code, std::string_view why);
  void log_exchange(const Response& response, const Exchange& exchange);

  Loop& loop_;
  protocol::Channel channel_;
  Descriptor files_;
  EnterSandbox enter_sandbox_;
  Finished finished_;
  State state_ = State::greeting;
  Descriptor segment_;        // the first log file, until the log takes it
  Wakeup segment_wanted_;     // by the log's thread
  std::unique_ptr<Log> log_;  // from the first Configure on
  Settings settings_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  SecureListeners secure_;
  std::optional<Upstream> upstream_;  // from the first Configure on
  ResponseWriter writer_;
  std::string scratch_;  // a response is built here
  Admission admission_;
  Watches watches_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::size_t refused_ = 0;  // of these: those that are open only to be told so
  protocol::Statistics statistics_;
  int silent_ticks_ = 0;  // since the supervisor said anything
  std::uint64_t rest_logged_ms_ = 0;
  bool drain_is_over_ = false;
  Timer tick_;
  Timer sweep_;
  Timer ports_;
  Timer drain_;
};

}  // namespace outpost::proxy
