#include "proxy/http/responses.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using protocol::ErrorNumber;

constexpr std::time_t kMoment = 784111777;  // the example date of RFC 9110 5.6.7

std::string render(const Response& response, const ResponseWriter::Framing& framing = {},
                   const std::string& custom = {}) {
  ResponseWriter writer;
  writer.set_custom_headers(custom);
  std::string out;
  writer.append(out, response, framing, kMoment);
  return out;
}

Response success() {
  Response response;
  response.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
  response.event.add("GSW_CHAIN_ID", std::int64_t{9001});
  return response;
}

TEST_CASE("a success is the event as JSON under the documented headers", "[responses]") {
  CHECK(render(success()) ==
        "HTTP/1.1 200 OK\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 61\r\n"
        "Cache-Control: no-store\r\n"
        "\r\n"
        R"({"GSW_USER_EVENT":"AddRecordAcknowledge","GSW_CHAIN_ID":9001})");
}

TEST_CASE("a response to HEAD has the headers of the body that it leaves out", "[responses]") {
  std::string head = render(success(), {.presentation = {}, .head = true, .close = false});
  CHECK_THAT(head, ContainsSubstring("Content-Length: 61\r\n"));
  CHECK_THAT(head, EndsWith("\r\n\r\n"));
}

TEST_CASE("custom headers and Connection: close are on failures too", "[responses]") {
  std::string text = render(http_failure(400, "no"), {.presentation = {}, .head = false, .close = true},
                            "X-Frame-Options: SAMEORIGIN\r\n");
  CHECK_THAT(text, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  CHECK_THAT(text, ContainsSubstring("\r\nConnection: close\r\nX-Frame-Options: SAMEORIGIN\r\n\r\n"));
  CHECK_THAT(text, EndsWith(R"({"GSW_USER_EVENT":"Error","GSW_ERROR_NUMBER":400,"GSW_ERROR":"no"})"));
}

TEST_CASE("503 says when to come back and 405 what is allowed", "[responses]") {
  CHECK_THAT(render(failure(503, ErrorNumber::overload, "full")), ContainsSubstring("\r\nRetry-After: 5\r\n"));
  Response wrong_method = http_failure(405, "no");
  wrong_method.allow = "POST, PUT";
  CHECK_THAT(render(wrong_method), ContainsSubstring("\r\nAllow: POST, PUT\r\n"));
}

TEST_CASE("every status that is used has a reason phrase", "[responses]") {
  for (int status : {200, 400, 404, 405, 408, 409, 413, 414, 415, 417, 429, 431, 500, 501, 502, 503, 504, 505}) {
    INFO(status);
    CHECK_THAT(render(http_failure(status, "x")), !ContainsSubstring("Unknown"));
  }
}

TEST_CASE("429 says when another request would be served", "[responses]") {
  std::string text = render(too_many_requests(7));
  CHECK_THAT(text, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  CHECK_THAT(text, ContainsSubstring("\r\nRetry-After: 7\r\n"));
  CHECK_THAT(text, ContainsSubstring("\"GSW_ERROR_NUMBER\":429"));
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

TEST_CASE("Accept chooses the label of JSON and the form of failures", "[responses]") {
  struct Row {
    const char* accept;
    bool plain_text;
    bool html_failures;
  };
  for (const Row& row :
       {Row{"", false, false}, Row{"application/json", false, false}, Row{"*/*", false, false},
        Row{"text/plain", true, false}, Row{"Text/Plain; q=0.5", true, false},
        Row{"application/json, text/plain, */*", false, false}, Row{"text/html", false, true},
        Row{"text/html,application/xhtml+xml,*/*;q=0.8", false, false}, Row{"text/html, text/plain", true, true},
        Row{"image/png", false, false}, Row{",, ,", false, false}}) {
    INFO(row.accept);
    Presentation presentation = presentation_for(row.accept);
    CHECK(presentation.plain_text == row.plain_text);
    CHECK(presentation.html_failures == row.html_failures);
  }
}

TEST_CASE("a client that wants text/plain gets the same JSON under that label", "[responses]") {
  std::string text = render(success(), {.presentation = {.plain_text = true}, .head = false, .close = false});
  CHECK_THAT(text, ContainsSubstring("Content-Type: text/plain; charset=utf-8\r\n"));
  CHECK_THAT(text, EndsWith("\"GSW_CHAIN_ID\":9001}"));
}

TEST_CASE("a failure for an HTML client is an escaped page, a success stays JSON", "[responses]") {
  ResponseWriter::Framing html{.presentation = {.plain_text = false, .html_failures = true}};
  std::string text = render(failure(400, ErrorNumber::missing_attribute, "<GSW_PHONE> & \"more\""), html);
  CHECK_THAT(text, ContainsSubstring("Content-Type: text/html; charset=utf-8\r\n"));
  CHECK_THAT(text, EndsWith("<html><body>103 &lt;GSW_PHONE&gt; &amp; &quot;more&quot;</body></html>"));
  CHECK_THAT(render(success(), html), ContainsSubstring("Content-Type: application/json\r\n"));
}

}  // namespace
}  // namespace outpost::proxy
