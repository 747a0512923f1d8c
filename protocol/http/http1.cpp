// llhttp 9 in its strict mode refuses most of what makes two readers of one stream disagree: obs-fold, blanks around a
// header name, bare CR or LF, control bytes in values, repeated, signed, listed or overflowing Content-Length,
// Content-Length beside Transfer-Encoding, "chunked" twice or not last, blanks around a chunk size. Each is in the
// test. What it lets pass and we do not (each was seen with llhttp 9.2.1):
//
//   any mix of CR and LF, without end, before a request line     a flood that never becomes a request
//   an unknown method is told from garbage only by luck of reads 501 and 400 must not depend on how the bytes arrive
//   several blanks between the parts of a request line           other readers cut the target elsewhere
//   no version (HTTP/0.9), RTSP/1.0, ICE/1.0                     not HTTP/1.x; the first would wait for a blank line
//   "Transfer-Encoding:" empty, ",chunked", "gzip, chunked"      body length is guessed; a coding we cannot undo
//   Transfer-Encoding on HTTP/1.0                                RFC 9112 6.1: faulty framing, older readers ignore it
//   a missing Host, two of them, or one that is no host          RFC 9112 3.2; users, lists and paths in it have led
//                                                                readers that route by it to different places
//   an absolute target with another host than Host               RFC 9112 3.2.2 prefers the target, a cache or filter
//                                                                in front may have gone by Host
//   "#", "\" and bytes above 0x7F in a target                     no URI has them; others cut or rewrite them there
//   the preface of HTTP/2 is a method like another               it says which version is spoken: 505
//   HTTP/1.0 kept alive                                          ocs.md 2.3; a proxy of that age passes the word on
//                                                                without knowing it, and then waits for ever
//   "Connection: close<tab>" is overlooked, Proxy-Connection and a Connection trailer are obeyed
//   CONNECT with a body                                          the body is taken for the next request: we close
//   chunk extensions without a name or value, or without end     RFC 9112 7.1.1 has neither; a known place to hide
//   bytes leading zeros of a chunk size, one-byte chunks without end   work without end for a small body a body of any
//   length, and trailers beyond every limit
//
// And one thing it refuses that we allow: minor versions above 1, which RFC 9110 6.2 wants treated as 1.1. Blanks
// around the parts of a chunk extension it refuses and we too: no sender may make them, and readers differ on them.
//
// This file has llhttp's calls and the request line; what has a state of its own stands apart: http1_method (how a
// request begins), http1_fields, chunk_extensions; and http1_head has what is checked when a head is complete.
#include "protocol/http/http1.h"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "protocol/http/chunk_extensions.h"
#include "protocol/http/field_list.h"
#include "protocol/http/http1_errors.h"
#include "protocol/http/http1_fields.h"
#include "protocol/http/http1_head.h"
#include "protocol/http/http1_method.h"

static_assert(LLHTTP_VERSION_MAJOR == 9, "the list above was made with llhttp 9");

namespace outpost::protocol {

namespace {

// A chunked body may take this many times its limit on the wire: enough for chunks of one byte.
constexpr std::size_t kChunkedOverheadMax = 8;
constexpr std::string_view kProtocolName = "HTTP/";

constexpr HttpError kLineTooLong{414, "The request line is too long."};
constexpr HttpError kNoVersion{400, "The request line has no version, as in HTTP/0.9; it must end in HTTP/1.1."};
constexpr HttpError kExtraBlanks{400, "The parts of a request line must be separated by one blank."};

// Those that no reader takes for anything else: RFC 3986, and what clients send unencoded without harm ("|", quotes).
constexpr auto is_target_byte = [](char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte < 0x7F && c != '#' && c != '\\';
};

// A small buffer is worth keeping from one request to the next.
void keep_buffer(std::string& old, std::string& next) {
  constexpr std::size_t kKeptBytes = 256;
  if (old.capacity() > kKeptBytes) return;
  next = std::move(old);
  next.clear();
}

HttpError explain(llhttp_errno_t code) {
  switch (code) {
    case HPE_INVALID_URL: return {400, "The request target has a character that is not allowed there."};
    case HPE_INVALID_VERSION:
    case HPE_INVALID_CONSTANT: return {400, "The request line does not end in HTTP/1.1 and CRLF."};
    case HPE_UNEXPECTED_SPACE:
    case HPE_INVALID_HEADER_TOKEN: return {400, "A header field is malformed."};
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_CONTENT_LENGTH:
      return {400, "Content-Length must be one decimal number, and never beside Transfer-Encoding."};
    case HPE_INVALID_TRANSFER_ENCODING:
      return {400, "Transfer-Encoding must be chunked, once, and never beside Content-Length."};
    case HPE_INVALID_CHUNK_SIZE: return {400, "A chunk size is malformed."};
    case HPE_STRICT: return {400, "A line does not end in CRLF, or a chunk extension is malformed."};
    case HPE_CR_EXPECTED:
    case HPE_LF_EXPECTED: return {400, "A line does not end in CRLF."};
    default: return kNoRequest;
  }
}

}  // namespace

struct HttpParser::Impl {
  Impl(const HttpLimits& l, std::span<const WantedHeader> w) : limits(l), wanted(w) {
    llhttp_init(&llhttp, HTTP_REQUEST, &settings());
    llhttp_set_lenient_version(&llhttp, 1);
    llhttp.data = this;
  }

  static const llhttp_settings_t& settings();
  static Impl& of(llhttp_t* parser) { return *static_cast<Impl*>(parser->data); }

  Step take_start(std::string_view& bytes);
  Step take_rest(std::string_view& bytes);
  void begin_request_line();
  [[nodiscard]] std::optional<HttpError> excess() const;

  int on_target(const char* at, std::size_t n);
  int on_version(const char* at);
  int on_version_complete();
  int on_headers_complete();
  int on_body(const char* at, std::size_t n);
  int on_message_complete();

  [[nodiscard]] bool follows_protocol_name(const char* version) const;
  // Places in the request are counted from the first byte of its request line.
  [[nodiscard]] std::size_t place_of(const char* at) const {
    return making.consumed + static_cast<std::size_t>(at - piece.data());
  }
  int refuse(HttpError why) {
    problem = why;
    return HPE_USER;
  }
  int refuse_if(std::optional<HttpError> why) { return why ? refuse(*why) : HPE_OK; }
  Step fail_with(HttpError why) {
    problem = why;
    state = State::failed;
    return Step::error;
  }

  // start: blank lines and the method, which we read ourselves; head, body: llhttp reads.
  enum class State : std::uint8_t { start, head, body, whole, failed };

  // What is known of the request in the making. Thrown away whole, but for small buffers: nothing of one request may be
  // seen in the next.
  struct Making {
    void renew();

    HttpRequest request;
    MethodReader method;
    HttpFields fields;
    ChunkExtensions extensions;
    std::size_t consumed = 0;  // bytes of the request in front of `piece`
    bool version_seen = false;
  };

  HttpLimits limits;
  std::span<const WantedHeader> wanted;
  llhttp_t llhttp{};
  State state = State::start;
  HttpError problem{0, {}};
  Making making;
  std::string_view piece;        // what llhttp is being given
  std::array<char, 5> before{};  // the last bytes that it was given before that
  bool taken = false;            // what `making` has is somebody else's, until the next request begins
};

void HttpParser::Impl::Making::renew() {
  // Moved out as one first, for an assignment to a string may leave it its buffer.
  Making old = std::move(*this);
  *this = Making();
  for (std::string HttpRequest::*text :
       {&HttpRequest::target, &HttpRequest::host, &HttpRequest::idempotency_key, &HttpRequest::body}) {
    keep_buffer(old.request.*text, request.*text);
  }
  fields.keep_buffers(old.fields);
}

const llhttp_settings_t& HttpParser::Impl::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_url = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_target(at, n); };
    s.on_version = [](llhttp_t* p, const char* at, std::size_t) { return of(p).on_version(at); };
    s.on_version_complete = [](llhttp_t* p) { return of(p).on_version_complete(); };
    s.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) {
      Impl& self = of(p);
      return self.refuse_if(self.making.fields.on_name({at, n}, self.place_of(at), self.limits));
    };
    s.on_header_field_complete = [](llhttp_t* p) {
      Impl& self = of(p);
      return self.refuse_if(
          self.making.fields.on_name_complete(self.making.request, self.wanted, self.state != State::head));
    };
    s.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) {
      Impl& self = of(p);
      return self.refuse_if(self.making.fields.on_value(self.making.request, {at, n}, self.place_of(at), self.limits));
    };
    s.on_header_value_complete = [](llhttp_t* p) {
      of(p).making.fields.on_value_complete(of(p).making.request);
      return static_cast<int>(HPE_OK);
    };
    s.on_headers_complete = [](llhttp_t* p) { return of(p).on_headers_complete(); };
    s.on_body = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_body(at, n); };
    s.on_chunk_extension_name = [](llhttp_t* p, const char* at, std::size_t n) {
      return of(p).refuse_if(of(p).making.extensions.on_name({at, n}));
    };
    s.on_chunk_extension_name_complete = [](llhttp_t* p) {
      return of(p).refuse_if(of(p).making.extensions.on_part_complete());
    };
    s.on_chunk_extension_value = [](llhttp_t* p, const char* at, std::size_t n) {
      return of(p).refuse_if(of(p).making.extensions.on_value({at, n}));
    };
    s.on_chunk_extension_value_complete = [](llhttp_t* p) {
      return of(p).refuse_if(of(p).making.extensions.on_part_complete());
    };
    s.on_message_complete = [](llhttp_t* p) { return of(p).on_message_complete(); };
    return s;
  }();
  return kSettings;
}

HttpParser::Step HttpParser::Impl::take_start(std::string_view& bytes) {
  auto whole = making.method.read(bytes, making.request.method_text);
  if (!whole) return fail_with(whole.error());
  if (!*whole) return Step::need_more;
  begin_request_line();
  return take_rest(bytes);
}

void HttpParser::Impl::begin_request_line() {
  HttpRequest& request = making.request;
  request.method = method_called(request.method_text);
  state = State::head;
  piece = request.method_text;
  ENSURE(llhttp_execute(&llhttp, piece.data(), piece.size()) == HPE_OK, "llhttp knows its own methods");
  making.consumed = piece.size();
}

HttpParser::Step HttpParser::Impl::take_rest(std::string_view& bytes) {
  if (bytes.empty()) return Step::need_more;
  piece = bytes;
  llhttp_errno_t code = llhttp_execute(&llhttp, piece.data(), piece.size());
  if (code != HPE_OK && code != HPE_PAUSED) return fail_with(problem.status != 0 ? problem : explain(code));

  piece = piece.substr(
      0, code == HPE_OK ? piece.size() : static_cast<std::size_t>(llhttp_get_error_pos(&llhttp) - piece.data()));
  std::size_t kept = std::min(piece.size(), before.size());
  std::shift_left(before.begin(), before.end(), static_cast<std::ptrdiff_t>(kept));
  std::ranges::copy(piece.substr(piece.size() - kept), before.end() - static_cast<std::ptrdiff_t>(kept));
  making.consumed += piece.size();
  bytes.remove_prefix(piece.size());

  if (auto why = excess()) return fail_with(*why);
  if (state == State::whole) return Step::request;
  if (code == HPE_OK) return Step::need_more;
  llhttp_resume(&llhttp);
  return Step::headers_done;
}

// Bounds what reaches no callback: blanks of a line that has not ended, the framing of chunks.
std::optional<HttpError> HttpParser::Impl::excess() const {
  constexpr std::size_t kLineEnds = 4;  // of the request line and of the empty line
  std::size_t head_bytes_max = limits.target_bytes_max + limits.header_bytes_max + kLineEnds;
  if (!making.version_seen && making.consumed > limits.target_bytes_max) return kLineTooLong;
  if (state == State::head && making.consumed > head_bytes_max) return kHeadersTooLong;
  if (making.consumed > head_bytes_max + kChunkedOverheadMax * limits.body_bytes_max) {
    return HttpError{413, "The chunks of the body carry too little for their number."};
  }
  return std::nullopt;
}

int HttpParser::Impl::on_target(const char* at, std::size_t n) {
  HttpRequest& request = making.request;
  if (request.target.empty() && place_of(at) != request.method_text.size() + 1) return refuse(kExtraBlanks);
  if (place_of(at) + n > limits.target_bytes_max) return refuse(kLineTooLong);
  if (!std::all_of(at, at + n, is_target_byte)) return refuse(explain(HPE_INVALID_URL));
  request.target.append(at, n);
  // Said at once: who speaks HTTP/0.9 sends nothing more and waits.
  const char* behind = at + n;
  bool line_ends = behind != piece.data() + piece.size() && (*behind == '\r' || *behind == '\n');
  return line_ends ? refuse(kNoVersion) : HPE_OK;
}

int HttpParser::Impl::on_version(const char* at) {
  if (making.version_seen) return HPE_OK;  // the rest of a version that came in two pieces
  making.version_seen = true;
  const HttpRequest& request = making.request;
  std::size_t due = request.method_text.size() + 1 + request.target.size() + 1 + kProtocolName.size();
  if (!follows_protocol_name(at)) return refuse(explain(HPE_INVALID_CONSTANT));
  if (place_of(at) != due) return refuse(kExtraBlanks);
  if (due + std::string_view("1.1").size() > limits.target_bytes_max) return refuse(kLineTooLong);
  return HPE_OK;
}

bool HttpParser::Impl::follows_protocol_name(const char* version) const {
  auto in_piece = static_cast<std::size_t>(version - piece.data());
  for (std::size_t back = kProtocolName.size(); back > 0; --back) {
    char c = back <= in_piece ? piece[in_piece - back] : before[before.size() - (back - in_piece)];
    if (c != kProtocolName[kProtocolName.size() - back]) return false;
  }
  return true;
}

int HttpParser::Impl::on_version_complete() {
  if (llhttp.http_major != 1) return refuse(kWrongVersion);
  making.request.minor_version = std::min<int>(llhttp.http_minor, 1);
  return HPE_OK;
}

int HttpParser::Impl::on_headers_complete() {
  HttpRequest& request = making.request;
  if (!making.version_seen) return refuse(kNoVersion);
  request.whole_head = true;
  if (auto doubt = check_head(request, making.fields, llhttp.content_length, limits)) return refuse(*doubt);
  state = State::body;
  bool is_connect = llhttp.method == HTTP_CONNECT;
  bool is_modern = request.minor_version == 1;
  request.keep_alive = is_modern && !is_connect && !has_item(making.fields.connection(), "close");
  if (is_modern && making.fields.has(HttpField::expect)) {
    request.expectation =
        equal_ignoring_case(making.fields.expect(), "100-continue") ? Expectation::proceed : Expectation::unknown;
  }
  bool has_body = !is_connect && ((llhttp.flags & F_CHUNKED) != 0 || llhttp.content_length > 0);
  return has_body && request.expectation != Expectation::none ? HPE_PAUSED : HPE_OK;
}

int HttpParser::Impl::on_body(const char* at, std::size_t n) {
  if (n > limits.body_bytes_max - making.request.body.size()) return refuse(kBodyTooLong);
  making.request.body.append(at, n);
  return HPE_OK;
}

int HttpParser::Impl::on_message_complete() {
  state = State::whole;
  return HPE_PAUSED;
}

HttpParser::HttpParser(const HttpLimits& limits, std::span<const WantedHeader> wanted)
    : impl_(std::make_unique<Impl>(limits, wanted)) {}
HttpParser::~HttpParser() = default;

HttpParser::Step HttpParser::next(std::string_view& bytes) {
  forget_request();
  switch (impl_->state) {
    case Impl::State::start: return impl_->take_start(bytes);
    case Impl::State::head:
    case Impl::State::body: return impl_->take_rest(bytes);
    case Impl::State::whole: return Step::request;
    case Impl::State::failed: break;
  }
  return Step::error;
}

const HttpRequest& HttpParser::request() const { return impl_->making.request; }

const HttpRequest& HttpParser::take_request() {
  ENSURE(impl_->state == Impl::State::whole, "take_request() follows Step::request");
  impl_->taken = true;
  impl_->piece = {};
  impl_->state = Impl::State::start;
  llhttp_reset(&impl_->llhttp);
  return impl_->making.request;
}

void HttpParser::forget_request() {
  if (std::exchange(impl_->taken, false)) impl_->making.renew();
}

HttpError HttpParser::error() const { return impl_->problem; }

HttpParser::Phase HttpParser::phase() const {
  switch (impl_->state) {
    case Impl::State::start:
      return impl_->taken || impl_->making.request.method_text.empty() ? Phase::idle : Phase::head;
    case Impl::State::head: return Phase::head;
    default: return Phase::body;
  }
}

}  // namespace outpost::protocol
