// HTTP responses: what a status, a body and the configured headers look like on the wire. Source: ocs.md 5 and 6.1.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "protocol/channel/request_ids.h"

namespace outpost::proxy {

inline constexpr int kNoContent = 204;
inline constexpr int kNotModified = 304;

// Where a client finds what it has made: <folder><id>, and ?tenant=<tenant> when there is one. Apart, so that a
// response takes no memory for it.
struct Location {
  std::string_view folder = {};  // "/phones/"; a constant. Empty: nothing is said
  std::string id = {};           // any bytes: they are percent-encoded
  std::string tenant = {};       // the same
};

// One response before it is bytes. No field holds CR or LF but the body.
struct Response {
  int status = 200;
  std::string content_type = {};    // empty: that of JSON, which most are
  std::string body = {};            // none has 204
  std::string_view allow = {};      // for 405 and OPTIONS; a constant
  std::uint32_t retry_after_s = 0;  // 0: not said
  std::string challenge = {};       // WWW-Authenticate, for 401 and 403
  std::string_view cache = {};      // Cache-Control; empty: no-store. A constant, as are the next two
  std::string_view etag = {};       // without its quotation marks
  std::string_view headers = {};    // further lines, each ended with CRLF
  std::string own_lines = {};       // the same, made for this response
  bool more = false;                // another piece of the body follows (append_piece)
  std::string log_text = {};        // the lines of its trace block; only if the log wants them
  Location location = {};
  bool replayed = false;  // Idempotency-Replayed: the answer of the first time
};

class ResponseWriter {
 public:
  // Whole header lines, each ended with CRLF: see protocol/custom_headers.h.
  // `secure_lines` are for responses over TLS.
  void set_custom_headers(std::string lines, std::string secure_lines = {}) {
    custom_lines_ = std::move(lines);
    secure_lines_ = std::move(secure_lines);
  }

  struct Framing {
    bool head = false;                          // all but the body
    bool close = false;                         // the connection ends behind this response
    bool secure = false;                        // it goes over TLS
    const protocol::RequestIds* ids = nullptr;  // what the client called the request; null: nothing
    bool chunked = false;  // a body that comes in pieces has each in a chunk; else the connection's end is its end
  };
  // Appends the whole response. `now` is wall-clock time, for Date.
  void append(std::string& out, const Response& response, const Framing& framing, std::time_t now);

 private:
  std::string custom_lines_;
  std::string secure_lines_;
  std::string date_line_;
  std::time_t date_ = -1;
};

// "Bad Request" of 400.
std::string_view reason_phrase(int status);

// A further piece of a body; behind the last, which may be empty, stands the mark of the end.
void append_piece(std::string& out, std::string_view piece, const ResponseWriter::Framing& framing, bool last);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace outpost::proxy
