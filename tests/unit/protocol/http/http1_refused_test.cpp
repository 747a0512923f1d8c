#include "protocol/http/http1.h"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http1_streams.h"

namespace outpost::test::http1_refused_test {

using namespace outpost::protocol;
using outpost::test::kChunked;
using outpost::test::parse;
using outpost::test::post;
using outpost::test::Seen;

namespace {

struct Refused {
  const char* why;
  std::string bytes;
  int status;
};

std::vector<Refused> refused_streams() {
  auto line = [](std::string_view first) { return std::string(first) + "\r\nHost: h\r\n\r\n"; };
  auto chunks = [](std::string_view body) { return post(kChunked, body); };
  auto extended = [&](const std::string& extension) { return chunks("2" + extension + "\r\nab\r\n0\r\n\r\n"); };
  using namespace std::string_literals;
  return {
      // Bytes that are not HTTP.
      {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"binary junk", "\x00\xff\x00\xff"s, 400},
      {"leading blank", " GET / HTTP/1.1\r\n\r\n", 400},
      {"bare LF in front", "\nGET / HTTP/1.1\r\n\r\n", 400},
      {"CR without LF in front", "\rGET / HTTP/1.1\r\n\r\n", 400},
      {"five blank lines", "\r\n\r\n\r\n\r\n\r\n" + line("GET / HTTP/1.1"), 400},
      {"PROXY protocol, text", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 80\r\n" + line("GET / HTTP/1.1"), 400},
      {"PROXY protocol, binary", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s + line("GET / HTTP/1.1"), 400},
      // Request line.
      {"unknown method", line("FOOBAR / HTTP/1.1"), 501},
      {"lower-case method", line("get / HTTP/1.1"), 501},
      {"method with a known one in front", line("GETX / HTTP/1.1"), 501},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"method too long", std::string(33, 'A') + " / HTTP/1.1\r\n\r\n", 501},
      {"method with a bad byte", line("GE(T / HTTP/1.1"), 400},
      {"tab behind the method", line("GET\t/ HTTP/1.1"), 400},
      {"two blanks behind the method", line("GET  / HTTP/1.1"), 400},
      {"two blanks behind the target", line("GET /  HTTP/1.1"), 400},
      {"blank behind the version", line("GET / HTTP/1.1 "), 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"no version, bare LF", "GET /\n", 400},
      {"no target", line("GET  HTTP/1.1"), 400},
      {"lower-case protocol", line("GET / http/1.1"), 400},
      {"RTSP", line("GET / RTSP/1.0"), 400},
      {"ICE", line("SOURCE / ICE/1.0"), 400},
      {"version 0.9", line("GET / HTTP/0.9"), 505},
      {"version 2.0", line("GET / HTTP/2.0"), 505},
      {"version 3.1", line("GET / HTTP/3.1"), 505},
      {"version with three digits", line("GET / HTTP/1.10"), 400},
      {"version without minor", line("GET / HTTP/1"), 400},
      {"bare LF behind the line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"bare CR behind the line", "GET / HTTP/1.1\rHost: h\r\n\r\n", 400},
      {"control byte in the target", line("GET /\x01 HTTP/1.1"), 400},
      {"DEL in the target", line("GET /\x7f HTTP/1.1"), 400},
      {"tab in the target", line("GET /\t HTTP/1.1"), 400},
      {"fragment in the target", line("GET /a#b HTTP/1.1"), 400},
      {"backslash in the target", line("GET /a\\b HTTP/1.1"), 400},
      {"byte above 0x7F in the target", line("GET /\xc3\xa9 HTTP/1.1"), 400},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, 400},
      {"absolute target of another host", line("GET http://i/ HTTP/1.1"), 400},
      {"absolute target of another port", line("GET http://h:81/ HTTP/1.1"), 400},
      {"absolute target with a user", line("GET http://u@h/ HTTP/1.1"), 400},
      {"absolute target without a host", line("GET http:///a HTTP/1.1"), 400},
      {"absolute target without Host", "GET http://h/ HTTP/1.1\r\n\r\n", 400},
      {"absolute target with an empty Host", "GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"authority form", line("GET h:80 HTTP/1.1"), 400},
      {"relative target", line("GET a/b HTTP/1.1"), 400},
      // Header fields.
      {"no Host", "POST / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", post("Host: h\r\n"), 400},
      {"two Hosts on 1.0", "POST / HTTP/1.0\r\nHost: h\r\nhost: h\r\n\r\n", 400},
      {"empty Host", "POST / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"empty Host on 1.0", "POST / HTTP/1.0\r\nHost: \r\n\r\n", 400},
      {"Host with a user", "POST / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
      {"Host with a path", "POST / HTTP/1.1\r\nHost: h/a\r\n\r\n", 400},
      {"Host with a blank inside", "POST / HTTP/1.1\r\nHost: h i\r\n\r\n", 400},
      {"Host list", "POST / HTTP/1.1\r\nHost: h, i\r\n\r\n", 400},
      {"Host with a port too large", "POST / HTTP/1.1\r\nHost: h:65536\r\n\r\n", 400},
      {"obs-fold", post("X: a\r\n b\r\n"), 400},
      {"obs-fold with a tab", post("X: a\r\n\tb\r\n"), 400},
      {"obs-fold of an empty value", post("X:\r\n b\r\n"), 400},
      {"obs-fold of Content-Length", post("Content-Length:\r\n 2\r\n", "ab"), 400},
      {"blank in front of the first field", "POST / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"blank in front of a colon", post("X : a\r\n"), 400},
      {"blank in front of Content-Length's colon", post("Content-Length : 2\r\n", "ab"), 400},
      {"blank in front of Transfer-Encoding's colon", post("Transfer-Encoding : chunked\r\n"), 400},
      {"tab in front of a colon", post("Content-Length\t: 2\r\n", "ab"), 400},
      {"empty name", post(": a\r\n"), 400},
      {"no colon", post("Xabc\r\n"), 400},
      {"name with a bad byte", post("X@: a\r\n"), 400},
      {"name that is not ASCII", post("X\xc3\xa9: a\r\n"), 400},
      {"NUL in a value", post("X: a\0b\r\n"s), 400},
      {"control byte in a value", post("X: a\x01\x62\r\n"), 400},
      {"DEL in a value", post("X: a\x7f\r\n"), 400},
      {"bare CR in a value", post("X: a\rb\r\n"), 400},
      {"bare LF behind a value", post("X: a\nY: b\r\n"), 400},
      {"bare LF behind Content-Length", post("Content-Length: 2\nY: b\r\n"), 400},
      {"bare LF ends the head", "POST / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"CR CR ends the head", "POST / HTTP/1.1\r\nHost: h\r\n\r\r", 400},
      {"two idempotency keys", post("Idempotency-Key: a\r\nIdempotency-Key: a\r\n"), 400},
      // Body length.
      {"empty Content-Length", post("Content-Length:\r\n"), 400},
      {"Content-Length with plus", post("Content-Length: +2\r\n", "ab"), 400},
      {"Content-Length with minus", post("Content-Length: -2\r\n", "ab"), 400},
      {"Content-Length list", post("Content-Length: 2, 2\r\n", "ab"), 400},
      {"Content-Length with a blank inside", post("Content-Length: 2 2\r\n", "ab"), 400},
      {"hexadecimal Content-Length", post("Content-Length: 0x2\r\n", "ab"), 400},
      {"Content-Length twice, the same", post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
      {"Content-Length twice, different", post("Content-Length: 2\r\nContent-Length: 3\r\n", "ab"), 400},
      {"Content-Length beyond 64 bits", post("Content-Length: 18446744073709551616\r\n"), 400},
      {"Content-Length beyond the limit", post("Content-Length: 65537\r\n"), 413},
      {"Content-Length of 64 bits", post("Content-Length: 18446744073709551615\r\n"), 413},
      {"Content-Length, then Transfer-Encoding", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"Transfer-Encoding, then Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), 400},
      {"unknown transfer coding", post("Transfer-Encoding: gzip\r\n"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n"), 501},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n"), 501},
      {"chunked with a parameter", post("Transfer-Encoding: chunked;a\r\n"), 501},
      {"another coding below chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"another coding below chunked, two lines", post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
       501},
      {"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {"chunked not last, two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400},
      {"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {"chunked twice, two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"empty Transfer-Encoding", post("Transfer-Encoding:\r\n"), 400},
      {"empty item of Transfer-Encoding", post("Transfer-Encoding: ,chunked\r\n"), 400},
      {"empty Transfer-Encoding line", post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"tab behind chunked", post("Transfer-Encoding: chunked\t\r\n"), 400},
      {"vertical tab in front of chunked", post("Transfer-Encoding: \x0b\x63hunked\r\n"), 400},
      {"Transfer-Encoding on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"two Authorization", post("Authorization: Bearer a\r\nauthorization: Bearer b\r\n"), 400},
      {"one Authorization twice", post("Authorization: Bearer a\r\nAuthorization: Bearer a\r\n"), 400},
      // Chunks.
      {"extension without a name", extended(";"), 400},
      {"extension with a value and no name", extended(";=b"), 400},
      {"two semicolons", extended(";;a"), 400},
      {"semicolon behind an extension", extended(";a;"), 400},
      {"extension without a value", extended(";a="), 400},
      {"extension with two values", extended(";a=b=c"), 400},
      {"extension whose name is no token", extended(";a/b"), 400},
      {"extension whose value is no token", extended(";a=(b)"), 400},
      {"blank in front of an extension", extended(" ;a"), 400},
      {"blank behind the semicolon", extended("; a"), 400},
      {"blank behind an extension", extended(";a=b "), 400},
      {"tab in an extension", extended(";a=b\tc"), 400},
      {"extension with a quote that does not end", extended(";a=\"b"), 400},
      {"extension with a line end in quotes", extended(";a=\"\r\n\""), 400},
      {"extension with a bare LF in quotes", extended(";a=\"\n\""), 400},
      {"extension with a bare CR in quotes", extended(";a=\"\\\r\""), 400},
      {"extension with a control byte in quotes", extended(";a=\"\x01\""), 400},
      {"extension with DEL in quotes", extended(";a=\"\x7f\""), 400},
      {"extension with NUL", extended(";a\0"s), 400},
      {"extension with text behind the quotes", extended(";a=\"b\"c"), 400},
      {"extension with quotes in the middle", extended(";a=b\"c\""), 400},
      {"bare LF behind an extension", chunks("2;a\nab\r\n0\r\n\r\n"), 400},
      {"bare CR behind an extension", chunks("2;a=b\rab\r\n0\r\n\r\n"), 400},
      {"bare LF behind the extension of the last chunk", chunks("0;a\n\r\n"), 400},
      {"blank behind a chunk size", chunks("2 \r\nab\r\n0\r\n\r\n"), 400},
      {"negative chunk size", chunks("-2\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk size with 0x", chunks("0x2\r\nab\r\n0\r\n\r\n"), 400},
      {"no chunk size", chunks("\r\nab\r\n0\r\n\r\n"), 400},
      {"bare LF behind a chunk size", chunks("2\nab\r\n0\r\n\r\n"), 400},
      {"bare CR behind a chunk size", chunks("2\rab\r\n0\r\n\r\n"), 400},
      {"bare LF behind a chunk", chunks("2\r\nab\n0\r\n\r\n"), 400},
      {"chunk longer than its size", chunks("2\r\nabc\r\n0\r\n\r\n"), 400},
      {"chunk size beyond 64 bits", chunks("10000000000000000\r\nab"), 400},
      {"bare LF ends the chunks", chunks("0\r\n\n"), 400},
      {"trailer with a blank in front of the colon", chunks("0\r\nX : a\r\n\r\n"), 400},
      {"trailer Content-Length", chunks("0\r\nContent-Length: 5\r\n\r\n"), 400},
      {"trailer Transfer-Encoding", chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
  };
}

}  // namespace

TEST_CASE("http1 refuses what is malformed or ambiguous, however the bytes arrive", "[http1]") {
  for (const Refused& c : refused_streams()) {
    CAPTURE(c.why);
    Seen whole = parse(c.bytes);
    CHECK(whole.requests.empty());
    CHECK(whole.status == c.status);
    CHECK_FALSE(whole.text.empty());
    for (std::size_t piece : {1, 2, 3, 7}) {
      CAPTURE(piece);
      Seen split = parse(c.bytes, piece);
      CHECK(split.requests.empty());
      CHECK(split.status == c.status);
    }
  }
}

TEST_CASE("http1 says what bytes look like that another protocol has sent", "[http1]") {
  using namespace std::string_literals;
  struct Case {
    std::string bytes;
    std::string_view part;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"GET /\r\n", "as in HTTP/0.9"},  // such a client waits: no blank line follows
                                   {"GET /index.html\n", "as in HTTP/0.9"},
                                   {"PROXY TCP6 ::1 ::1 1 2\r\n", "a PROXY protocol header"},
                                   {"PROXY UNKNOWN\r\n", "a PROXY protocol header"},
                                   {"\r\n\r\n\0\r\nQUIT\n"s, "a PROXY protocol header"}}) {
    CAPTURE(c.bytes);
    for (std::size_t piece : {1, 3, 1000}) {
      Seen seen = parse(c.bytes, piece);
      CHECK(seen.status == 400);
      CHECK(seen.text.find(c.part) != std::string_view::npos);
    }
  }
}

}  // namespace outpost::test::http1_refused_test
