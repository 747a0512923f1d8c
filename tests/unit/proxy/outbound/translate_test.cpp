#include "proxy/outbound/translate.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::translate_test {

namespace {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::HttpMethod;
using protocol::HttpRequest;

HttpRequest post(std::string target, std::string body = {}) {
  HttpRequest request;
  request.method = HttpMethod::post;
  request.method_text = "POST";
  request.target = std::move(target);
  request.host = "ocs1";
  request.body = std::move(body);
  return request;
}

tl::expected<Outbound, EventResponse> translate(const HttpRequest& request, EventCharset* charset = nullptr,
                                                Transport transport = Transport::clear) {
  auto route = check_head(request, transport);
  if (!route) return tl::unexpected(std::move(route.error()));
  return proxy::translate(request, *route, {}, charset);
}

Outbound translated(const HttpRequest& request, EventCharset* charset = nullptr) {
  auto outbound = translate(request, charset);
  if (!outbound) FAIL(outbound.error().status << " " << *outbound.error().event.string("GSW_ERROR"));
  return *std::move(outbound);
}

EventResponse refused(const HttpRequest& request, EventCharset* charset = nullptr) {
  auto outbound = translate(request, charset);
  REQUIRE_FALSE(outbound);
  return std::move(outbound.error());
}

std::int64_t number_of(const EventResponse& response) { return response.event.integer("GSW_ERROR_NUMBER").value_or(0); }

std::vector<std::string> keys_of(const Event& event) {
  std::vector<std::string> keys;
  for (const auto& attribute : event) keys.emplace_back(attribute.key);
  return keys;
}

std::unique_ptr<EventCharset> latin1() {
  auto charset = EventCharset::make("ISO-8859-1");
  REQUIRE(charset);
  return *std::move(charset);
}

TEST_CASE("the production client's request becomes a typed AddRecord event", "[translate]") {
  // All values as strings, unset ones as null, pretty-printed: ocs.md 2.1.
  HttpRequest request = post("/lists/AH_TEST_ONLINE?req=AddRecord", R"({
    "GSW_PHONE" : "+15550100",
    "GSW_PHONE_TYPE" : "2",
    "GSW_FROM" : "28800",
    "GSW_TZ_NAME" : "PST",
    "GSW_AGENT_ID" : null,
    "client-id" : "0042",
    "VAR_005" : 5
  })");
  request.accept = "text/plain";
  protocol::Request message = translated(request).message;
  CHECK(message.resource == "lists");
  CHECK(keys_of(message.event) == std::vector<std::string>{"GSW_AGENT_REQ_TYPE", "GSW_CALLING_LIST", "GSW_PHONE",
                                                           "GSW_PHONE_TYPE", "GSW_FROM", "GSW_TZ_NAME", "client-id",
                                                           "VAR_005"});
  CHECK(*message.event.string("GSW_AGENT_REQ_TYPE") == "AddRecord");
  CHECK(*message.event.string("GSW_CALLING_LIST") == "AH_TEST_ONLINE");
  CHECK(message.event.integer("GSW_PHONE_TYPE") == 2);
  CHECK(message.event.integer("GSW_FROM") == 28800);
  CHECK(*message.event.string("client-id") == "0042");
  CHECK(message.event.integer("VAR_005") == 5);
}

TEST_CASE("the path id becomes the attribute of its resource", "[translate]") {
  CHECK(translated(post("/records/15?req=RecordProcessed")).message.event.integer("GSW_RECORD_HANDLE") == 15);
  CHECK(translated(post("/campaigngroups/102?req=PreviewRecordRequest"))
            .message.event.integer("GSW_CAMPAIGN_GROUP_DBID") == 102);
  CHECK(*translated(post("/lists/Fr%C3%BChling%202024/?req=addrecord")).message.event.string("GSW_CALLING_LIST") ==
        "Fr\xC3\xBChling 2024");
  EventResponse response = refused(post("/records/fifteen?req=RecordProcessed"));
  CHECK(response.status == 400);
  CHECK(number_of(response) == 104);
}

TEST_CASE("a target of https is served over TLS alone, one of http over both", "[translate]") {
  auto at = [](const char* scheme, Transport transport) {
    return translate(post(scheme + std::string("://ocs1/lists/a?req=AddRecord")), nullptr, transport);
  };
  CHECK(at("http", Transport::clear));
  CHECK(at("http", Transport::tls));
  CHECK(at("https", Transport::tls));
  for (const char* scheme : {"https", "HTTPS"}) {
    auto refusal = at(scheme, Transport::clear);
    REQUIRE_FALSE(refusal);
    CHECK(refusal.error().status == 421);
    CHECK(number_of(refusal.error()) == 421);
  }
}

TEST_CASE("a tenant of digits is a DBID, any other a name", "[translate]") {
  CHECK(translated(post("/lists/a?req=AddRecord&tenant=101")).message.event.integer("GSW_TENANT_DBID") == 101);
  CHECK(*translated(post("/lists/a?req=AddRecord&tenant=Environment")).message.event.string("GSW_TENANT_NAME") ==
        "Environment");
}

TEST_CASE("a body may repeat what the URI says but not contradict it", "[translate]") {
  auto event = translated(post("/records/15?req=RecordProcessed&tenant=A",
                               R"({"GSW_RECORD_HANDLE":"15","GSW_TENANT_NAME":"A"})"))
                   .message.event;
  CHECK(keys_of(event) == std::vector<std::string>{"GSW_AGENT_REQ_TYPE", "GSW_RECORD_HANDLE", "GSW_TENANT_NAME"});
  for (const char* body : {R"({"GSW_RECORD_HANDLE":16})", R"({"GSW_TENANT_NAME":"B"})"}) {
    INFO(body);
    EventResponse response = refused(post("/records/15?req=RecordProcessed&tenant=A", body));
    CHECK(response.status == 400);
    CHECK(number_of(response) == 106);
  }
}

TEST_CASE("GSW_AGENT_REQ_TYPE in the body must name the request of the URI", "[translate]") {
  CHECK(*translated(post("/lists/a?req=AddRecord", R"({"GSW_AGENT_REQ_TYPE":"AddRecord"})"))
             .message.event.string("GSW_AGENT_REQ_TYPE") == "AddRecord");
  EventResponse response = refused(post("/lists/a?req=AddRecord", R"({"GSW_AGENT_REQ_TYPE":"DoNotCall"})"));
  CHECK(response.status == 400);
  CHECK(number_of(response) == 104);
}

TEST_CASE("a value that its attribute cannot hold is named, never repeated", "[translate]") {
  EventResponse response = refused(post("/lists/a?req=AddRecord", R"({"GSW_PHONE_TYPE":"secret"})"));
  CHECK(response.status == 400);
  CHECK(number_of(response) == 104);
  const std::string& text = *response.event.string("GSW_ERROR");
  CHECK(text.find("GSW_PHONE_TYPE") != std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("malformed bodies, targets and requests get their statuses", "[translate]") {
  struct Row {
    const char* target;
    const char* body;
    int status;
    std::int64_t number;
  };
  for (const Row& row :
       {Row{"/lists/a?req=AddRecord", "[1]", 400, 105}, Row{"/lists/a?req=AddRecord", R"({"A":true})", 400, 104},
        Row{"/nothing/a?req=AddRecord", "", 404, 102}, Row{"/lists/a", "", 400, 103},
        Row{"/lists/a?req=MakeCoffee", "", 501, 101}, Row{"/records/1?req=AddRecord", "", 400, 102},
        Row{"/lists/?req=AddRecord", "", 400, 104}}) {
    INFO(row.target << " " << row.body);
    EventResponse response = refused(post(row.target, row.body));
    CHECK(response.status == row.status);
    CHECK(number_of(response) == row.number);
  }
}

TEST_CASE("only POST and PUT change records", "[translate]") {
  HttpRequest request = post("/lists/a?req=AddRecord");
  request.method = HttpMethod::put;
  CHECK(check_head(request));
  for (HttpMethod method :
       {HttpMethod::get, HttpMethod::head, HttpMethod::delete_, HttpMethod::options, HttpMethod::other}) {
    request.method = method;
    auto route = check_head(request);
    REQUIRE_FALSE(route);
    CHECK(route.error().status == 405);
    CHECK(route.error().allow == "POST, PUT");
  }
}

TEST_CASE("unmet expectations and content codings are refused from the head", "[translate]") {
  HttpRequest request = post("/lists/a?req=AddRecord");
  request.expectation = protocol::Expectation::unknown;
  CHECK(check_head(request).error().status == 417);
  request.expectation = protocol::Expectation::proceed;
  CHECK(check_head(request));
  request.content_encoding = "gzip";
  CHECK(check_head(request).error().status == 415);
  request.content_encoding = "Identity";
  CHECK(check_head(request));
}

TEST_CASE("an idempotency key is 1 to 255 visible ASCII characters", "[translate]") {
  HttpRequest request = post("/lists/a?req=AddRecord");
  request.idempotency_key = std::string(255, 'k');
  CHECK(translated(request).message.idempotency_key == request.idempotency_key);
  for (const std::string& key : {std::string(256, 'k'), std::string("two words"), std::string("caf\xC3\xA9")}) {
    request.idempotency_key = key;
    CHECK(refused(request).status == 400);
  }
}

TEST_CASE("a client's reference id stays here and comes back as it was", "[translate]") {
  Outbound outbound = translated(post("/lists/a?req=AddRecord", R"({"GSW_REFERENCE_ID":"007"})"));
  CHECK_FALSE(outbound.message.event.has("GSW_REFERENCE_ID"));

  protocol::Answer answer;
  answer.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
  answer.event.add("GSW_REFERENCE_ID", std::int64_t{123456});
  CHECK(*to_response(answer, outbound.client_reference, nullptr).event.string("GSW_REFERENCE_ID") == "007");
  CHECK_FALSE(to_response(answer, std::nullopt, nullptr).event.has("GSW_REFERENCE_ID"));

  EventResponse response = refused(post("/lists/a?req=AddRecord", R"({"GSW_REFERENCE_ID":5,"GSW_FROM":"x"})"));
  CHECK(response.event.integer("GSW_REFERENCE_ID") == 5);
}

TEST_CASE("an answer's status follows its event", "[translate]") {
  auto status_of = [](Event event) { return to_response({std::move(event), {}}, std::nullopt, nullptr).status; };
  Event preview;
  preview.add("GSW_USER_EVENT", "PreviewRecordEmpty");
  CHECK(status_of(preview) == 200);
  for (const auto& row : protocol::errors()) {
    INFO(row.name);
    CHECK(status_of(protocol::error_event(row.number, "text")) == row.http_status);
  }
  CHECK(status_of(Event{}) == 502);
  CHECK(status_of(protocol::error_event(ErrorNumber{7}, "text")) == 502);
  Event numbered;
  numbered.add("GSW_USER_EVENT", std::int64_t{1});
  CHECK(status_of(numbered) == 502);
}

TEST_CASE("more records than one response may carry are an internal error", "[translate]") {
  protocol::Answer answer;
  answer.event.add("GSW_USER_EVENT", "ChainedRecordsDataEnd");
  answer.records.resize(1000);
  CHECK(to_response(answer, std::nullopt, nullptr).status == 200);
  answer.records.resize(1001);
  EventResponse response = to_response(answer, std::nullopt, nullptr);
  CHECK(response.status == 500);
  CHECK(response.records.empty());
}

TEST_CASE("methods that nothing here has are refused whatever the request, and OPTIONS * is answered", "[translate]") {
  auto answer_to = [](std::string method, std::string target) {
    HttpRequest request = post(std::move(target));
    request.method = HttpMethod::other;
    request.method_text = std::move(method);
    EventResponse response = refused(request);
    return std::pair(response.status, std::string(response.allow));
  };
  CHECK(answer_to("OPTIONS", "*") == std::pair(204, std::string("GET, HEAD, POST, PUT, OPTIONS")));
  CHECK(answer_to("OPTIONS", "/lists/a?req=AddRecord") == std::pair(405, std::string("POST, PUT")));
  CHECK(answer_to("TRACE", "/lists/a?req=AddRecord") == std::pair(405, std::string("POST, PUT")));
  CHECK(answer_to("CONNECT", "h:80").first == 405);
  CHECK(answer_to("DELETE", "/lists/a").first == 405);
  CHECK(answer_to("DELETE", "*").first == 400);
  CHECK(answer_to("DELETE", "/nothing/a").first == 404);
}

TEST_CASE("keys and values travel in the configured encoding and come back as UTF-8", "[translate]") {
  auto charset = latin1();
  auto event = translated(post("/lists/Z%C3%BCrich?req=AddRecord",
                               "{\"Stra\xC3\x9F"
                               "e\":\"M\xC3\xBChle\"}"),
                          charset.get())
                   .message.event;
  CHECK(*event.string("GSW_CALLING_LIST") == "Z\xFCrich");
  REQUIRE(
      event.string("Stra\xDF"
                   "e"));
  CHECK(*event.string("Stra\xDF"
                      "e") == "M\xFChle");

  protocol::Answer answer{event, {event}};
  answer.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
  EventResponse response = to_response(answer, std::nullopt, charset.get());
  CHECK(*response.event.string("Stra\xC3\x9F"
                               "e") == "M\xC3\xBChle");
  CHECK(*response.records[0].string("GSW_CALLING_LIST") == "Z\xC3\xBCrich");
}

TEST_CASE("a character that the encoding lacks is refused, not replaced", "[translate]") {
  auto charset = latin1();
  EventResponse response = refused(post("/lists/a?req=AddRecord", "{\"NAME\":\"\xE2\x82\xAC\"}"), charset.get());
  CHECK(response.status == 400);
  CHECK(number_of(response) == 104);
}

TEST_CASE("bytes that are no text in the encoding come back as U+FFFD", "[translate]") {
  auto made = EventCharset::make("ASCII");
  REQUIRE(made);
  protocol::Answer answer;
  answer.event.add("GSW_USER_EVENT", "PreviewRecord");
  answer.event.add("NAME", std::string("a\xFF"
                                       "b"));
  EventResponse response = to_response(answer, std::nullopt, made->get());
  CHECK(*response.event.string("NAME") ==
        "a\xEF\xBF\xBD"
        "b");
}

}  // namespace

}  // namespace outpost::proxy::translate_test
