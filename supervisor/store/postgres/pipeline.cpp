#include "supervisor/store/postgres/pipeline.h"

namespace outpost::supervisor {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

// What may be on its way without an answer.
constexpr std::size_t kUnansweredMax = 2048;

}  // namespace

void PgPipeline::send_taking(std::size_t statement, const PgParams& params, Take take) {
  session_->send(statement, params);
  takes_.push_back(std::move(take));
}

Result<> PgPipeline::limit() { return session_->sent() < kUnansweredMax ? Result<>() : settle(); }

Result<> PgPipeline::settle(PgRows* last) {
  std::vector<Take> takes = std::exchange(takes_, {});
  if (!failed_ || takes.empty()) return failed_;
  const steady_clock::time_point asked_at = steady_clock::now();
  Result<> unexpected;
  Result<> done = session_->receive(time_limit_, [&](std::size_t i, PgRows& rows) {
    Result<> taken = takes[i] ? takes[i](rows) : Result<>();
    if (unexpected) unexpected = std::move(taken);
    if (last && i + 1 == takes.size()) *last = std::move(rows);
  });
  note_answer(asked_at, done.has_value());
  // What was not as it should be comes before all that could fail because of it.
  failed_ = unexpected ? std::move(done) : std::move(unexpected);
  return failed_;
}

void PgPipeline::note_answer(steady_clock::time_point asked_at, bool good) {
  ++round_trips_;
  const steady_clock::time_point now = steady_clock::now();
  answered_at_ = good ? now : steady_clock::time_point();
  auto took = std::chrono::duration_cast<microseconds>(now - asked_at);
  bool shorter = took < round_trip_ || round_trip_ == microseconds(0);
  round_trip_ = shorter ? took : round_trip_ + (took - round_trip_) / 16;
}

}  // namespace outpost::supervisor
