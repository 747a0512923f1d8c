#include "protocol/http/http1.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <vector>

#include "tests/support/http1_streams.h"

namespace outpost::test::http1_test {

using namespace outpost::protocol;
using outpost::test::kChunked;
using outpost::test::parse;
using outpost::test::post;
using outpost::test::Seen;
using Step = HttpParser::Step;

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

TEST_CASE("http1 gives the further headers that somebody wants, and no others", "[http1]") {
  static constexpr WantedHeader kWanted[] = {{"cookie"}, {"x-one", "X-One must be given once."}};
  std::size_t piece = GENERATE(std::size_t{1}, std::size_t{1000});
  std::string stream = post("Cookie: a=1 \r\nX-Other: z\r\nX-One: \tone\r\nCOOKIE:b=2\r\n");
  Seen seen = parse(stream, piece, {}, kWanted);
  REQUIRE(seen.requests.size() == 1);
  const auto& further = seen.requests[0].further;
  REQUIRE(further.size() == 2);
  CHECK(further[0].name == "cookie");
  CHECK(further[0].value == "a=1, b=2");
  CHECK(further[1].name == "x-one");
  CHECK(further[1].value == "one");
  CHECK(parse(stream).requests.at(0).further.empty());

  Seen twice = parse(post("X-One: 1\r\nx-one: 2\r\n"), piece, {}, kWanted);
  CHECK(twice.status == 400);
  CHECK(twice.text == "X-One must be given once.");
  Seen trailer = parse(post(std::string(kChunked), "0\r\nCookie: late\r\n\r\n"), piece, {}, kWanted);
  REQUIRE(trailer.requests.size() == 1);
  CHECK(trailer.requests[0].further.empty());
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
  CHECK(method_of("DELETE") == HttpMethod::delete_);
  CHECK(method_of("OPTIONS") == HttpMethod::options);
  CHECK(method_of("PATCH") == HttpMethod::other);
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

TEST_CASE("http1 shows nothing of one request in the next, and keeps little memory of it", "[http1]") {
  constexpr WantedHeader kWanted[] = {{"x-more"}};
  HttpParser parser({}, kWanted);
  std::string large = post(
      "Accept: a\r\nContent-Encoding: b\r\nIdempotency-Key: c\r\nAuthorization: d\r\nX-More: e\r\n"
      "Connection: close\r\nContent-Length: 5000\r\nExpect: f\r\n",
      std::string(5000, 'x'));
  std::string_view bytes = large;
  while (parser.next(bytes) != HttpParser::Step::request) REQUIRE_FALSE(bytes.empty());
  CHECK(parser.take_request().body.size() == 5000);
  CHECK(parser.phase() == HttpParser::Phase::idle);
  CHECK(parser.request().accept == "a");  // good until it is forgotten
  parser.forget_request();
  CHECK(parser.request().body.capacity() < 1024);

  std::string small = "GET / HTTP/1.0\r\n\r\n";
  for (bool forgotten : {true, false}) {
    bytes = small;
    REQUIRE(parser.next(bytes) == HttpParser::Step::request);
    const HttpRequest& request = parser.take_request();
    CHECK(request.method_text == "GET");
    CHECK(request.target == "/");
    CHECK(request.expectation == Expectation::none);
    CHECK(request.further.empty());
    for (const std::string* text : {&request.host, &request.accept, &request.content_encoding, &request.idempotency_key,
                                    &request.authorization, &request.body}) {
      CHECK(text->empty());
    }
    if (forgotten) parser.forget_request();
  }
}

}  // namespace outpost::test::http1_test
