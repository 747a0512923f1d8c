// Where responses leave: rendered, written, counted and logged, in both logs.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

#include "common/io/stream.h"
#include "common/log.h"
#include "protocol/channel/messages.h"
#include "proxy/http/access_log.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

// One request and its response, for logs and counters.
struct LoggedExchange {
  std::uint64_t connection;
  std::uint32_t sequence;
  std::uint64_t took_us;  // from the request that was read whole to its response
  std::size_t row;        // see Exchange
  const protocol::RequestIds& ids;
  const SeenRequest* seen;  // null: nothing for the access log
};

class Responder {
 public:
  // All must outlive it.
  Responder(Log& log, AccessLog& access, protocol::Statistics& counters)
      : log_(log), access_(access), counters_(counters) {}

  // See ResponseWriter.
  void set_custom_headers(std::string lines, std::string secure_lines);
  void respond(ByteStream& stream, const Response& response, const ResponseWriter::Framing& framing,
               const LoggedExchange& exchange);
  // A further piece of a body. Its response was counted when it began, and comes into the access log when it ends.
  void respond_further(ByteStream& stream, const Response& piece, const ResponseWriter::Framing& framing);
  void end_streamed(int status, std::uint64_t body_bytes, const LoggedExchange& exchange);
  // The bytes of a response in clear behind which the connection ends, for somebody else to write.
  std::string last_word(const Response& response);

 private:
  void keep_little();
  void log_exchange(const Response& response, const LoggedExchange& exchange);
  void log_access(int status, std::uint64_t body_bytes, const LoggedExchange& exchange, std::time_t now);

  Log& log_;
  AccessLog& access_;
  protocol::Statistics& counters_;
  ResponseWriter writer_;
  std::string scratch_;  // a response is built here
};

}  // namespace outpost::proxy
