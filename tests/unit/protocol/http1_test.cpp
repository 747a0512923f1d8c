#include "protocol/http1.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <vector>

using namespace outpost::protocol;
using Step = HttpParser::Step;

namespace {

// What a connection would see of one stream of bytes.
struct Seen {
  std::vector<HttpRequest> requests;
  int status = 0;  // of the error that ended it, 0 for none
  std::string_view text;
  int headers_done = 0;
  std::string rest;  // bytes behind a request that asks to close
};

// Gives the stream in pieces of `piece_bytes`, each in memory of its own so that a sanitizer sees a late look at it.
Seen parse(std::string_view stream, std::size_t piece_bytes = std::string_view::npos, const HttpLimits& limits = {}) {
  HttpParser parser(limits);
  Seen seen;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    std::string_view bytes = piece;
    for (;;) {
      Step step = parser.next(bytes);
      if (step == Step::need_more) break;
      if (step == Step::headers_done) {
        ++seen.headers_done;
      } else if (step == Step::error) {
        seen.status = parser.error().status;
        seen.text = parser.error().text;
        return seen;
      } else {
        seen.requests.push_back(parser.take_request());
        if (!seen.requests.back().keep_alive) {
          seen.rest = std::string(bytes) + std::string(stream);
          return seen;
        }
      }
    }
    REQUIRE(bytes.empty());
  }
  return seen;
}

std::string post(std::string_view headers, std::string_view body = "") {
  return "POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";

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

TEST_CASE("http1 ignores chunk extensions that are well-formed", "[http1]") {
  for (std::string extension : {";a", ";a=b", ";a;b=c;a=b", ";a=\"\"", ";a=\"b\"", ";a=\"; b=\\\"c\\\\\"",
                                ";a=\"\t\xc3\xa9\"", ";chunk-signature=0123456789abcdef"}) {
    CAPTURE(extension);
    std::string body = "2" + extension + "\r\nab\r\n1" + extension + "\r\nc\r\n0" + extension + "\r\nX: y\r\n\r\n";
    for (std::size_t piece : {1, 2, 5, 1000}) {
      Seen seen = parse(post(kChunked, body) + post("Content-Length: 1\r\n", "d"), piece);
      CHECK(seen.status == 0);
      REQUIRE(seen.requests.size() == 2);
      CHECK(seen.requests[0].body == "abc");
      CHECK(seen.requests[1].body == "d");
    }
  }
}

TEST_CASE("http1 bounds the chunk extensions of a body in number and bytes", "[http1]") {
  auto with = [](const std::string& each, std::size_t chunks) {
    std::string body;
    for (std::size_t i = 0; i < chunks; ++i) body += "1;" + each + "\r\nx\r\n";
    return parse(post(kChunked, body + "0\r\n\r\n"), 100);
  };
  CHECK(with("a=b", 64).requests.size() == 1);
  CHECK(with("a=b", 65).text == "There are too many chunk extensions.");
  CHECK(with("a=" + std::string(1023, 'b'), 4).requests.size() == 1);
  CHECK(with("a=" + std::string(1023, 'b'), 5).text == "The chunk extensions are too long.");
  CHECK(with("a=\"" + std::string(5000, ' ') + "\"", 1).text == "The chunk extensions are too long.");
}

TEST_CASE("http1 gives a whole request with what the proxy reads of it", "[http1]") {
  std::string stream = post(
      "Accept: text/plain\r\nContent-Encoding: identity\r\nIdempotency-Key: \t k-1 \t\r\n"
      "Authorization:  Bearer abc \r\n"
      "X-Empty:\r\nX-Utf8: \xc3\xa9\xff\r\nContent-Length: 2\r\n",
      "{}");
  std::size_t piece = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{1000});
  Seen seen = parse(stream, piece);
  CHECK(seen.status == 0);
  CHECK(seen.headers_done == 0);
  REQUIRE(seen.requests.size() == 1);
  const HttpRequest& request = seen.requests[0];
  CHECK(request.method == HttpMethod::post);
  CHECK(request.method_text == "POST");
  CHECK(request.target == "/lists/a?req=AddRecord");
  CHECK(request.minor_version == 1);
  CHECK(request.keep_alive);
  CHECK(request.expectation == Expectation::none);
  CHECK(request.host == "h");
  CHECK(request.accept == "text/plain");
  CHECK(request.content_encoding == "identity");
  CHECK(request.idempotency_key == "k-1");
  CHECK(request.authorization == "Bearer abc");
  CHECK(request.body == "{}");
}

TEST_CASE("http1 joins the values of a list header that comes twice", "[http1]") {
  Seen seen = parse(post("Accept: text/html\r\naccept: */*\r\n"));
  REQUIRE(seen.requests.size() == 1);
  CHECK(seen.requests[0].accept == "text/html, */*");
}

TEST_CASE("http1 tells the methods that the router knows from the others", "[http1]") {
  auto method_of = [](const std::string& name) {
    Seen seen = parse(name + " /a HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].method_text == name);
    return seen.requests[0].method;
  };
  CHECK(method_of("GET") == HttpMethod::get);
  CHECK(method_of("HEAD") == HttpMethod::head);
  CHECK(method_of("POST") == HttpMethod::post);
  CHECK(method_of("PUT") == HttpMethod::put);
  CHECK(method_of("DELETE") == HttpMethod::other);
  CHECK(method_of("OPTIONS") == HttpMethod::other);
  CHECK(method_of("M-SEARCH") == HttpMethod::other);
}

TEST_CASE("http1 passes on targets that are for parse_target to judge", "[http1]") {
  for (std::string target : {"/", "*", "http://H:80/x?y", "HTTPS://h", "http://h?x", "/a%zz", "/a?b\"<>^`{|}?c"}) {
    CAPTURE(target);
    Seen seen = parse("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].target == target);
  }
}

TEST_CASE("http1 stops exactly behind a request, so pipelined ones come out one by one", "[http1]") {
  std::string stream = post("Content-Length: 3\r\n", "one") + "\r\n" + post(kChunked, "3\r\ntwo\r\n0\r\n\r\n") +
                       "GET /three HTTP/1.1\r\nHost: h\r\n\r\n" +
                       post("Connection: close\r\nContent-Length: 4\r\n", "four") + "GET /five";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    CAPTURE(piece);
    Seen seen = parse(stream, piece);
    REQUIRE(seen.status == 0);
    REQUIRE(seen.requests.size() == 4);
    CHECK(seen.requests[0].body == "one");
    CHECK(seen.requests[1].body == "two");
    CHECK(seen.requests[2].target == "/three");
    CHECK(seen.requests[3].body == "four");
    CHECK(seen.rest == "GET /five");
  }
}

TEST_CASE("http1 reads the rest of a stream that was cut in two at any place", "[http1]") {
  std::string stream = post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
                            "5\r\nhello\r\n00a\r\n, world ...\r\n0\r\nTrailer: x\r\n\r\n")
                           .replace(0, 0, "\r\n");
  stream.replace(stream.find(" ..."), 4, "...");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    HttpParser parser({});
    int headers_done = 0;
    bool whole = false;
    for (std::string part : {stream.substr(0, cut), stream.substr(cut)}) {
      std::string_view bytes = part;
      Step step = Step::need_more;
      while ((step = parser.next(bytes)) == Step::headers_done) ++headers_done;
      REQUIRE(step != Step::error);
      if (step == Step::request) {
        whole = true;
        CHECK(parser.take_request().body == "hello, world...");
      }
      CHECK(bytes.empty());
    }
    CHECK(whole);
    CHECK(headers_done == 1);
  }
}

TEST_CASE("http1 reports Expect once, before the body, and only when a body follows", "[http1]") {
  SECTION("with a body") {
    Seen seen = parse(post("Expect: 100-Continue\r\nContent-Length: 2\r\n", "ab"));
    CHECK(seen.headers_done == 1);
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].expectation == Expectation::proceed);
    CHECK(seen.requests[0].body == "ab");
  }
  SECTION("the headers are there, the body not yet") {
    HttpParser parser({});
    std::string head = post("Expect: 100-continue\r\nContent-Length: 2\r\n");
    std::string_view bytes = head;
    REQUIRE(parser.next(bytes) == Step::headers_done);
    CHECK(bytes.empty());
    CHECK(parser.request().target == "/lists/a?req=AddRecord");
    CHECK(parser.request().expectation == Expectation::proceed);
    CHECK(parser.next(bytes) == Step::need_more);
    bytes = "ab";
    REQUIRE(parser.next(bytes) == Step::request);
    CHECK(parser.take_request().body == "ab");
  }
  SECTION("without a body") {
    Seen seen = parse(post("Expect: 100-continue\r\n"));
    CHECK(seen.headers_done == 0);
    CHECK(seen.requests.size() == 1);
  }
  SECTION("another expectation") {
    Seen seen = parse(post("Expect: 200-ok\r\nContent-Length: 2\r\n", "ab"));
    CHECK(seen.headers_done == 1);
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].expectation == Expectation::unknown);
  }
  SECTION("two expectations") {
    Seen seen = parse(post("Expect: 100-continue\r\nExpect: 100-continue\r\n"));
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].expectation == Expectation::unknown);
  }
  SECTION("on HTTP/1.0 it is ignored") {
    Seen seen = parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
    CHECK(seen.headers_done == 0);
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].expectation == Expectation::none);
  }
  SECTION("a body over the limit is refused before 100 could be sent") {
    Seen seen = parse(post("Expect: 100-continue\r\nContent-Length: 65537\r\n"));
    CHECK(seen.headers_done == 0);
    CHECK(seen.status == 413);
  }
}

TEST_CASE("http1 knows whether the connection lives on", "[http1]") {
  auto lives = [](std::string_view version, std::string_view headers) {
    Seen seen = parse("GET / HTTP/" + std::string(version) + "\r\nHost: h\r\n" + std::string(headers) + "\r\n");
    REQUIRE(seen.requests.size() == 1);
    return seen.requests[0].keep_alive;
  };
  CHECK(lives("1.1", ""));
  CHECK(lives("1.2", ""));
  CHECK(lives("1.1", "Connection: closer\r\n"));
  CHECK(lives("1.1", "Connection: x close\r\n"));
  CHECK(lives("1.1", "Proxy-Connection: close\r\n"));
  CHECK(lives("1.1", "Connection: upgrade\r\nUpgrade: h2c\r\n"));
  CHECK_FALSE(lives("1.1", "Connection: close\r\n"));
  CHECK_FALSE(lives("1.1", "Connection: Close\t\r\n"));
  CHECK_FALSE(lives("1.1", "Connection: keep-alive ,\tclose ,, x\r\n"));
  CHECK_FALSE(lives("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK_FALSE(lives("1.0", ""));
  CHECK_FALSE(lives("1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(lives("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("http1 takes a request for an upgrade as an ordinary one", "[http1]") {
  std::string stream = post("Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "ab") + post("");
  Seen seen = parse(stream);
  CHECK(seen.status == 0);
  REQUIRE(seen.requests.size() == 2);
  CHECK(seen.requests[0].body == "ab");
}

TEST_CASE("http1 closes behind CONNECT, for its body has no length that all agree on", "[http1]") {
  Seen seen = parse("CONNECT h:80 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /");
  REQUIRE(seen.requests.size() == 1);
  CHECK_FALSE(seen.requests[0].keep_alive);
  CHECK(seen.rest == "GET /");
}

TEST_CASE("http1 treats later minor versions as 1.1 and needs no Host from 1.0", "[http1]") {
  Seen later = parse("GET / HTTP/1.9\r\nHost: h\r\n\r\n");
  REQUIRE(later.requests.size() == 1);
  CHECK(later.requests[0].minor_version == 1);
  CHECK(parse("GET / HTTP/1.9\r\n\r\n").status == 400);
  Seen earlier = parse("GET / HTTP/1.0\r\n\r\n");
  REQUIRE(earlier.requests.size() == 1);
  CHECK(earlier.requests[0].minor_version == 0);
}

TEST_CASE("http1 drops trailers", "[http1]") {
  Seen seen = parse(post(kChunked, "2\r\nab\r\n0\r\nConnection: close\r\nHost: i\r\nAccept: x\r\n\r\n") + post(""));
  CHECK(seen.status == 0);
  REQUIRE(seen.requests.size() == 2);
  CHECK(seen.requests[0].body == "ab");
  CHECK(seen.requests[0].keep_alive);
  CHECK(seen.requests[0].host == "h");
  CHECK(seen.requests[0].accept.empty());
}

TEST_CASE("http1 holds each limit to the byte", "[http1]") {
  HttpLimits limits;
  limits.target_bytes_max = 40;
  limits.header_bytes_max = 60;
  limits.header_fields_max = 4;
  limits.body_bytes_max = 10;
  std::size_t piece = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{1000});
  CAPTURE(piece);
  auto status = [&](const std::string& stream) {
    Seen seen = parse(stream, piece, limits);
    CHECK(seen.requests.size() == (seen.status == 0 ? 1 : 0));
    return seen.status;
  };
  auto line_of = [](std::size_t n) {
    return "GET /" + std::string(n - std::string("GET / HTTP/1.1").size(), 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  CHECK(status(line_of(40)) == 0);
  CHECK(status(line_of(41)) == 414);
  CHECK(status(line_of(4000)) == 414);
  CHECK(status(line_of(40).replace(0, 0, "\r\n").insert(44, "X: " + std::string(45, 'a') + "\r\n")) == 0);

  auto headers_of = [](std::size_t n) {
    return "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(n - std::string("Host: h\r\nX: \r\n").size(), 'a') +
           "\r\n\r\n";
  };
  CHECK(status(headers_of(60)) == 0);
  CHECK(status(headers_of(63)) == 431);
  CHECK(status(headers_of(6000)) == 431);
  CHECK(status("GET / HTTP/1.1\r\nHost: h\r\n" + std::string(100, 'N') + ": a\r\n\r\n") == 431);
  CHECK(status("GET / HTTP/1.1\r\nHost: h\r\nA:\r\nB:\r\nC:\r\n\r\n") == 0);
  CHECK(status("GET / HTTP/1.1\r\nHost: h\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n") == 431);

  CHECK(status(post("Content-Length: 10\r\n", "0123456789")) == 0);
  CHECK(status(post("Content-Length: 11\r\n")) == 413);
  CHECK(status(post(kChunked, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")) == 0);
  CHECK(status(post(kChunked, "5\r\n01234\r\n6\r\n56789x\r\n0\r\n\r\n")) == 413);
  CHECK(status(post(kChunked, "0\r\nX: " + std::string(60, 'a') + "\r\n\r\n")) == 431);
  CHECK(status(post(kChunked, "0\r\nA:\r\nB:\r\nC:\r\n\r\n")) == 431);
}

TEST_CASE("http1 bounds floods that reach no field and no body", "[http1]") {
  SECTION("blanks of a request line") { CHECK(parse("GET " + std::string(20000, ' '), 1000).status == 414); }
  SECTION("blanks in front of a value") {
    CHECK(parse("GET / HTTP/1.1\r\nX:" + std::string(40000, ' '), 1000).status == 431);
  }
  SECTION("zeros of a chunk size") { CHECK(parse(post(kChunked, std::string(600000, '0')), 1000).status == 413); }
  SECTION("a body of one-byte chunks still fits") {
    std::string body;
    for (int i = 0; i < 64 * 1024; ++i) body += "1\r\nx\r\n";
    Seen seen = parse(post(kChunked, body + "0\r\n\r\n"), 1000);
    REQUIRE(seen.requests.size() == 1);
    CHECK(seen.requests[0].body.size() == 64 * 1024);
  }
}

TEST_CASE("http1 says where the stream stands", "[http1]") {
  using Phase = HttpParser::Phase;
  HttpParser parser({});
  auto phase_after = [&](std::string_view bytes) {
    CHECK(parser.next(bytes) == Step::need_more);
    return parser.phase();
  };
  CHECK(parser.phase() == Phase::idle);
  CHECK(phase_after("\r\n") == Phase::idle);
  CHECK(phase_after("P") == Phase::head);
  CHECK(phase_after("OST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n") == Phase::head);
  CHECK(phase_after("\r\n") == Phase::body);
  CHECK(phase_after("a") == Phase::body);
  std::string_view last = "b";
  REQUIRE(parser.next(last) == Step::request);
  CHECK(parser.take_request().body == "ab");
  CHECK(parser.phase() == Phase::idle);
}

TEST_CASE("http1 stays failed", "[http1]") {
  HttpParser parser({});
  std::string_view bytes = "\x01";
  REQUIRE(parser.next(bytes) == Step::error);
  std::string good = post("");
  bytes = good;
  CHECK(parser.next(bytes) == Step::error);
  CHECK(parser.error().status == 400);
}
