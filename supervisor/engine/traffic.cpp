#include "supervisor/engine/traffic.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "protocol/outbound/exchange_log.h"
#include "protocol/outbound/requests.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

using protocol::Answer;

namespace {

// Answers of a whole chain that may be in the making at once: each takes up to a megabyte and some milliseconds.
constexpr std::uint32_t kChainsMax = 64;

}  // namespace

Result<> OutboundTraffic::on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) {
  auto* request = std::get_if<protocol::Request>(&message);
  if (!request) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
  const std::string* name = request->event.string("GSW_AGENT_REQ_TYPE");
  bool large = name && protocol::asks_for_chain(*name);
  bool preview = name && protocol::takes_record(*name);
  Waiting waiting{&replies, correlation, request->connection, request->sequence, loop_.now_ms(), large, preview};
  if (log_.wants(LogLevel::trace)) {
    log_.write_block(LogLevel::trace, protocol::request_line(waiting.connection, waiting.sequence),
                     protocol::attribute_lines(request->event, log_.wants(LogLevel::debug)));
  }
  if (!submit(waiting, std::move(*request))) {
    ++refused_;
    answer(waiting, {protocol::error_event(protocol::ErrorNumber::overload,
                                           "The queue to the store is full; nothing was changed, try again later."),
                     {}});
  }
  return {};
}

bool OutboundTraffic::submit(const Waiting& waiting, protocol::Request request) {
  if (waiting.large && chains_in_flight_ >= kChainsMax) return false;
  Waiting* kept = waiting_.take();
  *kept = waiting;
  std::uint64_t number = sink_.submit(std::move(request), [this, kept](Answer answer) {
    Waiting ended = *kept;
    waiting_.give_back(kept);
    if (ended.large) --chains_in_flight_;
    if (ended.preview) previews_.erase({ended.replies, ended.correlation});
    this->answer(ended, std::move(answer));
  });
  if (number == 0) {
    waiting_.give_back(kept);
    return false;
  }
  if (waiting.large) ++chains_in_flight_;
  if (waiting.preview) previews_[{waiting.replies, waiting.correlation}] = number;
  return true;
}

void OutboundTraffic::on_left(std::uint64_t correlation, const Replies& replies) {
  auto found = previews_.find({&replies, correlation});
  if (found != previews_.end()) sink_.withdraw(found->second);
}

void OutboundTraffic::on_gone(const Replies& replies) {
  for (auto preview = previews_.lower_bound({&replies, 0}); preview != previews_.end(); ++preview) {
    if (preview->first.first != &replies) break;
    sink_.withdraw(preview->second);
  }
}

void OutboundTraffic::answer(const Waiting& waiting, Answer answer) {
  const auto [status, error] = protocol::classify(answer.event);
  ++count_of(answer, error);
  if (log_.wants(LogLevel::trace)) {
    auto took_ms = static_cast<std::int64_t>(loop_.now_ms() - waiting.started_ms);
    log_.write_block(LogLevel::trace, protocol::response_line(waiting.connection, waiting.sequence, status, took_ms),
                     protocol::attribute_lines(answer.event, log_.wants(LogLevel::debug)));
  }
  waiting.replies->reply(waiting.correlation, std::move(answer));
}

// --- Counting --------------------------------------------------------------------------------------------------------

std::uint64_t& OutboundTraffic::count_of(const Answer& answer, const protocol::ErrorRow* error) {
  if (error) return failed_[static_cast<std::size_t>(error - protocol::errors().data())];
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  if (!name) return unnamed_;
  auto rows = protocol::answers();
  auto row = std::ranges::find(rows, *name, &protocol::AnswerRow::event);
  return row == rows.end() ? unnamed_ : acknowledged_[static_cast<std::size_t>(row - rows.begin())];
}

std::vector<ProxyTraffic::CountedRequest> OutboundTraffic::counted_requests() const {
  std::vector<CountedRequest> rows;
  for (const protocol::RequestRow& row : protocol::requests()) {
    rows.push_back({protocol::to_string(row.resource), row.request});
  }
  return rows;
}

OutboundTraffic::Counters OutboundTraffic::counters() const {
  Counters counters{refused_, {}};
  auto note = [&](std::string name, std::uint64_t count) {
    if (count > 0) counters.by_outcome.emplace(std::move(name), count);
  };
  for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
    note(std::string(protocol::answers()[i].event), acknowledged_[i]);
  }
  for (std::size_t i = 0; i < failed_.size(); ++i) {
    const protocol::ErrorRow& error = protocol::errors()[i];
    note(fmt::format("{} {}", static_cast<std::int32_t>(error.number), error.name), failed_[i]);
  }
  note("unnamed", unnamed_);
  return counters;
}

void OutboundTraffic::write_metrics(MetricsWriter& out) const {
  MetricFamily& answers = out.counter("outpost_answers", "Answers of the engine: the acknowledgement, or the error.");
  for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
    answers.add({{"answer", protocol::answers()[i].event}, {"error", ""}}, acknowledged_[i]);
  }
  for (std::size_t i = 0; i < failed_.size(); ++i) {
    const protocol::ErrorRow& error = protocol::errors()[i];
    answers.add({{"answer", error.name}, {"error", std::to_string(static_cast<std::int32_t>(error.number))}},
                failed_[i]);
  }
  out.counter("outpost_store_queue_refused", "Requests refused because too many waited for the store.")
      .add({}, refused_);
}

}  // namespace outpost::supervisor
