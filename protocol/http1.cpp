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
#include "protocol/http1.h"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "protocol/authority.h"
#include "protocol/field_list.h"

static_assert(LLHTTP_VERSION_MAJOR == 9, "the list above was made with llhttp 9");

namespace outpost::protocol {

namespace {

constexpr std::size_t kBlankLineBytesMax = 8;  // four empty lines before a request line
// The binary form of a PROXY protocol header begins with two empty lines and a NUL, the other with this word.
constexpr std::size_t kProxyHeaderBlankBytes = 4;
constexpr std::string_view kProxyHeaderWord = "PROXY";
constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kFieldNameBytesKept = 32;  // longer names are none that we read
// A chunked body may take this many times its limit on the wire: enough for chunks of one byte.
constexpr std::size_t kChunkedOverheadMax = 8;
// Of all chunks of a body together, names and values: enough for a signature on each chunk of the largest body.
constexpr std::size_t kChunkExtensionBytesMax = 4 * 1024;
constexpr std::size_t kChunkExtensionPartsMax = 128;
constexpr std::string_view kProtocolName = "HTTP/";

constexpr HttpError kLineTooLong{414, "The request line is too long."};
constexpr HttpError kHeadersTooLong{431, "The header fields are too long."};
constexpr HttpError kBodyTooLong{413, "The body is too long."};
constexpr HttpError kWrongVersion{505, "The version must be HTTP/1.1 or HTTP/1.0."};
constexpr HttpError kNoVersion{400, "The request line has no version, as in HTTP/0.9; it must end in HTTP/1.1."};
constexpr HttpError kExtraBlanks{400, "The parts of a request line must be separated by one blank."};
// RFC 9110 has no status for it: it is a misconfigured sender, not a client.
constexpr HttpError kProxyHeader{400,
                                 "This looks like a PROXY protocol header, which is not served here; the load balancer "
                                 "must send plain HTTP/1.1."};
constexpr HttpError kChunkExtension{400, "A chunk extension is malformed."};

enum class Header : std::uint8_t {
  host,
  accept,
  content_encoding,
  idempotency_key,
  authorization,
  connection,
  transfer_encoding,
  expect,
  other,
};
constexpr std::array<std::string_view, 8> kHeaderNames = {
    "host",          "accept",     "content-encoding",  "idempotency-key",
    "authorization", "connection", "transfer-encoding", "expect"};

Header header_called(std::string_view name) {
  for (std::size_t i = 0; i < kHeaderNames.size(); ++i) {
    if (equal_ignoring_case(name, kHeaderNames[i])) return static_cast<Header>(i);
  }
  return Header::other;
}

// Those that no reader takes for anything else: RFC 3986, and what clients send unencoded without harm ("|", quotes).
bool is_target_byte(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte < 0x7F && c != '#' && c != '\\';
}

// RFC 9110 5.6.2
bool is_token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_known_method(std::string_view method) {
  constexpr std::string_view kMethods[] = {
#define X(number, id, text) #text,
      HTTP_METHOD_MAP(X)
#undef X
  };
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

HttpMethod method_called(std::string_view method) {
  if (method == "GET") return HttpMethod::get;
  if (method == "HEAD") return HttpMethod::head;
  if (method == "POST") return HttpMethod::post;
  if (method == "PUT") return HttpMethod::put;
  return HttpMethod::other;
}

std::optional<HttpError> check_transfer_encoding(std::string_view list) {
  bool empty = false;
  std::size_t items = 0;
  std::size_t chunked = 0;
  for_each_item(list, [&](std::string_view item) {
    ++items;
    if (item.empty()) empty = true;
    if (equal_ignoring_case(item, "chunked")) ++chunked;
  });
  if (empty || chunked > 1) return HttpError{400, "Transfer-Encoding must be chunked, once."};
  if (items != chunked) return HttpError{501, "The only transfer coding served is chunked."};
  return std::nullopt;
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
    default: return {400, "The bytes are not an HTTP/1.1 request."};
  }
}

}  // namespace

struct HttpParser::Impl {
  explicit Impl(const HttpLimits& l) : limits(l) {
    llhttp_init(&llhttp, HTTP_REQUEST, &settings());
    llhttp_set_lenient_version(&llhttp, 1);
    llhttp.data = this;
  }

  static const llhttp_settings_t& settings();
  static Impl& of(llhttp_t* parser) { return *static_cast<Impl*>(parser->data); }

  Step take_start(std::string_view& bytes);
  Step take_rest(std::string_view& bytes);
  bool begin_request_line();
  [[nodiscard]] std::optional<HttpError> excess() const;

  int on_target(const char* at, std::size_t n);
  int on_version(const char* at);
  int on_version_complete();
  int on_field_name(const char* at, std::size_t n);
  int on_field_name_complete();
  int on_field_value(const char* at, std::size_t n);
  int on_field_value_complete();
  int on_field_bytes(const char* at, std::size_t n);
  int on_headers_complete();
  int on_extension_bytes(std::size_t n);
  int on_extension_value(const char* at, std::size_t n);
  int on_extension_part_complete();
  int on_body(const char* at, std::size_t n);
  int on_message_complete();

  std::string* destination();
  [[nodiscard]] bool follows_protocol_name(const char* version) const;
  std::optional<HttpError> check_framing();
  std::optional<HttpError> check_authority();
  // Places in the request are counted from the first byte of its request line.
  [[nodiscard]] std::size_t place_of(const char* at) const {
    return making.consumed + static_cast<std::size_t>(at - piece.data());
  }
  std::uint32_t& seen(Header h) { return making.seen[static_cast<std::size_t>(h)]; }
  int refuse(HttpError why) {
    problem = why;
    return HPE_USER;
  }
  Step fail_with(HttpError why) {
    problem = why;
    state = State::failed;
    return Step::error;
  }

  // start: blank lines and the method, which we read ourselves; head, body: llhttp reads.
  enum class State : std::uint8_t { start, head, body, whole, failed };

  // What is known of the request in the making. Thrown away whole, so that an idle parser holds no buffer.
  struct Making {
    HttpRequest request;
    std::size_t blank_bytes = 0;
    std::size_t consumed = 0;  // bytes of the request in front of `piece`
    bool version_seen = false;

    std::string name;  // of the field being read, cut
    bool in_name = false;
    Header header = Header::other;
    std::size_t field_start = 0;  // places of the field being read
    std::size_t field_end = 0;
    std::size_t header_bytes = 0;  // of the fields in front of it
    std::size_t fields = 0;
    std::array<std::uint32_t, kHeaderNames.size() + 1> seen{};
    std::string connection;
    std::string transfer_encoding;
    std::string expect;

    std::size_t extension_parts = 0;  // names and values, of all chunks
    std::size_t extension_bytes = 0;
    std::size_t extension_part_bytes = 0;  // of the name or value being read
    bool extension_quoted = false;
  };

  HttpLimits limits;
  llhttp_t llhttp{};
  State state = State::start;
  HttpError problem{0, {}};
  Making making;
  std::string_view piece;        // what llhttp is being given
  std::array<char, 5> before{};  // the last bytes that it was given before that
};

const llhttp_settings_t& HttpParser::Impl::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_url = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_target(at, n); };
    s.on_version = [](llhttp_t* p, const char* at, std::size_t) { return of(p).on_version(at); };
    s.on_version_complete = [](llhttp_t* p) { return of(p).on_version_complete(); };
    s.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_field_name(at, n); };
    s.on_header_field_complete = [](llhttp_t* p) { return of(p).on_field_name_complete(); };
    s.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_field_value(at, n); };
    s.on_header_value_complete = [](llhttp_t* p) { return of(p).on_field_value_complete(); };
    s.on_headers_complete = [](llhttp_t* p) { return of(p).on_headers_complete(); };
    s.on_body = [](llhttp_t* p, const char* at, std::size_t n) { return of(p).on_body(at, n); };
    s.on_chunk_extension_name = [](llhttp_t* p, const char*, std::size_t n) { return of(p).on_extension_bytes(n); };
    s.on_chunk_extension_name_complete = [](llhttp_t* p) { return of(p).on_extension_part_complete(); };
    s.on_chunk_extension_value = [](llhttp_t* p, const char* at, std::size_t n) {
      return of(p).on_extension_value(at, n);
    };
    s.on_chunk_extension_value_complete = [](llhttp_t* p) { return of(p).on_extension_part_complete(); };
    s.on_message_complete = [](llhttp_t* p) { return of(p).on_message_complete(); };
    return s;
  }();
  return kSettings;
}

// Reads blank lines and the method. The method is not left to llhttp, which gives up on an unknown one at the first
// letter that no known one has, when it cannot be told yet whether it will be a word.
HttpParser::Step HttpParser::Impl::take_start(std::string_view& bytes) {
  std::string& method = making.request.method_text;
  while (!bytes.empty()) {
    char c = bytes.front();
    bool in_blank_line = making.blank_bytes % 2 != 0;
    if (method.empty() && (c == '\r' || c == '\n')) {
      bool is_due = c == (in_blank_line ? '\n' : '\r');
      if (!is_due || ++making.blank_bytes > kBlankLineBytesMax) return fail_with(explain(HPE_INVALID_METHOD));
    } else if (method.empty() && c == '\0' && making.blank_bytes == kProxyHeaderBlankBytes) {
      return fail_with(kProxyHeader);
    } else if (c == ' ' && !method.empty()) {
      return begin_request_line() ? take_rest(bytes) : Step::error;
    } else if (!is_token_byte(c) || in_blank_line) {
      return fail_with(explain(HPE_INVALID_METHOD));
    } else {
      method += c;
      if (method.size() > kMethodBytesMax) return fail_with({501, "The method is not known."});
    }
    bytes.remove_prefix(1);
  }
  return Step::need_more;
}

bool HttpParser::Impl::begin_request_line() {
  HttpRequest& request = making.request;
  // RFC 9113 3.4: reserved for the preface, "PRI * HTTP/2.0".
  if (request.method_text == "PRI") {
    fail_with(kWrongVersion);
    return false;
  }
  if (request.method_text == kProxyHeaderWord) {
    fail_with(kProxyHeader);
    return false;
  }
  if (!is_known_method(request.method_text)) {
    fail_with({501, "The method is not known."});
    return false;
  }
  request.method = method_called(request.method_text);
  state = State::head;
  piece = request.method_text;
  CHECK(llhttp_execute(&llhttp, piece.data(), piece.size()) == HPE_OK, "llhttp knows its own methods");
  making.consumed = piece.size();
  return true;
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

int HttpParser::Impl::on_field_name(const char* at, std::size_t n) {
  if (!making.in_name) {
    making.in_name = true;
    making.name.clear();
    making.field_start = place_of(at);
    if (++making.fields > limits.header_fields_max) return refuse({431, "There are too many header fields."});
  }
  // One byte beyond what is kept tells a longer name from a name that we read.
  making.name.append(at, std::min(n, kFieldNameBytesKept + 1 - std::min(making.name.size(), kFieldNameBytesKept + 1)));
  return on_field_bytes(at, n);
}

int HttpParser::Impl::on_field_name_complete() {
  making.in_name = false;
  making.header = state == State::head ? header_called(making.name) : Header::other;  // trailers are dropped
  bool again = ++seen(making.header) > 1;
  if (again && making.header == Header::host) return refuse({400, "Host must be given once."});
  if (again && making.header == Header::idempotency_key) return refuse({400, "Idempotency-Key must be given once."});
  if (again && making.header == Header::authorization) return refuse({400, "Authorization must be given once."});
  if (std::string* text = destination(); text && again) *text += ", ";
  return HPE_OK;
}

int HttpParser::Impl::on_field_value(const char* at, std::size_t n) {
  if (std::string* text = destination()) text->append(at, n);
  return on_field_bytes(at, n);
}

int HttpParser::Impl::on_field_bytes(const char* at, std::size_t n) {
  making.field_end = place_of(at) + n;
  bool too_long = making.header_bytes + (making.field_end - making.field_start) > limits.header_bytes_max;
  return too_long ? refuse(kHeadersTooLong) : HPE_OK;
}

int HttpParser::Impl::on_field_value_complete() {
  making.header_bytes += making.field_end - making.field_start + std::string_view("\r\n").size();
  if (std::string* text = destination()) text->erase(text->find_last_not_of(" \t") + 1);
  return HPE_OK;
}

std::string* HttpParser::Impl::destination() {
  switch (making.header) {
    case Header::host: return &making.request.host;
    case Header::accept: return &making.request.accept;
    case Header::content_encoding: return &making.request.content_encoding;
    case Header::idempotency_key: return &making.request.idempotency_key;
    case Header::authorization: return &making.request.authorization;
    case Header::connection: return &making.connection;
    case Header::transfer_encoding: return &making.transfer_encoding;
    case Header::expect: return &making.expect;
    case Header::other: break;
  }
  return nullptr;
}

// Whether all readers would look for the resource on the same host.
std::optional<HttpError> HttpParser::Impl::check_authority() {
  const HttpRequest& request = making.request;
  bool has_host = seen(Header::host) > 0;
  if (has_host && !is_authority(request.host)) return HttpError{400, "Host must be a host and, if need be, a port."};
  auto authority = authority_of(request.target);
  if (!authority) return std::nullopt;
  if (!is_authority(*authority)) return HttpError{400, "The host of the request target is malformed."};
  if (has_host && !same_authority(request.target, *authority, request.host)) {
    return HttpError{400, "Host and the host of the request target must be the same."};
  }
  return std::nullopt;
}

// Whether the length of the body is beyond doubt, and within its limit.
std::optional<HttpError> HttpParser::Impl::check_framing() {
  if (!making.version_seen) return kNoVersion;
  int minor = making.request.minor_version;
  if (minor == 1 && seen(Header::host) == 0) return HttpError{400, "Host is missing."};
  if (auto wrong = check_authority()) return wrong;
  if (seen(Header::transfer_encoding) > 0) {
    if (minor == 0) return HttpError{400, "HTTP/1.0 has no Transfer-Encoding."};
    return check_transfer_encoding(making.transfer_encoding);
  }
  if (llhttp.content_length > limits.body_bytes_max) return kBodyTooLong;
  return std::nullopt;
}

int HttpParser::Impl::on_headers_complete() {
  if (auto doubt = check_framing()) return refuse(*doubt);
  state = State::body;
  HttpRequest& request = making.request;
  bool is_connect = llhttp.method == HTTP_CONNECT;
  bool is_modern = request.minor_version == 1;
  request.keep_alive = is_modern && !is_connect && !has_item(making.connection, "close");
  if (is_modern && seen(Header::expect) > 0) {
    request.expectation =
        equal_ignoring_case(making.expect, "100-continue") ? Expectation::proceed : Expectation::unknown;
  }
  bool has_body = !is_connect && ((llhttp.flags & F_CHUNKED) != 0 || llhttp.content_length > 0);
  return has_body && request.expectation != Expectation::none ? HPE_PAUSED : HPE_OK;
}

int HttpParser::Impl::on_extension_bytes(std::size_t n) {
  making.extension_part_bytes += n;
  making.extension_bytes += n;
  bool too_long = making.extension_bytes > kChunkExtensionBytesMax;
  return too_long ? refuse({400, "The chunk extensions are too long."}) : HPE_OK;
}

// A token, or a quoted string: one quote in the middle, and readers differ on where the value ends.
int HttpParser::Impl::on_extension_value(const char* at, std::size_t n) {
  constexpr char kDelete = 0x7F;
  std::string_view bytes(at, n);
  if (n > 0 && making.extension_part_bytes == 0) making.extension_quoted = bytes.front() == '"';
  bool malformed = making.extension_quoted ? bytes.find(kDelete) != std::string_view::npos
                                           : bytes.find('"') != std::string_view::npos;
  return malformed ? refuse(kChunkExtension) : on_extension_bytes(n);
}

int HttpParser::Impl::on_extension_part_complete() {
  if (std::exchange(making.extension_part_bytes, 0) == 0) return refuse(kChunkExtension);
  if (++making.extension_parts > kChunkExtensionPartsMax) return refuse({400, "There are too many chunk extensions."});
  return HPE_OK;
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

HttpParser::HttpParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpParser::~HttpParser() = default;

HttpParser::Step HttpParser::next(std::string_view& bytes) {
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

HttpRequest HttpParser::take_request() {
  CHECK(impl_->state == Impl::State::whole, "take_request() follows Step::request");
  // Moved out as one, for an assignment to a string may leave it its buffer.
  Impl::Making made = std::move(impl_->making);
  impl_->making = {};
  impl_->piece = {};
  impl_->state = Impl::State::start;
  llhttp_reset(&impl_->llhttp);
  return std::move(made.request);
}

HttpError HttpParser::error() const { return impl_->problem; }

HttpParser::Phase HttpParser::phase() const {
  switch (impl_->state) {
    case Impl::State::start: return impl_->making.request.method_text.empty() ? Phase::idle : Phase::head;
    case Impl::State::head: return Phase::head;
    default: return Phase::body;
  }
}

}  // namespace outpost::protocol
