// The HTTP parser must see the same requests whether a stream arrives at once or in pieces. The first byte is the size
// of the pieces.
#include "protocol/http/http1.h"

#include <vector>

#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

namespace {

struct Seen {
  std::vector<HttpRequest> requests;
  bool failed = false;
  HttpParser::Phase phase = HttpParser::Phase::idle;
};

Seen parse(std::string_view stream, std::size_t piece_bytes, const HttpLimits& limits) {
  Seen seen;
  HttpParser parser(limits);
  while (!stream.empty()) {
    std::string_view part = stream.substr(0, piece_bytes);
    std::vector<char> piece(part.begin(), part.end());
    stream.remove_prefix(part.size());
    std::string_view bytes(piece.data(), piece.size());
    for (;;) {
      HttpParser::Step step = parser.next(bytes);
      if (step == HttpParser::Step::error) {
        ENSURE(parser.error().status >= 400 && parser.error().status <= 505, "an error has no status");
        check_error_text(parser.error().text);
        seen.failed = true;
        return seen;
      }
      if (step == HttpParser::Step::need_more) break;
      if (step != HttpParser::Step::request) continue;
      seen.requests.push_back(parser.take_request());
      if (!seen.requests.back().keep_alive) return seen;
    }
    ENSURE(bytes.empty(), "bytes were left");
  }
  seen.phase = parser.phase();
  return seen;
}

bool same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.method_text == b.method_text && a.target == b.target &&
         a.minor_version == b.minor_version && a.keep_alive == b.keep_alive && a.expectation == b.expectation &&
         a.host == b.host && a.accept == b.accept && a.content_encoding == b.content_encoding &&
         a.idempotency_key == b.idempotency_key && a.body == b.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  HttpLimits limits;
  limits.target_bytes_max = 100;
  limits.header_bytes_max = 400;
  limits.header_fields_max = 8;
  limits.body_bytes_max = 100;
  std::string_view stream = as_text(data + 1, size - 1);
  Seen whole = parse(stream, stream.size(), limits);
  Seen split = parse(stream, 1 + data[0] % 32, limits);
  ENSURE(whole.failed == split.failed, "a stream fails in one piece or in many, not in both");
  ENSURE(whole.phase == split.phase, "a stream stands elsewhere when it comes in pieces");
  ENSURE(whole.requests.size() == split.requests.size(), "a stream has fewer requests when it comes in pieces");
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    const HttpRequest& request = whole.requests[i];
    ENSURE(same(request, split.requests[i]), "a request differs when it comes in pieces");
    ENSURE(request.body.size() <= limits.body_bytes_max, "a body is over the limit");
    ENSURE(request.target.size() <= limits.target_bytes_max, "a target is over the limit");
  }
  return 0;
}
