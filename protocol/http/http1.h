// HTTP/1.x requests cut out of a byte stream: llhttp, made stricter. The parser never sees a socket: it takes bytes and
// gives whole requests. Source: ocs.md 2.3, RFC 9112; what is checked beyond llhttp is listed at the top of http1.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::protocol {

struct HttpLimits {
  std::size_t target_bytes_max = 8 * 1024;   // request line without its CRLF; beyond: 414
  std::size_t header_bytes_max = 16 * 1024;  // all header and trailer lines with their CRLFs; beyond: 431
  std::size_t header_fields_max = 64;        // header and trailer fields; beyond: 431
  std::size_t body_bytes_max = 64 * 1024;    // decoded; beyond: 413, from Content-Length before any byte is read
};

enum class HttpMethod : std::uint8_t { get, head, post, put, delete_, options, other };

enum class Expectation : std::uint8_t {
  none,
  proceed,  // "100-continue"; on HTTP/1.0 ignored, as RFC 9110 10.1.1 demands
  unknown,  // anything else: 417
};

// A header field that somebody wants to read beside those of HttpRequest.
struct WantedHeader {
  std::string_view name;  // as it is found in HttpRequest::further; 32 bytes at most, and none that HttpRequest has
  // The refusal when it comes again; empty: its values are joined with ", ".
  std::string_view once = {};
};
struct FurtherHeader {
  std::string_view name;  // the wanted one's
  std::string value;
};

// One request. Header values are without blanks around them; empty when absent. Accept and Content-Encoding that came
// more than once are joined with ", ". No value holds control bytes (a tab may occur), but any may be invalid UTF-8.
struct HttpRequest {
  HttpMethod method = HttpMethod::other;
  std::string method_text;  // "DELETE"
  std::string target;       // as sent, not decoded; for parse_target(). Visible ASCII without "#" and "\"
  int minor_version = 1;    // major is 1
  bool whole_head = false;  // else it is still read, or cannot be: the last value may be cut off
  bool keep_alive = true;   // false: answer, then close; bytes behind the request are not to be parsed
  Expectation expectation = Expectation::none;
  std::string host;  // valid, and equal to the host of an absolute target; empty only on HTTP/1.0
  std::string accept;
  std::string content_encoding;
  std::string idempotency_key;
  std::string authorization;           // a secret: never to be logged
  std::vector<FurtherHeader> further;  // of those wanted, in the order in which they came
  std::string body;                    // decoded from chunks; their extensions and the trailers are dropped
};

// A request that cannot be served; the connection answers `status` and closes, since it is not known where the next
// request would begin.
struct HttpError {
  int status = 400;
  std::string_view text;  // one sentence, constant, without request bytes
};

class HttpParser {
 public:
  // `wanted`, and the constants in it, must outlive the parser.
  explicit HttpParser(const HttpLimits& limits, std::span<const WantedHeader> wanted = {});
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  enum class Step : std::uint8_t {
    need_more,     // all bytes were taken
    headers_done,  // a body follows, and the client sent Expect: look at request().expectation, send 100 or refuse, go
                   // on
    request,       // a whole request: take_request(); `bytes` begins with what is behind it
    error,         // see error(); the parser takes nothing more
  };
  // Takes bytes from the front of `bytes`. Call again while it returns headers_done or request and `bytes` is not
  // empty; after headers_done also when it is, for nothing is lost by that.
  Step next(std::string_view& bytes);

  // The request in the making: method, target, version and headers are complete from headers_done on. Behind
  // forget_request() it is empty.
  [[nodiscard]] const HttpRequest& request() const;
  // After Step::request. The parser is ready for the next one; this is good until next() or forget_request().
  const HttpRequest& take_request();
  // Of the memory of what was taken only a little stays, for the next request: a parser may be idle for long.
  void forget_request();
  [[nodiscard]] HttpError error() const;

  // Where the stream stands, for the connection's deadlines.
  enum class Phase : std::uint8_t {
    idle,
    head,
    body
  };  // idle: nothing of a request was seen (blank lines do not count)
  [[nodiscard]] Phase phase() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace outpost::protocol
