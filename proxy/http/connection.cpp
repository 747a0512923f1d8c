#include "proxy/http/connection.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "proxy/http/request_ids.h"
#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

namespace {

constexpr std::string_view kNoRoom = "too much is being sent to this server at once; this request had no effect";

}  // namespace

Connection::Connection(Host& host, std::unique_ptr<ByteStream> stream, std::uint64_t id, std::size_t listener,
                       const Peer& peer)
    : host_(host),
      stream_(std::move(stream)),
      id_(id),
      listener_(listener),
      peer_(peer),
      client_(peer.address.text()),
      deadlines_(host.watches(), *this),
      reader_(host.settings()),
      pipeline_(host.bodies()),
      making_(host.bodies()),
      output_(host.bodies()) {
  stream_->set_events(this);
}

Connection::~Connection() {
  abandon_answers();
  host_.left(peer_.source);
}

void Connection::open() { settle(); }

void Connection::refuse_service(const Refusal& refusal) {
  refuse(refusal);
  settle();
}

// --- Reading --------------------------------------------------------------------------------------------------------

void Connection::on_data(std::string_view bytes) {
  host_.received(bytes.size());
  if (state_ == State::ending) {
    lingered_bytes_ += bytes.size();
    if (lingered_bytes_ > kLingerBytesMax) host_.closed(*this);
    return;
  }
  reader_.renew(host_.settings());
  if (is_tls_in_clear(bytes)) {
    refuse(http_refusal(400,
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
  return pipeline_.last_sequence() == 0 && !bytes.empty() && bytes[0] == kHandshakeRecord && !stream_->secure() &&
         reader_.is_idle();
}

bool Connection::can_take() const {
  return state_ == State::open && !last_taken_ && pipeline_.size() < host_.settings().options.limits.pipeline_max &&
         !pipeline_.is_stuck() && !pipeline_.is_held() &&
         !(stream_->blocked() && stream_->queued_bytes() > host_.settings().options.limits.queued_bytes_max);
}

void Connection::consume(std::string_view& bytes) {
  using Step = protocol::HttpParser::Step;
  while (can_take()) {
    switch (reader_.parser().next(bytes)) {
      case Step::need_more: return book_body();
      case Step::headers_done: on_expectation(); break;
      case Step::request:
        on_request(reader_.parser().take_request());
        reader_.parser().forget_request();
        if (bytes.empty()) return;
        break;
      case Step::error: return on_malformed(reader_.parser().error());
    }
  }
}

// In front of more of it. A few bytes over the limit are here already, and are let go with the rest.
void Connection::book_body() {
  if (making_.grow_to(reader_.parser().request().body.size())) return;
  host_.log().write(lm::kBodiesFull, "connection {} from {}: a request is refused: bodies take {} bytes in all", id_,
                    peer(), host_.bodies().bytes());
  refuse(unavailable(Refusal::Reason::overload, kNoRoom));
}

void Connection::keep(std::string_view bytes) {
  if (!bytes.empty() && state_ == State::open && !last_taken_) reader_.keep(bytes);
}

// Takes up again what could not be taken when it was read.
void Connection::resume() {
  if (state_ != State::open) return;
  if (reader_.has_rest() && can_take()) {
    std::string_view bytes = reader_.rest();
    consume(bytes);
    reader_.keep_last(bytes.size());
    if (bytes.empty() || state_ != State::open || last_taken_) reader_.drop_rest();
  }
  settle();
}

void Connection::on_expectation() {
  const protocol::HttpRequest& request = reader_.parser().request();
  std::uint32_t sequence = pipeline_.last_sequence() + 1;
  auto exchange = begin_exchange(request, sequence);
  // The body may come or not: only a close makes it clear where the next request would begin.
  if (auto refused = refuse_head(request, *exchange, sequence)) {
    return refuse_with(std::move(exchange), *std::move(refused));
  }
  continue_owed_ = true;
  flush();
}

void Connection::on_malformed(const protocol::HttpError& error) {
  host_.log().write(lm::kMalformedRequest, "connection {} from {}: {} (status {}, closing)", id_, peer(), error.text,
                    error.status);
  refuse(http_refusal(error.status, error.text));
}

Pipeline::Slot& Connection::add_slot(const protocol::HttpRequest& request) {
  Pipeline::Slot& slot = pipeline_.add(steady_us());
  slot.framing.head = request.method == protocol::HttpMethod::head;
  slot.ids = ids_of(request, host_.log(), id_, slot.sequence);
  if (host_.access_log().is_on()) {
    std::string target = host_.settings().dialect->shown_target(request.method_text, request.target);
    slot.seen = std::make_unique<SeenRequest>(seen_request(request, client_, std::move(target)));
  }
  slot.framing.chunked = request.minor_version > 0;
  return slot;
}

void Connection::refuse(const Refusal& refusal) {
  auto exchange = begin_exchange(reader_.parser().request(), pipeline_.last_sequence() + 1);
  Response response = exchange->respond(refusal);
  refuse_with(std::move(exchange), std::move(response));
}

void Connection::refuse_with(std::unique_ptr<Exchange> exchange, Response response) {
  Pipeline::Slot& slot = add_slot(reader_.parser().request());
  slot.framing.close = last_taken_ = true;
  slot.exchange = std::move(exchange);
  slot.response = std::move(response);
  reader_.give_up(host_.settings());
  making_.shrink_to(0);
  flush();
}

void Connection::on_request(const protocol::HttpRequest& request) {
  continue_owed_ = false;
  watch(Watch::none);  // deadlines begin anew
  auto exchange = begin_exchange(request, pipeline_.last_sequence() + 1);
  Pipeline::Slot& slot = add_slot(request);
  slot.exchange = std::move(exchange);
  slot.request_body.join(making_);
  std::uint32_t requests_max = host_.settings().options.limits.requests_per_connection_max;
  slot.framing.close = last_taken_ =
      !request.keep_alive || draining_ || (requests_max != 0 && slot.sequence >= requests_max);
  if (!slot.request_body.grow_to(request.body.size())) {
    slot.framing.close = last_taken_ = true;
    slot.response = slot.exchange->respond(unavailable(Refusal::Reason::overload, kNoRoom));
    return flush();
  }
  if (std::uint32_t wait_s = wait_for_rate(); wait_s > 0) {
    slot.response = slot.exchange->respond(too_many_requests(wait_s));
    return flush();
  }
  // Before the body is looked at: who may not ask learns nothing but what the head alone decides.
  slot.response = refuse_head(request, *slot.exchange, slot.sequence);
  if (slot.response) return flush();
  std::uint64_t correlation = host_.next_correlation();
  auto outgoing = slot.exchange->take(request, correlation);
  if (!outgoing) {
    slot.response = std::move(outgoing.error());
    return flush();
  }
  slot.correlation = correlation;
  slot.held = outgoing->held_ms > 0;
  if (!slot.ids.empty()) std::visit([&](auto& message) { message.ids = slot.ids; }, outgoing->message);
  slot.waiting = !host_.submit(correlation, *outgoing, {id_, slot.sequence});
}

// --- Writing --------------------------------------------------------------------------------------------------------

void Connection::on_answer(std::uint32_t sequence, protocol::ClientReply reply) {
  Pipeline::Slot* slot = pipeline_.find_unanswered(sequence);
  if (!slot) return;
  Response response = slot->exchange->respond(std::move(reply));
  keep_within_bodies(*slot, response);
  if (response.more || slot->piece || slot->begun) {
    add_piece(*slot, std::move(response));
  } else {
    slot->response = std::move(response);
  }
  flush();
  resume();
}

// What goes on is bounded by what its client leaves unread.
void Connection::keep_within_bodies(Pipeline::Slot& slot, Response& response) {
  std::size_t bytes = response.body.size();
  if (response.more || slot.begun || slot.piece || bytes <= Bodies::kLargeBytes || slot.response_body.grow_to(bytes))
    return;
  host_.log().write(lm::kBodiesFull,
                    "connection {} request {}: a response of {} bytes is dropped: bodies take {} in all", id_,
                    slot.sequence, bytes, host_.bodies().bytes());
  response = slot.exchange->respond(unavailable(
      Refusal::Reason::overload,
      "the response is large, and too many others are on their way; what was asked for may have been done"));
}

// Nothing is taken behind it: a client that wants to be told for hours has a connection for that.
void Connection::add_piece(Pipeline::Slot& slot, Response piece) {
  slot.framing.close = last_taken_ = true;
  if (!slot.piece) {
    slot.piece = std::move(piece);
    return;
  }
  slot.piece->body += piece.body;
  slot.piece->more = piece.more;
  if (slot.piece->body.size() > host_.settings().options.limits.queued_bytes_max) break_off("it takes too little");
}

void Connection::on_failure(std::uint32_t sequence, const Refusal& refusal) {
  Pipeline::Slot* slot = pipeline_.find_unanswered(sequence);
  if (!slot) return;
  slot->waiting = false;
  if (slot->begun) {
    add_piece(*slot, {});  // it has a status already
  } else {
    slot->piece.reset();
    slot->response = slot->exchange->respond(refusal);
  }
  flush();
  resume();
}

void Connection::sent() {
  if (!pipeline_.empty()) pipeline_.last().waiting = false;
  resume();
}

LoggedExchange Connection::logged(const Pipeline::Slot& slot) const {
  return {id_, slot.sequence, steady_us() - slot.started_us, slot.exchange->row(), slot.ids, slot.seen.get()};
}

void Connection::log_streamed(const Pipeline::Slot& slot) {
  if (slot.begun) host_.responder().end_streamed(slot.begun->status, slot.begun->body_bytes, logged(slot));
}

void Connection::flush() {
  while (Pipeline::Slot* slot = pipeline_.ready()) {
    std::size_t queued_before = stream_->queued_bytes();
    host_.responder().respond(*stream_, *slot->response, slot->framing, logged(*slot));
    output_.join(slot->response_body);
    if (output_.bytes() > 0) host_.plan(*this);
    pipeline_.pop();
    deadlines_.wrote(stream_->queued_bytes() - std::min(queued_before, stream_->queued_bytes()), host_.now_ms());
  }
  flush_piece();
  if (!pipeline_.empty()) return;
  if (last_taken_) return end(Watch::linger);
  if (continue_owed_) {
    continue_owed_ = false;
    stream_->write(kContinue);
  }
}

// A client that does not take what goes on is let go: whoever sends it is not told to wait.
void Connection::flush_piece() {
  Pipeline::Slot* slot = pipeline_.ready_piece();
  if (!slot) return;
  Response piece = *std::exchange(slot->piece, std::nullopt);
  std::size_t queued_before = stream_->queued_bytes();
  if (!slot->begun) {
    host_.responder().respond(*stream_, piece, slot->framing, logged(*slot));
    if (piece.more && !slot->framing.head) slot->begun = BegunResponse{piece.status, piece.body.size()};
  } else {
    host_.responder().respond_further(*stream_, piece, slot->framing);
    slot->begun->body_bytes += piece.body.size();
  }
  deadlines_.wrote(stream_->queued_bytes() - std::min(queued_before, stream_->queued_bytes()), host_.now_ms());
  if (piece.more && !slot->framing.head) {
    if (stream_->queued_bytes() > host_.settings().options.limits.queued_bytes_max) break_off("it takes too little");
    return;
  }
  if (piece.more) host_.abandon(slot->correlation);
  log_streamed(*slot);
  pipeline_.pop();
}

void Connection::on_written() {
  if (state_ == State::ending && input_ended_) return host_.closed(*this);
  count_output();
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
  for (const Pipeline::Slot& slot : pipeline_) {
    if (!slot.response && slot.correlation != 0) host_.fell_silent(slot.correlation);
  }
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
    host_.log().write(lm::kClientGone, "connection {} from {}: the client is gone ({}), {} answer(s) will be dropped",
                      id_, client_, why, lost);
  }
}

void Connection::abandon_answers() {
  for (const Pipeline::Slot& slot : pipeline_) {
    if (!slot.response && slot.correlation != 0) host_.abandon(slot.correlation);
    log_streamed(slot);
  }
  pipeline_.clear();
}

void Connection::drain() {
  draining_ = true;
  if (state_ == State::open) watch(Watch::none);
  if (state_ == State::open && !pipeline_.empty() && reader_.is_idle()) {
    pipeline_.last().framing.close = last_taken_ = true;
    reader_.drop_rest();
  }
  settle();
}

void Connection::end_drain(const Refusal& refusal) {
  if (state_ != State::open || last_taken_) return;
  if (reader_.is_idle()) {
    last_taken_ = true;
    flush();
  } else {
    refuse(refusal);
  }
}

}  // namespace outpost::proxy
