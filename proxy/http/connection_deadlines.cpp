// How a connection minds time: what it is waited for, and what becomes of it when that takes too long.

#include "proxy/http/connection.h"
#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

// Brings reading and deadlines in line with what the connection can do now.
void Connection::settle() {
  if (state_ == State::ending) return;
  if (input_ended_ && pipeline_.empty() && !reader_.has_rest()) return end(Watch::linger);
  bool held = pipeline_.is_held();
  if (held && input_ended_) return break_off("it has ended its side");
  bool reads = !held && !reader_.has_rest() && !last_taken_ &&
               pipeline_.size() < host_.settings().options.limits.pipeline_max && !pipeline_.is_stuck();
  if (held != end_watched_) stream_->watch_for_end(end_watched_ = held);
  if (reads) {
    stream_->start_reading();
  } else {
    stream_->pause_reading();
  }
  watch(reads ? wanted_watch() : Watch::none);
}

Watch Connection::wanted_watch() const {
  switch (reader_.parser().phase()) {
    case protocol::HttpParser::Phase::idle: return pipeline_.empty() ? Watch::idle : Watch::none;
    case protocol::HttpParser::Phase::head: return Watch::head;
    // A client may rightly wait for "100 Continue" before it sends its body.
    case protocol::HttpParser::Phase::body: return continue_owed_ ? Watch::none : Watch::body;
  }
  return Watch::none;
}

bool Connection::is_due(std::uint64_t now_ms) const {
  return deadlines_.is_due(host_.settings().options, draining_, now_ms);
}

// False: nothing is on its way that a reset could overtake.
bool Connection::idle_too_long() {
  if (stream_->has_input()) {
    // The sweep came first in this turn. Closing now would be a reset for a request that is here.
    deadlines_.watch_anew(Watch::idle, host_.now_ms());
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
  switch (deadlines_.watched()) {
    case Watch::idle: return idle_too_long();
    case Watch::head:
    case Watch::body: refuse_too_slow(); break;
    case Watch::linger:
    case Watch::parting:
      if (sent) return false;
      deadlines_.watch_anew(Watch::linger, host_.now_ms());
      break;
    case Watch::output:
    case Watch::none: break;
  }
  return true;
}

void Connection::refuse_too_slow() {
  host_.log().write(lm::kRequestTooSlow, "connection {} from {}: a request was not complete in time", id_, peer());
  refuse(http_refusal(408, "the request was not complete in time"));
  settle();
}

bool Connection::check_body_rate(std::uint64_t now_ms) {
  auto due_bytes = deadlines_.body_bytes_due(host_.settings().options.limits.body_rate_min, now_ms);
  if (!due_bytes) return false;
  if (reader_.parser().request().body.size() < *due_bytes) refuse_too_slow();
  return true;
}

bool Connection::has_stalled(std::uint64_t now_ms) {
  std::uint64_t queued = stream_->queued_bytes();
  count_output();
  if (queued == 0) {
    deadlines_.all_taken(now_ms);
    return state_ == State::ending && input_ended_;
  }
  if (!deadlines_.is_taken_too_slowly(queued, host_.settings().options, now_ms)) return false;
  host_.log().write(lm::kResponseUntaken, "connection {} from {}: {} bytes were not taken in time, closing", id_,
                    peer(), queued);
  return true;
}

bool Connection::is_expendable() const { return unanswered() == 0 && stream_->queued_bytes() == 0; }

}  // namespace outpost::proxy
