#include "proxy/http/responder.h"

#include <ctime>
#include <utility>

#include "protocol/outbound/exchange_log.h"

namespace outpost::proxy {

void Responder::set_custom_headers(std::string lines, std::string secure_lines) {
  writer_.set_custom_headers(std::move(lines), std::move(secure_lines));
}

void Responder::respond(ByteStream& stream, const Response& response, const ResponseWriter::Framing& framing,
                        const LoggedExchange& exchange) {
  scratch_.clear();
  ResponseWriter::Framing whole = framing;
  whole.secure = stream.secure();
  if (!exchange.ids.empty()) whole.ids = &exchange.ids;
  std::time_t now = std::time(nullptr);
  writer_.append(scratch_, response, whole, now);
  stream.write(scratch_);
  std::size_t bytes = scratch_.size();
  keep_little();
  auto& counter = response.status < 400   ? counters_.responses_2xx
                  : response.status < 500 ? counters_.responses_4xx
                                          : counters_.responses_5xx;
  ++counter;
  counters_.bytes_sent += bytes;
  counters_.requests.count(exchange.row, response.status, exchange.took_us);
  if (response.status == 401 || response.status == 403) ++counters_.unauthorized;
  log_exchange(response, exchange);
  if (response.more && !framing.head) return;
  bool bare = framing.head || response.status == kNoContent || response.status == kNotModified;
  log_access(response.status, bare ? 0 : response.body.size(), exchange, now);
}

// A large response is rare, and its memory is wanted elsewhere.
void Responder::keep_little() {
  constexpr std::size_t kKeptBytes = 1024 * 1024;
  if (scratch_.capacity() > kKeptBytes) std::string().swap(scratch_);
}

void Responder::respond_further(ByteStream& stream, const Response& piece, const ResponseWriter::Framing& framing) {
  scratch_.clear();
  append_piece(scratch_, piece.body, framing, !piece.more);
  stream.write(scratch_);
  counters_.bytes_sent += scratch_.size();
}

void Responder::end_streamed(int status, std::uint64_t body_bytes, const LoggedExchange& exchange) {
  log_access(status, body_bytes, exchange, std::time(nullptr));
}

void Responder::log_access(int status, std::uint64_t body_bytes, const LoggedExchange& exchange, std::time_t now) {
  if (!exchange.seen || !access_.is_on()) return;
  access_.write({.request = *exchange.seen,
                 .ids = exchange.ids,
                 .connection = exchange.connection,
                 .sequence = exchange.sequence,
                 .status = status,
                 .body_bytes = body_bytes,
                 .took_ms = exchange.took_us / 1000,
                 .now = now});
}

std::string Responder::last_word(const Response& response) {
  std::string bytes;
  ResponseWriter::Framing framing;
  framing.close = true;
  writer_.append(bytes, response, framing, std::time(nullptr));
  return bytes;
}

void Responder::log_exchange(const Response& response, const LoggedExchange& exchange) {
  constexpr std::uint64_t kUsPerMs = 1'000;
  if (!log_.wants(LogLevel::interaction)) return;
  bool whole = log_.wants(LogLevel::trace);
  log_.write_block(whole ? LogLevel::trace : LogLevel::interaction,
                   protocol::response_line(exchange.connection, exchange.sequence, response.status,
                                           static_cast<std::int64_t>(exchange.took_us / kUsPerMs)),
                   response.log_text);
}

}  // namespace outpost::proxy
