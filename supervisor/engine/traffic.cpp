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

// A request may carry any attribute, and an acknowledgement echoes what it does not know: only an Error has a number.
const protocol::ErrorRow* error_of(const Answer& answer) {
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  if (!name || *name != "Error") return nullptr;
  return protocol::find_error(answer.event.integer("GSW_ERROR_NUMBER").value_or(0));
}

// One of a fixed number of words: they are counted.
std::string outcome_of(const Answer& answer) {
  if (const protocol::ErrorRow* row = error_of(answer)) {
    return fmt::format("{} {}", static_cast<std::int32_t>(row->number), row->name);
  }
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  bool known = name && std::ranges::any_of(protocol::answers(), [&](const auto& row) { return row.event == *name; });
  return known ? *name : "unnamed";
}

int status_of(const Answer& answer) {
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  if (!name || *name != "Error") return 200;
  const protocol::ErrorRow* row = error_of(answer);
  return row ? row->http_status : 502;
}

// The one request whose answer may be large.
bool asks_for_chain(const protocol::Request& request) {
  const std::string* name = request.event.string("GSW_AGENT_REQ_TYPE");
  return name && *name == "ChainedRecordRequest";
}

}  // namespace

Result<> OutboundTraffic::on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) {
  auto* request = std::get_if<protocol::Request>(&message);
  if (!request) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
  ++counters_.requests;
  ++in_flight_;
  Waiting waiting{replies,           correlation,    request->connection,
                  request->sequence, loop_.now_ms(), asks_for_chain(*request)};
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
  --in_flight_;
  ++counters_.by_outcome[outcome_of(answer)];
  if (log_.wants(LogLevel::trace)) {
    auto took_ms = static_cast<std::int64_t>(loop_.now_ms() - waiting.started_ms);
    log_.write_block(LogLevel::trace,
                     protocol::response_line(waiting.connection, waiting.sequence, status_of(answer), took_ms),
                     protocol::attribute_lines(answer.event, log_.wants(LogLevel::debug)));
  }
  waiting.replies.reply(waiting.correlation, std::move(answer));
}

}  // namespace outpost::supervisor
