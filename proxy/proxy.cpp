#include "proxy/proxy.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "common/version.h"
#include "protocol/custom_headers.h"
#include "protocol/exchange_log.h"
#include "proxy/log_messages.h"
#include "proxy/tls_stream.h"

namespace outpost::proxy {

namespace lm = log_messages;
using protocol::ErrorNumber;
using protocol::ProxyExit;

namespace {

// Connections over a limit that are open at once only to be told so; beyond that they are closed without a word.
constexpr std::size_t kRefusalsMax = 64;
// Idle connections that still have bytes to take are passed over when one is closed for another, up to this number.
constexpr int kEvictionTries = 64;
// How many give their descriptors at each rest of a listener.
constexpr int kRoomAtRest = 16;
// A want of descriptors may last: it is told this often.
constexpr std::uint64_t kRestLogMs = 60'000;
// What all clients together may leave unread: far below sandbox.memory-limit.
constexpr std::size_t kQueuedBytesMax = std::size_t{256} * 1024 * 1024;
// A supervisor that never sends its Configure.
constexpr std::chrono::milliseconds kGreetingTick{10'000};
// The supervisor counts as gone after this many ticks without a word. Ticks are counted, not time measured: a machine
// that stood still makes one late tick, not several, and what came meanwhile is read before the next.
constexpr int kSilentTicksMax = 3;
constexpr std::uint32_t kSweepMinMs = 5;
constexpr std::uint32_t kSweepMaxMs = 250;
// What a client gets to complete its connection, whose first segment came before the ports began to close.
constexpr std::chrono::milliseconds kDrainHandshakes{200};
// What the last responses get to leave, when the time to drain is over.
constexpr std::chrono::milliseconds kDrainFlush{500};

std::string_view failure_text(ErrorNumber number, bool sent) {
  switch (number) {
    case ErrorNumber::timeout: return "no answer came in time; the request may still take effect";
    case ErrorNumber::overload: return "the queue to the supervisor was full for too long; the request had no effect";
    default:
      return sent ? "the service is ending here; the request may still take effect"
                  : "the service is ending here; the request had no effect";
  }
}

Response unanswered_response(ErrorNumber number, bool sent) {
  return failure(protocol::find_error(static_cast<std::int32_t>(number))->http_status, number,
                 failure_text(number, sent));
}

// Fine enough for the shortest of the deadlines.
std::chrono::milliseconds sweep_interval(const protocol::Configure& options) {
  std::uint32_t shortest = std::min(
      {options.request_timeout_ms, options.header_timeout_ms, options.body_timeout_ms, options.idle_timeout_ms});
  return std::chrono::milliseconds(std::clamp(shortest / 4, kSweepMinMs, kSweepMaxMs));
}

// Nothing when the peer is gone already.
std::optional<protocol::IpAddress> peer_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  return protocol::IpAddress::of(storage);
}

}  // namespace

Proxy::Proxy(Loop& loop, std::unique_ptr<Stream> supervisor, Descriptor files, EnterSandbox enter_sandbox,
             Finished finished)
    : loop_(loop),
      channel_(std::move(supervisor), *this),
      files_(std::move(files)),
      enter_sandbox_(std::move(enter_sandbox)),
      finished_(std::move(finished)),
      segment_wanted_(loop,
                      [this] {
                        if (state_ != State::finished) channel_.send(protocol::WantLogSegment{});
                      }),
      tick_(loop, [this] { tick(); }),
      sweep_(loop, [this] { sweep(); }),
      ports_(loop, [this] { close_ports(); }),
      drain_(loop, [this] { on_drain_deadline(); }) {
  protocol::Hello hello;
  hello.program = fmt::format("outpost-proxy {}", kVersion);
  hello.pid = getpid();
  channel_.send(hello);
  tick_.start_repeating(kGreetingTick);
}

// Connections tell their host what they leave unanswered, so they go while it is whole.
Proxy::~Proxy() { connections_.clear(); }

// --- The channel ----------------------------------------------------------------------------------------------------

Result<> Proxy::on_frame(const protocol::Frame& frame) {
  if (state_ == State::finished) return {};
  silent_ticks_ = 0;
  auto message = protocol::decode<protocol::FromSupervisor>(frame.type, frame.payload);
  if (!message) return fail(message.error());
  return std::visit(protocol::overloaded{[this](protocol::Ping&) {
                                           statistics_.connections = connections_.size();
                                           statistics_.sources = admission_.sources();
                                           statistics_.in_flight = upstream_ ? upstream_->in_flight() : 0;
                                           statistics_.late_answers = upstream_ ? upstream_->late_answers() : 0;
                                           statistics_.log_lines_lost = log_ ? log_->lines_lost() : 0;
                                           channel_.send(protocol::Pong{});
                                           channel_.send(statistics_);
                                           return Result<>();
                                         },
                                         [](protocol::Pong&) { return Result<>(); },
                                         [&](protocol::Tokens& tokens) { return on(tokens, frame.correlation); },
                                         [&](protocol::Answer& answer) { return on(answer, frame.correlation); },
                                         [this](auto& other) { return on(other); }},
                    *message);
}

void Proxy::on_batch_end() {
  if (state_ != State::finished && upstream_) send_departures();
}

void Proxy::on_closed(const Error& why) {
  finish(why.code == Errc::protocol ? ProxyExit::channel_protocol : ProxyExit::channel_lost, why.text);
}

Result<> Proxy::on(protocol::Configure& configure) {
  if (state_ != State::greeting) {
    if (configure.generation != settings_.options.generation) {
      return fail(Errc::protocol, "the supervisor changed the generation of a running proxy");
    }
    bool moved = configure.listeners != settings_.options.listeners;
    configure.listeners = settings_.options.listeners;
    auto renewed = secure_.apply(configure.listeners, std::exchange(configure.tls, {}));
    if (!renewed) log_->write(lm::kTlsKept, "{}; the TLS settings stay as they were", renewed.error().text);
    if (renewed && !renewed->empty()) {
      log_->write(lm::kTlsRenewed, "new connections get the new TLS settings of {}", fmt::join(*renewed, ", "));
    }
    apply(std::move(configure));
    log_->write(lm::kReconfigured, "a new configuration is in effect");
    if (moved) log_->write(lm::kListenersKept, "the listeners were changed: the next proxy that starts uses them");
    return {};
  }
  if (!segment_) return fail(Errc::protocol, "the supervisor sent its Configure before the first LogSegment");
  if (auto begun = begin(configure); !begun) fail_start(ProxyExit::internal, begun.error());
  return {};
}

// Everything but the listeners and the encoding, at the start and again at each reload.
void Proxy::apply(protocol::Configure configure) {
  const protocol::LogSettings& log = configure.log;
  log_->reconfigure(parse_log_level(log.level).value_or(LogLevel::interaction), log.segment_bytes, log.segment_hours,
                    0);
  auto alarm = [this](std::string_view text) { log_->write(lm::kConfigurationAlarm, "{}", text); };

  protocol::CustomHeaders headers = protocol::parse_custom_headers(configure.custom_headers);
  for (const std::string& problem : headers.problems) alarm("http-custom-headers: " + problem);
  writer_.set_custom_headers(std::move(headers.lines), std::move(headers.secure_lines));

  if (auto configured = admission_.configure(configure); !configured) alarm(configured.error().text);

  settings_.http = {configure.target_bytes_max, configure.header_bytes_max, configure.header_fields_max,
                    configure.body_bytes_max};
  settings_.body = {configure.body_keys_max, configure.key_bytes_max};
  upstream_->configure(configure.window, configure.request_timeout_ms);
  tick_.start_repeating(std::chrono::milliseconds(std::max(configure.channel_timeout_ms / kSilentTicksMax, 1U)));
  sweep_.start_repeating(sweep_interval(configure));
  settings_.options = std::move(configure);
  ++settings_.version;
}

Result<> Proxy::on(const protocol::Start&) {
  if (state_ == State::draining) return {};  // our own decision to drain and this word met
  if (state_ != State::bound) return fail(Errc::protocol, "the supervisor said Start out of turn");
  state_ = State::running;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    listeners_[i]->start([this, i](int fd) { accept(fd, i); });
  }
  log_->write(lm::kAccepting, "connections are accepted");
  return {};
}

Result<> Proxy::on(protocol::Answer& answer, std::uint64_t correlation) {
  if (!upstream_) return fail(Errc::protocol, "the supervisor sent an Answer before its Configure");
  auto asker = upstream_->answered(correlation);
  auto found = asker ? connections_.find(asker->connection) : connections_.end();
  if (found == connections_.end()) {
    log_->write(lm::kAnswerLate, "the answer to {:#x} is dropped: nobody waits for it", correlation);
    return {};
  }
  found->second->on_answer(asker->sequence, std::move(answer));
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

Result<> Proxy::on(const protocol::LogSegment&) {
  auto segment = receive_descriptor(files_.get());
  if (!segment) return fail(Errc::protocol, "the supervisor announced a log file: {}", segment.error().text);
  if (log_) {
    log_->take_segment(segment->release());
  } else {
    segment_ = *std::move(segment);
  }
  return {};
}

Result<> Proxy::on(const protocol::Refuse& refuse) {
  finish(ProxyExit::version_mismatch, refuse.reason);
  return {};
}

void Proxy::tick() {
  if (++silent_ticks_ > kSilentTicksMax) return finish(ProxyExit::channel_lost, "the supervisor is silent");
  if (state_ != State::greeting) channel_.send(protocol::Ping{});
}

// --- Requests -------------------------------------------------------------------------------------------------------

void Proxy::accept(int fd, std::size_t listener) {
  std::uint64_t id = ++statistics_.connections_total;
  auto address = peer_of(fd);
  if (!address || !admission_.is_welcome(*address)) {
    ::close(fd);
    if (!address) return;
    ++statistics_.connections_denied;
    return log_->write(lm::kSourceDenied, "connection {} from {} is denied", id, address->text());
  }
  auto stream = Stream::adopt(loop_, fd);
  if (!stream) return log_->write(lm::kAdoptFailed, "{}", stream.error().text);
  Admission::Source* source = nullptr;
  std::string_view refusal = admit(*address, source);
  if (!refusal.empty()) {
    ++statistics_.connections_refused;
    log_->write(lm::kConnectionsFull, "connection {} from {} is refused: {}", id, (*stream)->peer(), refusal);
    if (refused_ >= kRefusalsMax) return;
    ++refused_;
  }
  Connection::Host& host = *this;
  const protocol::ListenAddress& bound = settings_.options.listeners[listener];
  std::unique_ptr<ByteStream> bytes = *std::move(stream);
  if (bound.secure) bytes = secured(std::move(bytes), bound.name, id);
  auto connection = std::make_unique<Connection>(host, std::move(bytes), id, source);
  if (log_->wants(LogLevel::debug)) {
    log_->write(lm::kConnectionOpened, "connection {} from {} opened", id, connection->peer());
  }
  Connection& opened = *connection;
  connections_.emplace(id, std::move(connection));
  if (source) {
    opened.open();
  } else {
    opened.refuse_service(failure(503, ErrorNumber::overload, refusal));
  }
  if (state_ == State::draining) opened.drain();
}

// Something that a connection needs is used up, descriptors perhaps: whoever is idle gives theirs.
void Proxy::on_rest(int errno_value) {
  for (int i = 0; i < kEvictionTries && make_room(); ++i) {
  }
  if (rest_logged_ms_ != 0 && loop_.now_ms() < rest_logged_ms_ + kRestLogMs) return;
  rest_logged_ms_ = loop_.now_ms();
  log_->write(lm::kAcceptRests, "accepting rests, again and again for {} ms: {}", Listener::kAcceptRest.count(),
              fail_errno(errno_value, "cannot accept a connection").value().text);
}

// Why a connection cannot be served; empty: it can, and `source` is set.
std::string_view Proxy::admit(const protocol::IpAddress& address, Admission::Source*& source) {
  source = admission_.enter(address, loop_.now_ms());
  if (!source) return "too many connections are open from this address";
  if (connections_.size() - refused_ < settings_.options.connections_max || make_room()) return {};
  admission_.leave(*std::exchange(source, nullptr), loop_.now_ms());
  return "too many connections are open, and none is idle";
}

// Closes a connection for a new one: that which has been idle for the longest, else one that is over but for the
// client's end, else the one whose head has taken the longest. Whose it is does not matter: a source that brings many
// cannot push out more than connections_per_source_max others, since it must close one to open another.
bool Proxy::make_room() {
  Connection* victim = nullptr;
  for (Watch watch : {Watch::idle, Watch::linger, Watch::head}) {
    int tries = kEvictionTries;
    watches_.visit(watch, [&](Connection& connection) {
      if (connection.is_expendable()) victim = &connection;
      return victim == nullptr && --tries > 0;
    });
    if (victim) break;
  }
  if (!victim) return false;
  ++statistics_.connections_evicted;
  log_->write(lm::kEvicted, "connection {} from {} is closed to make room", victim->id(), victim->peer());
  connections_.erase(victim->id());
  return true;
}

std::uint32_t Proxy::take_token(Admission::Source& source) {
  std::uint32_t wait_s = admission_.take(source, loop_.now_ms());
  if (wait_s > 0) ++statistics_.rate_limited;
  return wait_s;
}

std::unique_ptr<ByteStream> Proxy::secured(std::unique_ptr<ByteStream> socket, const std::string& listener,
                                           std::uint64_t id) {
  TlsStream::Handshake handshake;
  handshake.time_max = std::chrono::milliseconds(settings_.options.handshake_timeout_ms);
  handshake.ended = [this, id, peer = socket->peer()](const Result<std::string>& outcome) {
    if (outcome) {
      ++statistics_.handshakes;
      log_->write(lm::kHandshakeDone, "connection {} from {}: {}", id, peer, *outcome);
    } else {
      ++statistics_.handshakes_failed;
      log_->write(lm::kHandshakeFailed, "connection {} from {}: no TLS handshake: {}", id, peer, outcome.error().text);
    }
  };
  handshake.broken = [this, id, peer = socket->peer()](std::string_view why) {
    log_->write(lm::kTlsBroken, "connection {} from {} is broken off: {}", id, peer, why);
    if (auto found = connections_.find(id); found != connections_.end()) found->second->break_off(why);
  };
  handshake.answer_in_clear = [this] {
    std::string answer;
    ResponseWriter::Framing framing;
    framing.close = true;
    writer_.append(answer,
                   http_failure(400, "HTTP without TLS was spoken to a port that serves HTTPS; use https:// here"),
                   framing, std::time(nullptr));
    return answer;
  };
  return std::make_unique<TlsStream>(loop_, std::move(socket), secure_.context(listener), std::move(handshake));
}

void Proxy::closed(Connection& connection) {
  log_->write(lm::kConnectionClosed, "connection {} closed", connection.id());
  connections_.erase(connection.id());
  finish_when_drained();
}

void Proxy::left(Admission::Source* source) {
  if (source) {
    admission_.leave(*source, loop_.now_ms());
  } else {
    --refused_;
  }
}

Upstream::Submitted Proxy::submit(protocol::Request& request, Upstream::Asker asker) {
  if (log_->wants(LogLevel::trace)) {
    log_->write_block(LogLevel::trace, protocol::request_line(asker.connection, asker.sequence),
                      protocol::attribute_lines(request.event, log_->wants(LogLevel::debug)));
  }
  auto submitted = upstream_->submit(request, asker, loop_.now_ms());
  if (submitted.send_now) channel_.send(request, submitted.correlation);
  return submitted;
}

void Proxy::send_departures() {
  while (auto next = upstream_->depart()) {
    channel_.send(next->request, next->correlation);
    if (auto found = connections_.find(next->asker.connection); found != connections_.end()) found->second->sent();
  }
}

void Proxy::abandon(std::uint64_t correlation) { upstream_->abandon(correlation); }

void Proxy::respond(ByteStream& stream, const Response& response, const ResponseWriter::Framing& framing,
                    const Exchange& exchange) {
  scratch_.clear();
  ResponseWriter::Framing whole = framing;
  whole.secure = stream.secure();
  writer_.append(scratch_, response, whole, std::time(nullptr));
  stream.write(scratch_);
  auto& counter = response.status < 300   ? statistics_.responses_2xx
                  : response.status < 500 ? statistics_.responses_4xx
                                          : statistics_.responses_5xx;
  ++counter;
  if (response.status == 401 || response.status == 403) ++statistics_.unauthorized;
  log_exchange(response, exchange);
}

void Proxy::log_exchange(const Response& response, const Exchange& exchange) {
  if (!log_->wants(LogLevel::interaction)) return;
  bool whole = log_->wants(LogLevel::trace);
  log_->write_block(whole ? LogLevel::trace : LogLevel::interaction,
                    protocol::response_line(exchange.connection, exchange.sequence, response.status,
                                            static_cast<std::int64_t>(exchange.took_ms)),
                    whole ? protocol::attribute_lines(response.event, log_->wants(LogLevel::debug)) : std::string());
}

// --- Time -----------------------------------------------------------------------------------------------------------

void Proxy::sweep() {
  std::uint64_t now = loop_.now_ms();
  for (const auto& unanswered : upstream_->expire(now)) {
    fail_unanswered({unanswered}, unanswered.sent ? ErrorNumber::timeout : ErrorNumber::overload);
  }
  sweep_connections(now);
  admission_.forget(now);
  send_departures();
  finish_when_drained();
}

void Proxy::sweep_connections(std::uint64_t now_ms) {
  auto destroy = [this](Connection& connection) {
    log_->write(lm::kConnectionClosed, "connection {} closed", connection.id());
    connections_.erase(connection.id());
  };
  for (Watch watch : {Watch::idle, Watch::head, Watch::body, Watch::linger, Watch::parting}) {
    watches_.visit(watch, [&](Connection& connection) {
      if (!connection.is_due(now_ms)) return false;
      if (!connection.time_is_up()) destroy(connection);
      return true;
    });
  }
  watches_.visit(Watch::body, [&](Connection& connection) { return connection.check_body_rate(now_ms); });
  std::size_t queued = 0;
  watches_.visit(Watch::output, [&](Connection& connection) {
    if (connection.has_stalled(now_ms)) {
      destroy(connection);
    } else {
      queued += connection.queued_bytes();
    }
    return true;
  });
  // Those who have left theirs unread for the longest pay for it.
  watches_.visit(Watch::output, [&](Connection& connection) {
    if (queued <= kQueuedBytesMax) return false;
    queued -= connection.queued_bytes();
    log_->write(lm::kResponseUntaken, "connection {} from {} leaves too much unread and is closed", connection.id(),
                connection.peer());
    destroy(connection);
    return true;
  });
}

void Proxy::fail_unanswered(const std::vector<Upstream::Unanswered>& unanswered, ErrorNumber number) {
  for (const auto& [asker, sent] : unanswered) {
    auto found = connections_.find(asker.connection);
    if (found != connections_.end()) found->second->on_failure(asker.sequence, unanswered_response(number, sent));
  }
}

// --- Ending ---------------------------------------------------------------------------------------------------------

void Proxy::drain(std::chrono::milliseconds deadline) {
  if (state_ == State::finished || state_ == State::draining) return;
  bool begun = state_ == State::running;
  state_ = State::draining;
  if (!begun) return finish(ProxyExit::ok, "drained before it was started");
  log_->write(lm::kDraining, "draining: the ports close, {} connection(s) and {} request(s) have {} ms",
              connections_.size(), upstream_->in_flight() + upstream_->waiting(), deadline.count());
  sweep_.start_repeating(std::chrono::milliseconds(kSweepMinMs));
  drain_.start(deadline);
  for (auto& [id, connection] : connections_) connection->drain();
  auto turns_away = [](std::unique_ptr<Listener>& listener) { return listener->turn_newcomers_away(); };
  if (std::count_if(listeners_.begin(), listeners_.end(), turns_away) > 0) {
    ports_.start(kDrainHandshakes);
  } else {
    close_ports();
  }
}

void Proxy::close_ports() {
  for (auto& listener : listeners_) listener->accept_waiting();
  listeners_.clear();
  finish_when_drained();
}

void Proxy::on_drain_deadline() {
  if (drain_is_over_) return finish(ProxyExit::ok, "drained");
  drain_is_over_ = true;
  fail_unanswered(upstream_->give_up(), ErrorNumber::not_primary);
  for (auto& [id, connection] : connections_) {
    connection->end_drain(unanswered_response(ErrorNumber::not_primary, false));
  }
  drain_.start(kDrainFlush);
}

void Proxy::finish_when_drained() {
  if (state_ == State::draining && listeners_.empty() && connections_.empty()) finish(ProxyExit::ok, "drained");
}

void Proxy::finish(ProxyExit code, std::string_view why) {
  if (state_ == State::finished) return;
  state_ = State::finished;
  listeners_.clear();
  tick_.stop();
  sweep_.stop();
  ports_.stop();
  drain_.stop();
  // What the supervisor has not answered by now it never will.
  for (auto& [id, connection] : connections_) connection->drain();
  if (upstream_) fail_unanswered(upstream_->give_up(), ErrorNumber::not_primary);
  if (log_) log_->write(lm::kStopped, "stopped: {} (exit code {})", why, static_cast<int>(code));
  finished_(code);
}

}  // namespace outpost::proxy
