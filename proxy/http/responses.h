// HTTP responses: what a status, an event and the configured headers look like on the wire. Source: ocs.md 5 and 6.1.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/outbound/vocabulary.h"

namespace outpost::proxy {

// One response before it is bytes.
struct Response {
  int status = 200;
  protocol::Event event;                 // the body
  std::vector<protocol::Event> records;  // of a chained-record answer
  std::string_view allow = {};           // for 405 and OPTIONS; a constant
  std::uint32_t retry_after_s = 0;       // 0: not said
  std::string challenge = {};            // WWW-Authenticate, for 401 and 403
};

// A failure with a number of ocs.md 3.6.
Response failure(int status, protocol::ErrorNumber number, std::string_view text);
// A failure of HTTP itself (405, 408, 413 ...).
// Assumption: ocs.md 3.6 has no number for these, so they carry their status as GSW_ERROR_NUMBER.
Response http_failure(int status, std::string_view text);
// 429; `wait_s` is the time until another request would be served.
Response too_many_requests(std::uint32_t wait_s);

// How the client wants to be answered, from its Accept header. Never a reason to refuse. Source: ocs.md 5.2.
struct Presentation {
  bool plain_text = false;     // JSON labelled text/plain
  bool html_failures = false;  // failures as a small HTML page
};
Presentation presentation_for(std::string_view accept);

class ResponseWriter {
 public:
  // Whole header lines, each ended with CRLF: see protocol/custom_headers.h.
  // `secure_lines` are for responses over TLS.
  void set_custom_headers(std::string lines, std::string secure_lines = {}) {
    custom_lines_ = std::move(lines);
    secure_lines_ = std::move(secure_lines);
  }

  struct Framing {
    Presentation presentation;
    bool head = false;    // all but the body
    bool close = false;   // the connection ends behind this response
    bool secure = false;  // it goes over TLS
  };
  // Appends the whole response. `now` is wall-clock time, for Date.
  void append(std::string& out, const Response& response, const Framing& framing, std::time_t now);

 private:
  std::string custom_lines_;
  std::string secure_lines_;
  std::string date_line_;
  std::time_t date_ = -1;
};

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace outpost::proxy
