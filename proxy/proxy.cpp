#include "proxy/proxy.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "common/text.h"
#include "common/version.h"
#include "proxy/http/client_address.h"
#include "proxy/http/request_ids.h"
#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;
using protocol::ProxyExit;

namespace {

// What the last responses get to leave, when the time to drain is over.
constexpr std::chrono::milliseconds kDrainFlush{500};

}  // namespace

Proxy::Proxy(Loop& loop, std::unique_ptr<Stream> supervisor, Descriptor files, std::span<const DialectRow> dialects,
             EnterSandbox enter_sandbox, Finished finished)
    : loop_(loop),
      channel_(std::move(supervisor), *this, protocol::kProxyPayloadBytesMax),
      files_(std::move(files)),
      dialects_(dialects),
      enter_sandbox_(std::move(enter_sandbox)),
      finished_(std::move(finished)),
      log_(loop, "outpost-proxy",
           [this] {
             if (state_ != State::finished) channel_.send(protocol::WantLogSegment{});
           }),
      access_segment_wanted_(loop,
                             [this] {
                               if (state_ == State::finished) return;
                               channel_.send(protocol::WantLogSegment{protocol::LogFileKind::access});
                             }),
      access_log_([this] { access_segment_wanted_.notify(); }),
      ports_(loop),
      watch_(
          loop,
          [this] {
            if (state_ != State::greeting) channel_.send(protocol::Ping{});
          },
          [this] { finish(ProxyExit::channel_lost, "the supervisor is silent"); }),
      drain_(loop, [this] { on_drain_deadline(); }) {
  protocol::Hello hello;
  hello.program = fmt::format("outpost-proxy {}", kVersion);
  channel_.send(hello);
}

// --- The channel ----------------------------------------------------------------------------------------------------

Result<> Proxy::on_frame(const protocol::Frame& frame) {
  if (state_ == State::finished) return {};
  watch_.heard();
  if (frame.type == protocol::Answer::kId) {  // by far the most
    auto answer = protocol::decode_message<protocol::Answer>(frame.payload);
    if (!answer) return pass(answer);
    return on(*std::move(answer), frame.correlation);
  }
  auto message = protocol::decode<protocol::FromSupervisor>(frame.type, frame.payload);
  if (!message) return pass(message);
  return std::visit(
      protocol::overloaded{[this](protocol::Ping&) {
                             report();
                             return Result<>();
                           },
                           [](protocol::Pong&) { return Result<>(); },
                           [&](protocol::Tokens& tokens) { return on(tokens, frame.correlation); },
                           [&](protocol::Answer& answer) { return on(std::move(answer), frame.correlation); },
                           [&](protocol::CallReply& reply) { return on(std::move(reply), frame.correlation); },
                           [this](auto& other) { return on(other); }},
      *message);
}

void Proxy::report() {
  protocol::Statistics statistics = clients_ ? clients_->statistics() : protocol::Statistics();
  statistics.log_lines_lost = log_.lines_lost() + access_log_.lines_lost();
  channel_.send(protocol::Pong{});
  channel_.send(statistics);
}

void Proxy::send(const protocol::ClientRequest& request, std::uint64_t correlation) {
  std::visit([&](const auto& message) { channel_.send(message, correlation); }, request);
}

void Proxy::cancel(std::uint64_t correlation) {
  if (state_ != State::finished) channel_.send(protocol::CallCancel{}, correlation);
}

void Proxy::on_batch_end() {
  if (state_ != State::finished && clients_) clients_->send_departures();
}

void Proxy::on_closed(const Error& why) {
  finish(why.code == Errc::protocol ? ProxyExit::channel_protocol : ProxyExit::channel_lost, why.text);
}

Result<> Proxy::on(protocol::Configure& configure) {
  if (state_ != State::greeting) {
    if (configure.generation != settings_.options.generation) {
      return fail(Errc::protocol, "the supervisor changed the generation of a running proxy");
    }
    renew(std::move(configure));
    return {};
  }
  if (!log_.has_segment()) return fail(Errc::protocol, "the supervisor sent its Configure before the first LogSegment");
  if (auto begun = begin(configure); !begun) fail_start(ProxyExit::internal, begun.error());
  return {};
}

Result<> Proxy::on(const protocol::Start&) {
  if (state_ == State::draining) return {};  // our own decision to drain and this word met
  if (state_ != State::bound) return fail(Errc::protocol, "the supervisor said Start out of turn");
  state_ = State::running;
  ports_.open([this](int fd, std::size_t port) { entrance_->accept(fd, port); },
              [this](int error) { entrance_->on_rest(error); });
  log_->write(lm::kAccepting, "connections are accepted");
  return {};
}

Result<> Proxy::on(protocol::ClientReply reply, std::uint64_t correlation) {
  if (!clients_) return fail(Errc::protocol, "the supervisor sent an answer before its Configure");
  if (!settings_.dialect->understands(reply)) {
    return fail(Errc::protocol, "the supervisor sent an answer of another dialect");
  }
  clients_->on_answer(correlation, std::move(reply));
  return {};
}

// They hold from the next request on, also on connections that are open.
Result<> Proxy::on(protocol::Tokens& tokens, std::uint64_t correlation) {
  if (auto set = settings_.authorization.set(std::move(tokens)); !set) return set;
  channel_.send(protocol::Pong{}, correlation);
  return {};
}

Result<> Proxy::on(const protocol::Drain& drain_message) {
  drain(std::chrono::milliseconds(drain_message.deadline_ms));
  return {};
}

Result<> Proxy::on(const protocol::LogSegment& announced) {
  auto segment = receive_descriptor(files_.get());
  if (!segment) return fail(Errc::protocol, "the supervisor announced a log file: {}", segment.error().text);
  if (announced.file == protocol::LogFileKind::access) {
    if (log_) return access_log_.take_segment(*std::move(segment));
    access_segment_ = *std::move(segment);
    return {};
  }
  log_.take(*std::move(segment));
  return {};
}

Result<> Proxy::on(const protocol::Refuse& refuse) {
  finish(ProxyExit::version_mismatch, refuse.reason);
  return {};
}

// --- The configuration ----------------------------------------------------------------------------------------------

// First what needs files, ports or privileges, then the sandbox, which takes them away for good, then threads: what the
// sandbox takes, it takes from the threads that come after it.
Result<> Proxy::begin(protocol::Configure& configure) {
  auto row = std::ranges::find(dialects_, configure.dialect, &DialectRow::name);
  auto made = row == dialects_.end() ? DialectRow::Made{} : row->make(configure);
  tzset();
  auto bound = ports_.bind(configure.listeners);
  auto measures = bound ? enter_sandbox_(configure.sandbox)
                        : Result<std::vector<protocol::SandboxMeasure>>(std::vector<protocol::SandboxMeasure>());
  if (auto opened = open_log(configure.log); !opened) return opened;
  log_->write(lm::kStarted, "outpost-proxy {} started, pid {}, generation {}", kVersion, getpid(),
              configure.generation);
  if (!made.dialect) return fail(Errc::protocol, "the supervisor asks for an unknown dialect");
  if (!bound) {
    log_->write(lm::kCannotBind, "{}", bound.error().text);
    // Only a port that is taken may come free by waiting.
    bool taken = bound.error().code == Errc::busy;
    fail_start(taken ? ProxyExit::cannot_bind : ProxyExit::internal, bound.error());
    return {};
  }
  if (!measures) {
    log_->write(lm::kNoSandbox, "{}", measures.error().text);
    fail_start(ProxyExit::no_sandbox, measures.error());
    return {};
  }
  for (const auto& listener : *bound) {
    log_->write(lm::kBound, "listener \"{}\" holds {} port {}", listener.name, listener.address, listener.port);
  }
  log_sandbox(*log_, lm::kSandboxed, lm::kSandboxOff, *measures);
  if (!made.alarm.empty()) log_->write(lm::kConfigurationAlarm, "{}", made.alarm);
  settings_.dialect = std::move(made.dialect);
  want_headers();
  Clients::Host& host = *this;
  clients_.emplace(loop_, *log_, access_log_, settings_, configure.generation, host);
  entrance_.emplace(loop_, *log_, settings_, *clients_);
  auto secured = entrance_->secure().apply(*bound, std::exchange(configure.tls, {}));
  if (!secured) return pass(secured);
  configure.listeners = *bound;
  apply(std::move(configure));
  state_ = State::bound;
  channel_.send(protocol::Bound{*std::move(bound), *std::move(measures)});
  return {};
}

void Proxy::fail_start(ProxyExit code, const Error& why) {
  channel_.send(protocol::Failed{static_cast<std::int32_t>(code), why.text});
  finish(code, why.text);
}

Result<> Proxy::open_log(const protocol::LogSettings& settings) {
  if (auto opened = log_.open(settings); !opened) return opened;
  access_log_.configure(settings);
  return access_segment_ ? access_log_.take_segment(std::move(access_segment_)) : Result<>();
}

void Proxy::want_headers() {
  auto of_dialect = settings_.dialect->headers();
  settings_.headers.assign(of_dialect.begin(), of_dialect.end());
  for (std::string_view name : {kRequestIdHeader, kTraceparentHeader, kForwardedForHeader})
    settings_.headers.push_back({name});
  settings_.headers_logged = settings_.headers;
  for (std::string_view name : {kRefererHeader, kUserAgentHeader}) settings_.headers_logged.push_back({name});
}

void Proxy::renew(protocol::Configure configure) {
  bool moved = configure.listeners != settings_.options.listeners;
  configure.listeners = settings_.options.listeners;
  auto renewed = entrance_->secure().apply(configure.listeners, std::exchange(configure.tls, {}));
  if (!renewed) log_->write(lm::kTlsKept, "{}; the TLS settings stay as they were", renewed.error().text);
  if (renewed && !renewed->empty()) {
    log_->write(lm::kTlsRenewed, "new connections get the new TLS settings of {}", join(*renewed, ", "));
  }
  apply(std::move(configure));
  log_->write(lm::kReconfigured, "a new configuration is in effect");
  if (moved) log_->write(lm::kListenersKept, "the listeners were changed: the next proxy that starts uses them");
}

// Everything but the listeners and the encoding, at the start and again at each reload.
void Proxy::apply(protocol::Configure configure) {
  const protocol::LogSettings& log = configure.log;
  const protocol::ProxyLimits& limits = configure.limits;
  log_.reconfigure(log);
  access_log_.configure(log);
  clients_->configure(configure);
  settings_.http = {limits.target_bytes_max, limits.header_bytes_max, limits.header_fields_max, limits.body_bytes_max};
  settings_.dialect->configure(configure);
  watch_.set_timeout(limits.channel_timeout_ms);
  settings_.options = std::move(configure);
  ++settings_.version;
}

// --- Ending ---------------------------------------------------------------------------------------------------------

void Proxy::drain(std::chrono::milliseconds deadline) {
  if (state_ == State::finished || state_ == State::draining) return;
  bool begun = state_ == State::running;
  state_ = State::draining;
  if (!begun) return finish(ProxyExit::ok, "drained before it was started");
  log_->write(lm::kDraining, "draining: the ports close, {} connection(s) and {} request(s) have {} ms",
              clients_->size(), clients_->open_requests(), deadline.count());
  drain_.start(deadline);
  clients_->drain();
  ports_.drain([this] { finish_when_drained(); });
}

void Proxy::on_drain_deadline() {
  if (drain_is_over_) return finish(ProxyExit::ok, "drained");
  drain_is_over_ = true;
  clients_->end_drain();
  drain_.start(kDrainFlush);
}

void Proxy::finish_when_drained() {
  if (state_ == State::draining && ports_.are_closed() && clients_->size() == 0) finish(ProxyExit::ok, "drained");
}

void Proxy::finish(ProxyExit code, std::string_view why) {
  if (state_ == State::finished) return;
  state_ = State::finished;
  ports_.close();
  watch_.stop();
  drain_.stop();
  if (clients_) clients_->give_up();
  // Of those that nobody asks for any more.
  if (code == ProxyExit::ok) report();
  if (log_) log_->write(lm::kStopped, "stopped: {} (exit code {})", why, static_cast<int>(code));
  finished_(code);
}

}  // namespace outpost::proxy
