#include "supervisor/engine/traffic.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "protocol/outbound/exchange_log.h"
#include "protocol/outbound/requests.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::supervisor {

using protocol::Answer;

namespace {

// Answers of a whole chain that may be in the making at once: each takes up to a megabyte and some milliseconds.
constexpr std::uint32_t kChainsMax = 64;

// One of a fixed number of words: they are counted.
std::string outcome_of(const Answer& answer, const protocol::ErrorRow* error) {
  if (error) return fmt::format("{} {}", static_cast<std::int32_t>(error->number), error->name);
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  bool known = name && std::ranges::any_of(protocol::answers(), [&](const auto& row) { return row.event == *name; });
  return known ? *name : "unnamed";
}

}  // namespace

Result<> OutboundTraffic::on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) {
  auto* request = std::get_if<protocol::Request>(&message);
  if (!request) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
  const std::string* name = request->event.string("GSW_AGENT_REQ_TYPE");
  bool large = name && protocol::asks_for_chain(*name);
  Waiting waiting{replies, correlation, request->connection, request->sequence, loop_.now_ms(), large};
  if (log_.wants(LogLevel::trace)) {
    log_.write_block(LogLevel::trace, protocol::request_line(waiting.connection, waiting.sequence),
                     protocol::attribute_lines(request->event, log_.wants(LogLevel::debug)));
  }
  bool taken = !waiting.large || chains_in_flight_ < kChainsMax;
  if (taken) {
    taken = sink_.submit(std::move(*request), [this, waiting](Answer answer) {
      if (waiting.large) --chains_in_flight_;
      this->answer(waiting, std::move(answer));
    });
    if (taken && waiting.large) ++chains_in_flight_;
  }
  if (!taken) {
    ++counters_.refused;
    answer(waiting, {protocol::error_event(protocol::ErrorNumber::overload,
                                           "The queue to the store is full; nothing was changed, try again later."),
                     {}});
  }
  return {};
}

void OutboundTraffic::answer(const Waiting& waiting, Answer answer) {
  const auto [status, error] = protocol::classify(answer.event);
  ++counters_.by_outcome[outcome_of(answer, error)];
  if (log_.wants(LogLevel::trace)) {
    auto took_ms = static_cast<std::int64_t>(loop_.now_ms() - waiting.started_ms);
    log_.write_block(LogLevel::trace, protocol::response_line(waiting.connection, waiting.sequence, status, took_ms),
                     protocol::attribute_lines(answer.event, log_.wants(LogLevel::debug)));
  }
  waiting.replies.reply(waiting.correlation, std::move(answer));
}

}  // namespace outpost::supervisor
