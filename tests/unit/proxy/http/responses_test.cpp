#include "proxy/http/responses.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy::responses_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

constexpr std::time_t kMoment = 784111777;  // the example date of RFC 9110 5.6.7

std::string render(const Response& response, const ResponseWriter::Framing& framing = {},
                   const std::string& custom = {}) {
  ResponseWriter writer;
  writer.set_custom_headers(custom);
  std::string out;
  writer.append(out, response, framing, kMoment);
  return out;
}

Response success() { return {.status = 200, .body = R"({"answer":42})"}; }

Response failure(int status) {
  return {.status = status, .content_type = "application/json", .body = R"({"error":"no"})"};
}

TEST_CASE("a body stands under the documented headers", "[responses]") {
  CHECK(render(success()) ==
        "HTTP/1.1 200 OK\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 13\r\n"
        "Cache-Control: no-store\r\n"
        "\r\n"
        R"({"answer":42})");
}

TEST_CASE("a response to HEAD has the headers of the body that it leaves out", "[responses]") {
  std::string head = render(success(), {.head = true});
  CHECK_THAT(head, ContainsSubstring("Content-Length: 13\r\n"));
  CHECK_THAT(head, EndsWith("\r\n\r\n"));
}

TEST_CASE("custom headers and Connection: close are on failures too", "[responses]") {
  std::string text = render(failure(400), {.close = true}, "X-Frame-Options: SAMEORIGIN\r\n");
  CHECK_THAT(text, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  CHECK_THAT(text, ContainsSubstring("\r\nConnection: close\r\nX-Frame-Options: SAMEORIGIN\r\n\r\n"));
  CHECK_THAT(text, EndsWith(R"({"error":"no"})"));
}

TEST_CASE("503 says when to come back and 405 what is allowed", "[responses]") {
  Response full = failure(503);
  full.retry_after_s = 5;
  CHECK_THAT(render(full), ContainsSubstring("\r\nRetry-After: 5\r\n"));
  Response wrong_method = failure(405);
  wrong_method.allow = "POST, PUT";
  CHECK_THAT(render(wrong_method), ContainsSubstring("\r\nAllow: POST, PUT\r\n"));
}

TEST_CASE("the location of what was made is percent-encoded", "[responses]") {
  Response made = success();
  CHECK_THAT(render(made), !ContainsSubstring("Location"));
  made.location = {"/phones/", "+1 5\r\n\xc3\xa9-._~a?b/c", ""};
  CHECK_THAT(render(made), ContainsSubstring("\r\nLocation: /phones/%2B1%205%0D%0A%C3%A9-._~a%3Fb%2Fc\r\n"));
  made.location.tenant = "A&B";
  CHECK_THAT(render(made), ContainsSubstring("?tenant=A%26B\r\n"));
}

TEST_CASE("what was done before says so", "[responses]") {
  Response kept = success();
  CHECK_THAT(render(kept), !ContainsSubstring("Idempotency-Replayed"));
  kept.replayed = true;
  CHECK_THAT(render(kept), ContainsSubstring("\r\nIdempotency-Replayed: true\r\n"));
}

TEST_CASE("what a client calls its request goes back to it", "[responses]") {
  protocol::RequestIds ids{"7f3c", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  std::string text = render(success(), {.ids = &ids});
  CHECK_THAT(text, ContainsSubstring("\r\nX-Request-Id: 7f3c\r\n"));
  CHECK_THAT(text, ContainsSubstring("\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));
  ids = {};
  CHECK(render(success(), {.ids = &ids}) == render(success()));
}

TEST_CASE("a body that goes on is in chunks, of which none but the last is empty", "[responses]") {
  Response begun{.status = 200, .body = "0123456789abcdef", .more = true};
  ResponseWriter::Framing chunked{.close = true, .chunked = true};
  std::string out = render(begun, chunked);
  CHECK_THAT(out, ContainsSubstring("\r\nTransfer-Encoding: chunked\r\n"));
  CHECK_THAT(out, !ContainsSubstring("Content-Length"));
  CHECK_THAT(out, EndsWith("\r\n\r\n10\r\n0123456789abcdef\r\n"));
  begun.body.clear();
  CHECK_THAT(render(begun, chunked), EndsWith("Connection: close\r\n\r\n"));
  auto piece = [](std::string_view text, bool last, bool in_chunks) {
    std::string bytes;
    append_piece(bytes, text, {.chunked = in_chunks}, last);
    return bytes;
  };
  CHECK(piece("a", false, true) == "1\r\na\r\n");
  CHECK(piece("", false, true).empty());
  CHECK(piece("a", true, true) == "1\r\na\r\n0\r\n\r\n");
  CHECK(piece("", true, true) == "0\r\n\r\n");
  CHECK(piece("a", true, false) == "a");
}

TEST_CASE("every status that is used has a reason phrase", "[responses]") {
  for (int status : {200, 400, 404, 405, 408, 409, 413, 414, 415, 417, 429, 431, 500, 501, 502, 503, 504, 505}) {
    INFO(status);
    CHECK_THAT(render(failure(status)), !ContainsSubstring("Unknown"));
  }
}

TEST_CASE("what a client is asked to prove is said", "[responses]") {
  Response response = failure(401);
  response.challenge = "Bearer realm=\"outpost\"";
  CHECK_THAT(render(response), ContainsSubstring("\r\nWWW-Authenticate: Bearer realm=\"outpost\"\r\n"));
}

TEST_CASE("204 has no body and nothing that speaks of one", "[responses]") {
  Response response;
  response.status = 204;
  response.allow = "GET, POST";
  CHECK(render(response, {}, "X-Frame-Options: DENY\r\n") ==
        "HTTP/1.1 204 No Content\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Cache-Control: no-store\r\n"
        "Allow: GET, POST\r\n"
        "X-Frame-Options: DENY\r\n"
        "\r\n");
}

TEST_CASE("the date follows the clock", "[responses]") {
  ResponseWriter writer;
  std::string out;
  writer.append(out, success(), {}, kMoment);
  writer.append(out, success(), {}, kMoment + 1);
  CHECK_THAT(out, ContainsSubstring("08:49:37"));
  CHECK_THAT(out, ContainsSubstring("08:49:38"));
}

}  // namespace

}  // namespace outpost::proxy::responses_test
