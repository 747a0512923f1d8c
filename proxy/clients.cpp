#include "proxy/clients.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "protocol/custom_headers.h"
#include "protocol/outbound/exchange_log.h"
#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;
using Reason = Refusal::Reason;

namespace {

// Connections over a limit that are open at once only to be told so; beyond that they are closed without a word.
constexpr std::size_t kRefusalsMax = 64;
// Idle connections that still have bytes to take are passed over when one is closed for another, up to this number.
constexpr int kEvictionTries = 64;
// What all clients together may leave unread: far below sandbox.memory-limit.
constexpr std::size_t kQueuedBytesMax = std::size_t{256} * 1024 * 1024;
constexpr std::uint32_t kSweepMinMs = 5;
constexpr std::uint32_t kSweepMaxMs = 250;

Refusal unanswered_refusal(Reason reason, bool sent) {
  switch (reason) {
    case Reason::timeout: return unavailable(reason, "no answer came in time; the request may still take effect");
    case Reason::overload:
      return unavailable(reason, "the queue to the supervisor was full for too long; the request had no effect");
    default:
      return unavailable(reason, sent ? "the service is ending here; the request may still take effect"
                                      : "the service is ending here; the request had no effect");
  }
}

// Fine enough for the shortest of the deadlines.
std::chrono::milliseconds sweep_interval(const protocol::Configure& options) {
  std::uint32_t shortest = std::min({options.limits.request_timeout_ms, options.limits.header_timeout_ms,
                                     options.limits.body_timeout_ms, options.limits.idle_timeout_ms});
  return std::chrono::milliseconds(std::clamp(shortest / 4, kSweepMinMs, kSweepMaxMs));
}

}  // namespace

Clients::Clients(Loop& loop, Log& log, AccessLog& access, const Settings& settings, std::uint32_t generation,
                 Host& host)
    : loop_(loop),
      log_(log),
      access_(access),
      settings_(settings),
      host_(host),
      responder_(log, access, counters_),
      upstream_(generation),
      sweep_(loop, [this] { sweep(); }) {
  counters_.requests.set_rows(settings.dialect->rows());
}

// Connections tell their host what they leave unanswered, so they go while it is whole.
Clients::~Clients() { connections_.clear(); }

void Clients::configure(const protocol::Configure& options) {
  auto alarm = [this](std::string_view text) { log_.write(lm::kConfigurationAlarm, "{}", text); };
  protocol::CustomHeaders headers = protocol::parse_custom_headers(options.http.custom_headers);
  for (const std::string& problem : headers.problems) alarm("http-custom-headers: " + problem);
  responder_.set_custom_headers(std::move(headers.lines), std::move(headers.secure_lines));
  if (auto configured = admission_.configure(options.limits); !configured) alarm(configured.error().text);
  upstream_.configure(options.limits.window, options.limits.request_timeout_ms);
  bodies_.set_max(options.limits.bodies_bytes_max);
  sweep_.start_repeating(sweep_interval(options));
}

protocol::Statistics Clients::statistics() const {
  protocol::Statistics statistics = counters_;
  statistics.connections = connections_.size();
  statistics.sources = admission_.sources();
  statistics.late_answers = upstream_.late_answers();
  statistics.held = upstream_.held();
  statistics.body_bytes = bodies_.bytes();
  return statistics;
}

// --- Coming and going -----------------------------------------------------------------------------------------------

Clients::Admitted Clients::admit(const IpAddress& address) {
  Admission::Source* source = admission_.enter(address, loop_.now_ms());
  if (!source) return {{address}, "too many connections are open from this address"};
  if (connections_.size() - refused_ < settings_.options.limits.connections_max || make_room()) {
    return {{address, source}};
  }
  admission_.leave(*source, loop_.now_ms());
  return {{address}, "too many connections are open, and none is idle"};
}

bool Clients::may_refuse() const { return refused_ < kRefusalsMax; }

void Clients::add(std::uint64_t id, std::unique_ptr<ByteStream> stream, std::size_t listener,
                  const Admitted& admitted) {
  if (!admitted.peer.source) ++refused_;
  Connection::Host& host = *this;
  auto connection = std::make_unique<Connection>(host, std::move(stream), id, listener, admitted.peer);
  if (log_.wants(LogLevel::debug)) {
    log_.write(lm::kConnectionOpened, "connection {} from {} opened", id, connection->peer());
  }
  Connection& opened = *connection;
  connections_.emplace(id, std::move(connection));
  if (admitted.peer.source) {
    opened.open();
  } else {
    opened.refuse_service(unavailable(Reason::overload, admitted.refusal));
  }
  if (draining_) opened.drain();
}

// It is that which has been idle for the longest, else one that is over but for the client's end, else the one whose
// head has taken the longest. Whose it is does not matter: a source that brings many cannot push out more than
// connections_per_source_max others, since it must close one to open another.
bool Clients::make_room() {
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
  ++counters_.connections_evicted;
  log_.write(lm::kEvicted, "connection {} from {} is closed to make room", victim->id(), victim->peer());
  connections_.erase(victim->id());
  return true;
}

Connection* Clients::find(std::uint64_t id) {
  auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void Clients::break_off(std::uint64_t id, std::string_view why) {
  if (Connection* connection = find(id)) connection->break_off(why);
}

void Clients::destroy(Connection& connection) {
  log_.write(lm::kConnectionClosed, "connection {} closed", connection.id());
  connections_.erase(connection.id());
}

void Clients::closed(Connection& connection) {
  destroy(connection);
  host_.clients_left();
}

void Clients::left(Admission::Source* source) {
  if (source) {
    admission_.leave(*source, loop_.now_ms());
  } else {
    --refused_;
  }
}

// --- Requests -------------------------------------------------------------------------------------------------------

std::uint32_t Clients::take_token(Admission::Source& source) {
  return count_limited(admission_.take(source, loop_.now_ms()));
}

std::uint32_t Clients::take_token(const IpAddress& client) {
  return count_limited(admission_.take(client, loop_.now_ms()));
}

std::uint32_t Clients::count_limited(std::uint32_t wait_s) {
  if (wait_s > 0) ++counters_.rate_limited;
  return wait_s;
}

bool Clients::submit(std::uint64_t correlation, Exchange::Outgoing& outgoing, Upstream::Asker asker) {
  if (log_.wants(LogLevel::trace)) {
    log_.write_block(LogLevel::trace, protocol::request_line(asker.connection, asker.sequence), outgoing.log_text);
  }
  bool goes_now = true;
  if (outgoing.held_ms > 0) {
    std::get<protocol::Call>(outgoing.message).held = true;
    upstream_.hold(correlation, asker, loop_.now_ms(), outgoing.held_ms);
  } else {
    goes_now = upstream_.submit(correlation, outgoing.message, asker, loop_.now_ms());
  }
  if (goes_now) host_.send(outgoing.message, correlation);
  return goes_now;
}

void Clients::abandon(std::uint64_t correlation) {
  if (upstream_.abandon(correlation)) host_.cancel(correlation);
}

void Clients::fell_silent(std::uint64_t correlation) {
  if (upstream_.note_silence(correlation)) host_.cancel(correlation);
}

void Clients::send_departures() {
  while (auto next = upstream_.depart()) {
    host_.send(next->request, next->correlation);
    if (Connection* connection = find(next->asker.connection)) connection->sent();
  }
}

void Clients::on_answer(std::uint64_t correlation, protocol::ClientReply reply) {
  const auto* call = std::get_if<protocol::CallReply>(&reply);
  bool more = call && call->more;
  auto asker = more ? upstream_.goes_on(correlation, loop_.now_ms()) : upstream_.answered(correlation);
  Connection* connection = asker ? find(asker->connection) : nullptr;
  if (!connection) {
    return log_.write(lm::kAnswerLate, "the answer to {:#x} is dropped: nobody waits for it", correlation);
  }
  connection->on_answer(asker->sequence, std::move(reply));
}

void Clients::fail(const Upstream::Unanswered& unanswered, Reason reason) {
  if (unanswered.to_cancel != 0) host_.cancel(unanswered.to_cancel);
  Connection* connection = find(unanswered.asker.connection);
  if (connection) connection->on_failure(unanswered.asker.sequence, unanswered_refusal(reason, unanswered.sent));
}

std::string Clients::last_word(const Refusal& refusal, std::uint64_t connection) {
  auto exchange = settings_.dialect->begin({}, {.log = log_, .connection = connection});
  return responder_.last_word(exchange->respond(refusal));
}

// --- Time -----------------------------------------------------------------------------------------------------------

void Clients::sweep() {
  std::uint64_t now = loop_.now_ms();
  if (draining_) give_up_held();  // a connection that had begun may still have asked for one
  for (const auto& unanswered : upstream_.expire(now)) {
    fail(unanswered, unanswered.sent ? Reason::timeout : Reason::overload);
  }
  sweep_overdue(now);
  sweep_unread(now);
  admission_.forget(now);
  send_departures();
  host_.clients_left();
}

void Clients::sweep_overdue(std::uint64_t now_ms) {
  for (Watch watch : {Watch::idle, Watch::head, Watch::body, Watch::linger, Watch::parting}) {
    watches_.visit(watch, [&](Connection& connection) {
      if (!connection.is_due(now_ms)) return false;
      if (!connection.time_is_up()) destroy(connection);
      return true;
    });
  }
  watches_.visit(Watch::body, [&](Connection& connection) { return connection.check_body_rate(now_ms); });
}

void Clients::sweep_unread(std::uint64_t now_ms) {
  std::size_t queued = 0;
  watches_.visit(Watch::output, [&](Connection& connection) {
    if (connection.has_stalled(now_ms)) {
      destroy(connection);
    } else {
      queued += connection.queued_bytes();
    }
    return true;
  });
  // Those who have left theirs unread for the longest pay for it; what may be on its way on purpose is more at times.
  const std::size_t queued_max = std::max<std::size_t>(kQueuedBytesMax, settings_.options.limits.bodies_bytes_max);
  watches_.visit(Watch::output, [&](Connection& connection) {
    if (queued <= queued_max) return false;
    queued -= connection.queued_bytes();
    log_.write(lm::kResponseUntaken, "connection {} from {} leaves too much unread and is closed", connection.id(),
               connection.peer());
    destroy(connection);
    return true;
  });
}

// --- Ending ---------------------------------------------------------------------------------------------------------

void Clients::drain() {
  draining_ = true;
  sweep_.start_repeating(std::chrono::milliseconds(kSweepMinMs));
  for (auto& [id, connection] : connections_) connection->drain();
  give_up_held();
}

// A call that may be answered late is not worth waiting for: its client asks again, elsewhere.
void Clients::give_up_held() {
  for (const auto& unanswered : upstream_.give_up_held()) fail(unanswered, Reason::leaving);
}

void Clients::end_drain() {
  for (const auto& unanswered : upstream_.give_up()) fail(unanswered, Reason::leaving);
  for (auto& [id, connection] : connections_) connection->end_drain(unanswered_refusal(Reason::leaving, false));
}

void Clients::give_up() {
  sweep_.stop();
  for (auto& [id, connection] : connections_) connection->drain();
  for (const auto& unanswered : upstream_.give_up()) fail(unanswered, Reason::leaving);
}

}  // namespace outpost::proxy
