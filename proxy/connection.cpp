#include "proxy/connection.h"

#include <algorithm>
#include <ctime>

#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

Connection::Connection(Host& host, std::unique_ptr<ByteStream> stream, std::uint64_t id, Admission::Source* source)
    : host_(host),
      stream_(std::move(stream)),
      id_(id),
      source_(source),
      watch_(host.watches().add(*this)),
      output_(host.watches().add(*this)) {
  stream_->set_events(this);
  renew_parser();
}

Connection::~Connection() {
  abandon_answers();
  host_.watches().remove(watch_);
  host_.watches().remove(output_);
  host_.left(source_);
}

void Connection::open() { settle(); }

void Connection::refuse_service(Response response) {
  refuse(std::move(response));
  settle();
}

std::size_t Connection::unanswered() const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.response; }));
}

// Limits are the parser's from its beginning, so new settings reach a connection between two requests.
void Connection::renew_parser() {
  if (parser_ &&
      (settings_version_ == host_.settings().version || parser_->phase() != protocol::HttpParser::Phase::idle)) {
    return;
  }
  settings_version_ = host_.settings().version;
  parser_.emplace(host_.settings().http);
}

// --- Reading --------------------------------------------------------------------------------------------------------

void Connection::on_data(std::string_view bytes) {
  if (state_ == State::ending) {
    lingered_bytes_ += bytes.size();
    if (lingered_bytes_ > kLingerBytesMax) host_.closed(*this);
    return;
  }
  renew_parser();
  if (is_tls_in_clear(bytes)) {
    refuse(http_failure(400,
                        "TLS was spoken to a port that serves HTTP without TLS; use http:// here, or a port with TLS"));
    return settle();
  }
  consume(bytes);
  keep(bytes);
  settle();
}

// The first byte of a TLS handshake begins no request line, so nothing more has to be seen.
bool Connection::is_tls_in_clear(std::string_view bytes) const {
  constexpr char kHandshakeRecord = 0x16;
  return sequence_ == 0 && !bytes.empty() && bytes[0] == kHandshakeRecord && !stream_->secure() &&
         parser_->phase() == protocol::HttpParser::Phase::idle;
}

bool Connection::can_take() const {
  return state_ == State::open && !last_taken_ && slots_.size() < host_.settings().options.pipeline_max &&
         (slots_.empty() || !slots_.back().waiting) &&
         !(stream_->blocked() && stream_->queued_bytes() > host_.settings().options.queued_bytes_max);
}

void Connection::consume(std::string_view& bytes) {
  using Step = protocol::HttpParser::Step;
  while (can_take()) {
    switch (parser_->next(bytes)) {
      case Step::need_more: return;
      case Step::headers_done: on_expectation(); break;
      case Step::request:
        on_request(parser_->take_request());
        if (bytes.empty()) return;
        break;
      case Step::error: return on_malformed(parser_->error());
    }
  }
}

void Connection::keep(std::string_view bytes) {
  if (!bytes.empty() && state_ == State::open && !last_taken_) rest_.assign(bytes);
}

// Takes up again what could not be taken when it was read.
void Connection::resume() {
  if (state_ != State::open) return;
  if (!rest_.empty() && can_take()) {
    std::string_view bytes = std::string_view(rest_).substr(rest_used_);
    consume(bytes);
    rest_used_ = rest_.size() - bytes.size();
    if (bytes.empty() || state_ != State::open || last_taken_) {
      std::string().swap(rest_);
      rest_used_ = 0;
    }
  }
  settle();
}

void Connection::on_expectation() {
  auto route = check_head(parser_->request(), transport());
  // The body may come or not: only a close makes it clear where the next request would begin.
  if (!route) return refuse(std::move(route.error()));
  if (auto refusal = unauthorized(parser_->request(), *route, sequence_ + 1)) return refuse(std::move(*refusal));
  continue_owed_ = true;
  flush();
}

void Connection::on_malformed(const protocol::HttpError& error) {
  host_.log().write(lm::kMalformedRequest, "connection {} from {}: {} (status {}, closing)", id_, peer(), error.text,
                    error.status);
  refuse(http_failure(error.status, error.text));
}

Connection::Slot& Connection::add_slot(const protocol::HttpRequest& request) {
  Slot& slot = slots_.emplace_back();
  slot.sequence = ++sequence_;
  slot.started_ms = host_.now_ms();
  slot.framing.presentation = presentation_for(request.accept);
  slot.framing.head = request.method == protocol::HttpMethod::head;
  return slot;
}

// Answers what the parser is at, and takes nothing behind it.
void Connection::refuse(Response response) {
  Slot& slot = add_slot(parser_->request());
  slot.framing.close = last_taken_ = true;
  slot.response = std::move(response);
  flush();
}

void Connection::on_request(const protocol::HttpRequest& request) {
  continue_owed_ = false;
  watch(Watch::none);  // deadlines begin anew
  Slot& slot = add_slot(request);
  const Settings& settings = host_.settings();
  std::uint32_t requests_max = settings.options.requests_per_connection_max;
  slot.framing.close = last_taken_ =
      !request.keep_alive || draining_ || (requests_max != 0 && sequence_ >= requests_max);
  if (std::uint32_t wait_s = source_ ? host_.take_token(*source_) : 0; wait_s > 0) {
    slot.response = too_many_requests(wait_s);
    return flush();
  }
  if (settings.authorization.required()) {
    // Before the body is looked at: who may not ask learns nothing but what the head alone decides.
    auto route = check_head(request, transport());
    if (route) slot.response = unauthorized(request, *route, slot.sequence);
    if (slot.response) return flush();
  }
  auto outbound = translate(request, settings.body, settings.charset.get(), transport());
  if (!outbound) {
    slot.response = std::move(outbound.error());
    return flush();
  }
  if (host_.log().wants(LogLevel::debug)) log_ignored_parameters(request);
  protocol::Request& message = outbound->message;
  message.connection = id_;
  message.sequence = slot.sequence;
  slot.client_reference = std::move(outbound->client_reference);
  auto submitted = host_.submit(message, {id_, slot.sequence});
  slot.correlation = submitted.correlation;
  slot.waiting = !submitted.send_now;
}

std::optional<Response> Connection::unauthorized(const protocol::HttpRequest& request, const Route& route,
                                                 std::uint32_t sequence) {
  const Authorization& authorization = host_.settings().authorization;
  if (!authorization.required()) return std::nullopt;
  auto token = authorization.check(request.authorization, *route.row, std::time(nullptr));
  if (token) {
    if (sequence != sequence_) return std::nullopt;  // asked before its body: it will be asked again
    host_.log().write(lm::kAuthorized, "connection {} request {}: token \"{}\", {} of {}", id_, sequence, *token,
                      route.row->request, protocol::to_string(route.row->resource));
    return std::nullopt;
  }
  host_.log().write(lm::kUnauthorized, "connection {} request {} from {}: {}", id_, sequence, peer(),
                    token.error().reason);
  return std::move(token.error().response);
}

void Connection::log_ignored_parameters(const protocol::HttpRequest& request) {
  auto target = protocol::parse_target(request.target);
  if (!target) return;
  for (const std::string& name : target->ignored) {
    host_.log().write(lm::kParameterIgnored, "connection {} request {}: query parameter \"{}\" is ignored", id_,
                      sequence_, name);
  }
}

// --- Writing --------------------------------------------------------------------------------------------------------

Connection::Slot* Connection::find_slot(std::uint32_t sequence) {
  std::uint32_t index = slots_.empty() ? 0 : sequence - slots_.front().sequence;
  return index < slots_.size() ? &slots_[index] : nullptr;
}

void Connection::on_answer(std::uint32_t sequence, protocol::Answer answer) {
  Slot* slot = find_slot(sequence);
  if (!slot || slot->response) return;
  slot->response = to_response(std::move(answer), slot->client_reference, host_.settings().charset.get());
  flush();
  resume();
}

void Connection::on_failure(std::uint32_t sequence, Response response) {
  Slot* slot = find_slot(sequence);
  if (!slot || slot->response) return;
  slot->waiting = false;
  restore_reference(response.event, slot->client_reference);
  slot->response = std::move(response);
  flush();
  resume();
}

void Connection::sent() {
  if (!slots_.empty()) slots_.back().waiting = false;
  resume();
}

void Connection::flush() {
  while (!slots_.empty() && slots_.front().response) {
    const Slot& slot = slots_.front();
    std::size_t queued_before = stream_->queued_bytes();
    host_.respond(*stream_, *slot.response, slot.framing, {id_, slot.sequence, host_.now_ms() - slot.started_ms});
    written_bytes_ += stream_->queued_bytes() - std::min(queued_before, stream_->queued_bytes());
    slots_.erase(slots_.begin());
    if (output_.watch == Watch::output) continue;
    host_.watches().move(output_, Watch::output, host_.now_ms());
    uptake_.begin(host_.now_ms());
  }
  if (!slots_.empty()) return;
  if (last_taken_) return end(Watch::linger);
  if (continue_owed_) {
    continue_owed_ = false;
    stream_->write(kContinue);
  }
}

void Connection::on_written() {
  if (state_ == State::ending && input_ended_) return host_.closed(*this);
  resume();
}

// --- Ending ---------------------------------------------------------------------------------------------------------

void Connection::end(Watch farewell) {
  if (state_ == State::ending) return;
  state_ = State::ending;
  watch(farewell);
  stream_->finish_writing();
  stream_->start_reading();
}

void Connection::on_end() {
  input_ended_ = true;
  resume();
  if (state_ == State::ending && stream_->queued_bytes() == 0) host_.closed(*this);
}

void Connection::break_off(std::string_view why) {
  log_lost_answers(why);
  abandon_answers();
  end(Watch::linger);
}

void Connection::on_lost(const Error& why) {
  log_lost_answers(why.text);
  host_.closed(*this);
}

void Connection::log_lost_answers(std::string_view why) {
  if (std::size_t lost = unanswered(); lost > 0) {
    host_.log().write(lm::kClientGone, "connection {}: the client is gone ({}), {} answer(s) will be dropped", id_, why,
                      lost);
  }
}

void Connection::abandon_answers() {
  for (const Slot& slot : slots_) {
    if (!slot.response && slot.correlation != 0) host_.abandon(slot.correlation);
  }
  slots_.clear();
}

void Connection::drain() {
  draining_ = true;
  if (state_ == State::open) watch(Watch::none);
  if (state_ == State::open && !slots_.empty() && parser_->phase() == protocol::HttpParser::Phase::idle) {
    slots_.back().framing.close = last_taken_ = true;
    std::string().swap(rest_);
    rest_used_ = 0;
  }
  settle();
}

void Connection::end_drain(Response response) {
  if (state_ != State::open || last_taken_) return;
  if (parser_->phase() == protocol::HttpParser::Phase::idle) {
    last_taken_ = true;
    flush();
  } else {
    refuse(std::move(response));
  }
}

// --- Deadlines ------------------------------------------------------------------------------------------------------

// Brings reading and deadlines in line with what the connection can do now.
void Connection::settle() {
  if (state_ == State::ending) return;
  if (input_ended_ && slots_.empty() && rest_.empty()) return end(Watch::linger);
  bool reads = rest_.empty() && !last_taken_ && slots_.size() < host_.settings().options.pipeline_max &&
               (slots_.empty() || !slots_.back().waiting);
  if (reads) {
    stream_->start_reading();
  } else {
    stream_->pause_reading();
  }
  watch(reads ? wanted_watch() : Watch::none);
}

// A wait of the same kind goes on: no byte that trickles in makes a deadline begin anew.
void Connection::watch(Watch wanted) {
  if (wanted != watch_.watch) host_.watches().move(watch_, wanted, host_.now_ms());
}

Watch Connection::wanted_watch() const {
  switch (parser_->phase()) {
    case protocol::HttpParser::Phase::idle: return slots_.empty() ? Watch::idle : Watch::none;
    case protocol::HttpParser::Phase::head: return Watch::head;
    // A client may rightly wait for "100 Continue" before it sends its body.
    case protocol::HttpParser::Phase::body: return continue_owed_ ? Watch::none : Watch::body;
  }
  return Watch::none;
}

std::uint64_t Connection::time_allowed(Watch watch) const {
  const protocol::Configure& options = host_.settings().options;
  switch (watch) {
    case Watch::idle: return draining_ ? kDrainIdleMs : options.idle_timeout_ms;
    case Watch::head: return options.header_timeout_ms;
    case Watch::body: return options.body_timeout_ms;
    case Watch::linger: return kLingerMs;
    case Watch::parting: return kDrainPartingMs;
    case Watch::output:
    case Watch::none: break;
  }
  return UINT64_MAX;
}

bool Connection::is_due(std::uint64_t now_ms) const { return now_ms - watch_.since_ms >= time_allowed(watch_.watch); }

// False: nothing is on its way that a reset could overtake.
bool Connection::idle_too_long() {
  if (stream_->has_input()) {
    // The sweep came first in this turn. Closing now would be a reset for a request that is here.
    host_.watches().move(watch_, Watch::idle, host_.now_ms());
    return true;
  }
  bool sent = stream_->queued_bytes() == 0;
  if (sent && !draining_) return false;
  end(sent ? Watch::parting : Watch::linger);
  return true;
}

bool Connection::time_is_up() {
  // What the client has not taken yet, has_stalled() decides about.
  bool sent = stream_->queued_bytes() == 0;
  switch (watch_.watch) {
    case Watch::idle: return idle_too_long();
    case Watch::head:
    case Watch::body: refuse_too_slow(); break;
    case Watch::linger:
    case Watch::parting:
      if (sent) return false;
      host_.watches().move(watch_, Watch::linger, host_.now_ms());
      break;
    case Watch::output:
    case Watch::none: break;
  }
  return true;
}

void Connection::refuse_too_slow() {
  host_.log().write(lm::kRequestTooSlow, "connection {} from {}: a request was not complete in time", id_, peer());
  refuse(http_failure(408, "the request was not complete in time"));
  settle();
}

bool Connection::check_body_rate(std::uint64_t now_ms) {
  constexpr std::uint64_t kMsPerSecond = 1'000;
  std::uint64_t elapsed_ms = now_ms - watch_.since_ms;
  if (elapsed_ms < kBodyGraceMs) return false;
  std::uint64_t due_bytes = host_.settings().options.body_rate_min * elapsed_ms / kMsPerSecond;
  if (parser_->request().body.size() < due_bytes) refuse_too_slow();
  return true;
}

bool Connection::has_stalled(std::uint64_t now_ms) {
  std::uint64_t queued = stream_->queued_bytes();
  if (queued == 0) {
    host_.watches().move(output_, Watch::none, now_ms);
    return state_ == State::ending && input_ended_;
  }
  std::uint64_t taken = written_bytes_ - std::min(written_bytes_, queued);
  if (!uptake_.is_too_slow(written_bytes_, taken, now_ms, host_.settings().options.idle_timeout_ms)) return false;
  host_.log().write(lm::kResponseUntaken, "connection {} from {}: {} bytes were not taken in time, closing", id_,
                    peer(), queued);
  return true;
}

bool Connection::is_expendable() const { return unanswered() == 0 && stream_->queued_bytes() == 0; }

}  // namespace outpost::proxy
