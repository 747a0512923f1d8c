#include "proxy/connection.h"

#include <algorithm>
#include <ctime>

#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

Connection::Connection(Host& host, std::unique_ptr<ByteStream> stream, std::uint64_t id)
    : host_(host), stream_(std::move(stream)), id_(id) {
  stream_->set_events(this);
  renew_parser();
}

Connection::~Connection() {
  for (const Slot& slot : slots_) {
    if (!slot.response && slot.correlation != 0) host_.abandon(slot.correlation);
  }
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
  consume(bytes);
  keep(bytes);
  settle();
}

bool Connection::can_take() const {
  return state_ == State::open && !last_taken_ && slots_.size() < host_.settings().options.pipeline_max &&
         (slots_.empty() || !slots_.back().waiting) &&
         !(stream_->blocked() && stream_->queued_bytes() > kQueuedBytesMax);
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
  auto route = check_head(parser_->request());
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
  watch_ = Watch::none;  // deadlines begin anew
  Slot& slot = add_slot(request);
  slot.framing.close = last_taken_ = !request.keep_alive || draining_;
  const Settings& settings = host_.settings();
  if (settings.authorization.required()) {
    // Before the body is looked at: who may not ask learns nothing but what the head alone decides.
    auto route = check_head(request);
    if (route) slot.response = unauthorized(request, *route, slot.sequence);
    if (slot.response) return flush();
  }
  auto outbound = translate(request, settings.body, settings.charset.get());
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
    host_.respond(*stream_, *slot.response, slot.framing, {id_, slot.sequence, host_.now_ms() - slot.started_ms});
    slots_.erase(slots_.begin());
  }
  if (!slots_.empty()) return;
  if (last_taken_) return end();
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

void Connection::end() {
  if (state_ == State::ending) return;
  state_ = State::ending;
  deadline_ms_ = host_.now_ms() + kLingerMs;
  stream_->finish_writing();
  stream_->start_reading();
}

void Connection::on_end() {
  input_ended_ = true;
  resume();
  if (state_ == State::ending && stream_->queued_bytes() == 0) host_.closed(*this);
}

void Connection::on_lost(const Error& why) {
  if (std::size_t lost = unanswered(); lost > 0) {
    host_.log().write(lm::kClientGone, "connection {}: the client is gone ({}), {} answer(s) will be dropped", id_,
                      why.text, lost);
  }
  host_.closed(*this);
}

void Connection::drain() {
  draining_ = true;
  watch_ = Watch::none;
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
  if (input_ended_ && slots_.empty() && rest_.empty()) return end();
  bool reads = rest_.empty() && !last_taken_ && slots_.size() < host_.settings().options.pipeline_max &&
               (slots_.empty() || !slots_.back().waiting);
  if (reads) {
    stream_->start_reading();
  } else {
    stream_->pause_reading();
  }
  Watch wanted = reads ? wanted_watch() : Watch::none;
  if (wanted == watch_) return;
  watch_ = wanted;
  deadline_ms_ = host_.now_ms() + time_allowed(wanted);
}

Connection::Watch Connection::wanted_watch() const {
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
    case Watch::none: return 0;
  }
  return 0;
}

// A client that takes nothing of what is sent to it, for as long as an idle connection may stay.
bool Connection::is_stalled(std::uint64_t now_ms) {
  std::size_t queued = stream_->queued_bytes();
  if (queued == 0 || queued != queued_before_) {
    queued_before_ = queued;
    stalled_since_ms_ = now_ms;
  }
  return now_ms - stalled_since_ms_ > host_.settings().options.idle_timeout_ms;
}

bool Connection::sweep(std::uint64_t now_ms) {
  if (is_stalled(now_ms)) return false;
  if (state_ == State::ending) {
    if (stream_->queued_bytes() == 0) return !input_ended_ && now_ms < deadline_ms_;
    deadline_ms_ = now_ms + kLingerMs;
    return true;
  }
  if (watch_ == Watch::none || now_ms < deadline_ms_) return true;
  // Nothing is on its way that a reset could overtake.
  if (watch_ == Watch::idle && stream_->queued_bytes() == 0) return false;
  if (watch_ == Watch::idle) {
    end();
    return true;
  }
  host_.log().write(lm::kRequestTooSlow, "connection {} from {}: a request was not complete in time", id_, peer());
  refuse(http_failure(408, "the request was not complete in time"));
  settle();
  return true;
}

}  // namespace outpost::proxy
