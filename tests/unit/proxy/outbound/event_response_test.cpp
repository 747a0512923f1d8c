#include "proxy/outbound/event_response.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::event_response_test {

namespace {

using protocol::ErrorNumber;

EventResponse success() {
  EventResponse response;
  response.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
  response.event.add("GSW_CHAIN_ID", std::int64_t{9001});
  return response;
}

constexpr const char* kSuccess = R"({"GSW_USER_EVENT":"AddRecordAcknowledge","GSW_CHAIN_ID":9001})";

TEST_CASE("a success is the event as JSON", "[responses]") {
  Response response = render(success(), {});
  CHECK(response.status == 200);
  CHECK(response.content_type.empty());  // JSON
  CHECK(response.body == kSuccess);
}

TEST_CASE("a failure of HTTP carries its status as its number", "[responses]") {
  Response response = render(http_failure(400, "no"), {});
  CHECK(response.body == R"({"GSW_USER_EVENT":"Error","GSW_ERROR_NUMBER":400,"GSW_ERROR":"no"})");
}

TEST_CASE("what goes into headers is handed on, and 204 has no body", "[responses]") {
  EventResponse empty{204, {}, {}, "GET, POST", 7, "Bearer"};
  Response response = render(std::move(empty), {});
  CHECK(response.status == 204);
  CHECK(response.allow == "GET, POST");
  CHECK(response.retry_after_s == 7);
  CHECK(response.challenge == "Bearer");
  CHECK(response.body.empty());
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
  Response response = render(success(), {.plain_text = true});
  CHECK(response.content_type == "text/plain; charset=utf-8");
  CHECK(response.body == kSuccess);
}

TEST_CASE("a failure for an HTML client is an escaped page, a success stays JSON", "[responses]") {
  Presentation html{.html_failures = true};
  Response response = render(failure(400, ErrorNumber::missing_attribute, "<GSW_PHONE> & \"more\""), html);
  CHECK(response.content_type == "text/html; charset=utf-8");
  CHECK(response.body == "<html><body>103 &lt;GSW_PHONE&gt; &amp; &quot;more&quot;</body></html>");
  CHECK(render(success(), html).content_type.empty());
}

TEST_CASE("a client that asks for problems gets failures as such, and successes as ever", "[responses]") {
  for (const char* accept : {"application/problem+json", "application/json, Application/Problem+JSON;q=0.5",
                             "text/html, application/problem+json", "application/problem+json; q=1.0"}) {
    INFO(accept);
    CHECK(presentation_for(accept).problems);
  }
  for (const char* accept : {"", "application/json", "*/*", "application/*", "application/problem+json;q=0",
                             "application/problem+json; q=0.000", "application/problem+xml"}) {
    INFO(accept);
    CHECK_FALSE(presentation_for(accept).problems);
  }
  Presentation problems{.html_failures = true, .problems = true};
  Response response =
      render(failure(400, ErrorNumber::missing_attribute, "GSW_PHONE is \"needed\""), problems, {17, 3});
  CHECK(response.status == 400);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body == R"({"type":"urn:outpost:error:MissingAttribute","title":"Missing attribute","status":400,)"
                         R"("detail":"GSW_PHONE is \"needed\"","instance":"urn:outpost:exchange:17.3",)"
                         R"("GSW_USER_EVENT":"Error","GSW_ERROR_NUMBER":103,"GSW_ERROR":"GSW_PHONE is \"needed\""})");
  CHECK(render(success(), problems).body == kSuccess);
  CHECK(render(success(), problems).content_type.empty());
}

TEST_CASE("a problem of HTTP itself has no type beyond its status", "[responses]") {
  Response response = render(http_failure(415, "no"), {.problems = true}, {1, 1});
  CHECK(response.body ==
        R"({"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"no",)"
        R"("instance":"urn:outpost:exchange:1.1","GSW_USER_EVENT":"Error","GSW_ERROR_NUMBER":415,"GSW_ERROR":"no"})");
}

}  // namespace

}  // namespace outpost::proxy::event_response_test
