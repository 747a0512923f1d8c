// The mobile dialect in a real proxy, and as a part alone where the wire has nothing to add.
#include "proxy/mobile/dialect.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/digest.h"
#include "protocol/mobile/routes.h"
#include "tests/support/open_log.h"
#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::mobile_dialect_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::Matches;
using Catch::Matchers::StartsWith;
using protocol::MobileRoute;
using test::TcpClient;

struct Fixture : test::ProxyFixture {
  Fixture() {
    configure.dialect = "mobile";
    configure.limits.body_bytes_max = 64 * 1024;
    configure.mobile.cookie_names = {"JSESSIONID"};
    configure.mobile.worker_name = "node1";
    configure.mobile.origins = {"https://shop.example"};
  }

  static std::string request(const std::string& line, const std::string& headers = {}, const std::string& body = {}) {
    std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return line + " HTTP/1.1\r\nHost: a\r\n" + headers + length + "\r\n" + body;
  }
  // What is answered without the supervisor.
  std::string refused(const std::string& whole) {
    TcpClient& c = client();
    c.send(whole);
    until_responses(c, 1);
    CHECK(supervisor.calls.empty());
    return c.received();
  }
  const protocol::Call& called(TcpClient& c, const std::string& whole) {
    std::size_t n = supervisor.calls.size();
    c.send(whole);
    until([&] { return supervisor.calls.size() > n; });
    return supervisor.calls.back().call;
  }
  std::string answered(TcpClient& c, const protocol::CallReply& reply) {
    supervisor.send(reply, supervisor.calls.back().correlation);
    until_responses(c, 1);
    return c.received();
  }
};

std::string error(const std::string& exception, const std::string& message) {
  return "{\"exception\":\"gms." + exception + "\",\"message\":\"" + message + "\"}";
}

// An exchange of the dialect alone, on a listener of either exposure.
struct Alone {
  explicit Alone(bool external = false) : origin{*log} {
    origin.listener = "edge";
    origin.client = "10.0.0.7";
    origin.external = external;
  }

  std::unique_ptr<Exchange> begin(const std::string& method, const std::string& target) {
    request.method_text = method;
    request.method = method == "OPTIONS" ? protocol::HttpMethod::options : protocol::HttpMethod::post;
    request.target = target;
    request.whole_head = true;
    return dialect->begin(request, origin);
  }

  test::TempDir folder;
  std::unique_ptr<Log> log = test::open_log(folder);
  std::unique_ptr<Dialect> dialect = make_mobile_dialect({}).dialect;
  protocol::HttpRequest request;
  Dialect::Origin origin;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a form becomes a call with its parameters", "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  const protocol::Call& call = called(c, request("POST /genesys/1/storage/60?a=1&b=2",
                                                 "gms_user: ann\r\nContent-Type: multipart/form-data; boundary=X\r\n",
                                                 "--X\r\nContent-Disposition: form-data; name=b\r\n\r\n3\r\n"
                                                 "--X\r\nContent-Disposition: form-data; name=f; "
                                                 "filename=p.png\r\nContent-Type: image/png\r\n\r\n\xFF\r\n--X--"));
  CHECK(call.route == static_cast<std::uint16_t>(MobileRoute::storage_create));
  CHECK(call.captures == std::vector<std::string>{"60"});
  CHECK(call.listener == "http");
  CHECK(call.user == "ann");
  CHECK(call.proof == protocol::Proof::none);
  REQUIRE(call.parameters.size() == 3);
  CHECK(call.parameters[0].name == "a");
  CHECK(call.parameters[1].value == "3");
  CHECK(call.parameters[2] == protocol::CallParameter{"f", "\xFF", true, "p.png", "image/png"});
}

TEST_CASE_METHOD(Fixture, "an answer is JSON that nobody keeps, with the cookie where it is asked for",
                 "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  called(c, request("POST /genesys/1/storage"));
  protocol::CallReply reply;
  reply.body = R"({"id":"1f"})";
  reply.affinity = true;
  std::string received = answered(c, reply);
  CHECK_THAT(received, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(received, ContainsSubstring("Content-Type: application/json\r\n"));
  CHECK_THAT(received, ContainsSubstring("Cache-Control: no-cache, no-store\r\nPragma: no-cache\r\n"));
  CHECK_THAT(received, ContainsSubstring("X-Content-Type-Options: nosniff\r\n"));
  CHECK_THAT(received, Matches("[^]*Set-Cookie: JSESSIONID=[a-z2-7]{26}\\.node1; Path=/genesys; HttpOnly\r\n[^]*"));
  CHECK_THAT(received, ContainsSubstring("Vary: Origin\r\n"));
  CHECK_THAT(received, EndsWith("\r\n\r\n{\"id\":\"1f\"}"));
}

TEST_CASE_METHOD(Fixture, "a file is an attachment of its own type", "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  called(c, request("GET /genesys/1/storage/1f/f", "Cookie: JSESSIONID=abc.node1\r\nOrigin: https://shop.example\r\n"));
  protocol::CallReply reply;
  reply.content_type = "image/png";
  reply.body = "\xFF";
  reply.attachment = true;
  reply.affinity = true;
  reply.file_name = "p\"\r\nX: y.png";
  std::string received = answered(c, reply);
  CHECK_THAT(received, ContainsSubstring("Content-Type: image/png\r\n"));
  CHECK_THAT(received, ContainsSubstring("Content-Disposition: attachment; filename=\"p\\\"X: y.png\"\r\n"));
  CHECK_THAT(received, ContainsSubstring("Access-Control-Allow-Origin: https://shop.example\r\n"));
  CHECK_THAT(received, !ContainsSubstring("Set-Cookie"));
}

TEST_CASE_METHOD(Fixture, "a type that is none is that of bytes", "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  called(c, request("GET /genesys/1/storage/1f/f"));
  protocol::CallReply reply;
  reply.content_type = "<script>";
  CHECK_THAT(answered(c, reply), ContainsSubstring("Content-Type: application/octet-stream\r\n"));
}

TEST_CASE_METHOD(Fixture, "what the proxy refuses is the error JSON of its status", "[mobile_dialect]") {
  start();
  CHECK_THAT(
      refused(request("GET /genesys/1/none")),
      EndsWith(error("NotFoundException", "there is nothing at this path; what there is begins with /genesys/1/")));
  std::string other_method = refused(request("DELETE /genesys/1/node"));
  CHECK_THAT(other_method, StartsWith("HTTP/1.1 405 "));
  CHECK_THAT(other_method, ContainsSubstring("Allow: GET, HEAD, OPTIONS\r\n"));
  CHECK_THAT(other_method, ContainsSubstring("gms.MethodNotAllowedException"));
  CHECK_THAT(refused(request("POST /genesys/1/storage", "Content-Type: text/xml\r\n", "<a/>")),
             ContainsSubstring("gms.UnsupportedMediaTypeException"));
  CHECK_THAT(refused(request("POST /genesys/1/storage", "Content-Encoding: gzip\r\n", "x")),
             StartsWith("HTTP/1.1 415 "));
  CHECK_THAT(refused(request("POST /genesys/1/storage", "Content-Length: 65537\r\n")),
             ContainsSubstring("gms.TooLargeException"));
  CHECK_THAT(refused("BROKEN\r\n"), ContainsSubstring("gms.BadRequestException"));
  CHECK_THAT(refused(request("POST /genesys/1/storage", "Expect: more\r\n")), StartsWith("HTTP/1.1 417 "));
}

TEST_CASE_METHOD(Fixture, "a route that takes JSON gets it compact, and no parameters", "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  const protocol::Call& call = called(
      c, request("POST /genesys/1/notification/publish?tag=a&%zz", "Content-Type: application/json;charset=utf-8\r\n",
                 "{ \"tag\" : \"a.b\", \"message\" : [ 1, 2.50 ] }"));
  CHECK(call.route == static_cast<std::uint16_t>(MobileRoute::publish));
  CHECK(call.json == R"({"tag":"a.b","message":[1,2.50]})");
  CHECK(call.parameters.empty());
}

TEST_CASE_METHOD(Fixture, "a route that takes JSON takes nothing else", "[mobile_dialect]") {
  start();
  const std::string line = "POST /genesys/1/notification/subscription";
  CHECK_THAT(refused(request(line, "Content-Type: application/x-www-form-urlencoded\r\n", "{}")),
             StartsWith("HTTP/1.1 415 ") &&
                 EndsWith(error("UnsupportedMediaTypeException", "the body must be application/json")));
  CHECK_THAT(refused(request(line)),
             EndsWith(error("BadRequestException", "the body must be JSON, and there is none")));
  CHECK_THAT(refused(request(line, "Content-Type: application/json\r\n", "{\n\"a\":1,}")),
             StartsWith("HTTP/1.1 400 ") && ContainsSubstring("line 2, column "));
  std::string twice = refused(request(line, "", R"({"a":1,"a":2})"));
  CHECK_THAT(twice, StartsWith("HTTP/1.1 400 ") && ContainsSubstring("each name once"));
  CHECK_THAT(refused(request("GET /genesys/1/notification/publish")), ContainsSubstring("Allow: POST, OPTIONS\r\n"));
}

TEST_CASE_METHOD(Fixture, "a user is named once, and where one is needed", "[mobile_dialect]") {
  start();
  CHECK_THAT(refused(request("GET /genesys/1/storage/custom/x")),
             EndsWith(error("BadRequestException", "the header gms_user must say whose data these are")));
  CHECK_THAT(refused(request("GET /genesys/1/storage/1f", "gms_user: a\r\ngms_user: b\r\n")),
             ContainsSubstring("gms_user must be given once"));
  CHECK_THAT(refused(request("GET /genesys/1/storage/1f", "gms_user: " + std::string(256, 'a') + "\r\n")),
             StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(refused(request("GET /genesys/1/storage/1f", "gms_user: \xFF\r\n")), StartsWith("HTTP/1.1 400 "));
}

TEST_CASE_METHOD(Fixture, "a preflight needs no token, and is for paths that there are", "[mobile_dialect]") {
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  supervisor.send(tokens, 1);
  std::string asks = "Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n";
  std::string answer = refused(request("OPTIONS /genesys/1/storage/60", asks));
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 "));
  CHECK_THAT(answer, ContainsSubstring("Allow: GET, HEAD, POST, DELETE, OPTIONS\r\n"));
  CHECK_THAT(answer, ContainsSubstring("Access-Control-Allow-Methods: GET, HEAD, POST, DELETE, OPTIONS\r\n"));
  CHECK_THAT(answer, ContainsSubstring("Content-Length: 0\r\n"));
  CHECK_THAT(refused(request("OPTIONS /genesys/1/none", asks)), StartsWith("HTTP/1.1 404 "));
  std::string unproved = refused(request("POST /genesys/1/storage/60", asks));
  CHECK_THAT(unproved, StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(unproved, ContainsSubstring("Access-Control-Allow-Origin: https://shop.example\r\n"));
  CHECK_THAT(unproved, ContainsSubstring("gms.UnauthorizedException"));
}

TEST_CASE_METHOD(Fixture, "a token is for an interface and its requests", "[mobile_dialect]") {
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  tokens.tokens = {{"app", sha256("outpost_x"), {"storage"}, {"storage-create"}, 0},
                   {"all", sha256("outpost_y"), {}, {}, 0}};
  supervisor.send(tokens, 1);
  std::string app = "Authorization: Bearer outpost_x\r\n";
  CHECK_THAT(refused(request("GET /genesys/1/storage/1f", app)), StartsWith("HTTP/1.1 403 "));
  CHECK_THAT(refused(request("GET /genesys/1/admin/counters", "Authorization: Bearer outpost_y\r\n")),
             StartsWith("HTTP/1.1 403 "));
  const protocol::Call& call = called(client(), request("POST /genesys/1/storage", app));
  CHECK(call.proof == protocol::Proof::token);
  CHECK(call.principal == "app");
}

TEST_CASE_METHOD(Fixture, "the logs hold no secret of a call", "[mobile_dialect]") {
  start();
  TcpClient& c = client();
  called(c, request("POST /genesys/1/storage?XXX_card=sekrit1", "Cookie: JSESSIONID=sekrit2\r\n",
                    "MMM_phone=sekrit3&password=sekrit4&name=Ann"));
  protocol::CallReply reply;
  reply.body = R"({"XXX_a":"sekrit5"})";
  answered(c, reply);
  until([&] { return log_text().find("message sent") != std::string::npos; });
  CHECK_THAT(log_text(), ContainsSubstring("'MMM_phone'\t'MMM'"));
  CHECK_THAT(log_text(), ContainsSubstring("'name'\t'Ann'"));
  CHECK_THAT(log_text(), !ContainsSubstring("sekrit"));
  CHECK_THAT(log_text(), !ContainsSubstring("XXX"));
}

TEST_CASE_METHOD(Fixture, "the logs hold no secret of a JSON body", "[mobile_dialect]") {
  start();
  called(client(),
         request("POST /genesys/1/notification/subscription", "",
                 R"({"subscriberId":"Ann","notificationDetails":{"deviceId":"sekrit1"},"authorization":"sekrit2"})"));
  until([&] { return log_text().find("(json)") != std::string::npos; });
  CHECK_THAT(log_text(), ContainsSubstring("Ann"));
  CHECK_THAT(log_text(), !ContainsSubstring("sekrit"));
}

TEST_CASE("through an external listener what is internal is refused, whatever the method", "[mobile_dialect]") {
  Alone outside(true);
  auto method = GENERATE("GET", "POST", "OPTIONS");
  auto refused = outside.begin(method, "/genesys/1/node")->check_head(outside.request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 403);
  CHECK(refused.error().allow.empty());
  CHECK(outside.begin("POST", "/genesys/1/storage")->check_head(outside.request));
  Alone inside;
  CHECK(inside.begin("GET", "/genesys/1/node")->check_head(inside.request));
}

TEST_CASE("through an external listener a service passes, for the engine to judge, and publish does not",
          "[mobile_dialect]") {
  Alone outside(true);
  for (const char* method : {"GET", "POST", "DELETE"}) {
    CHECK(outside.begin(method, "/genesys/1/service/match-interaction")->check_head(outside.request));
  }
  CHECK(outside.begin("POST", "/genesys/1/notification/subscription")->check_head(outside.request));
  auto refused = outside.begin("POST", "/genesys/1/notification/publish")->check_head(outside.request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 403);
}

TEST_CASE("a call says by what it came", "[mobile_dialect]") {
  Alone outside(true);
  auto exchange = outside.begin("POST", "/genesys/1/storage/60");
  CHECK(exchange->row() == 0);
  REQUIRE(exchange->check_head(outside.request));
  CHECK(exchange->row() == static_cast<std::size_t>(MobileRoute::storage_create) + 1);
  exchange->authorized(protocol::Proof::password, "server");
  auto outgoing = exchange->take(outside.request, 1);
  REQUIRE(outgoing);
  auto& call = std::get<protocol::Call>(outgoing->message);
  CHECK(call.external);
  CHECK(call.listener == "edge");
  CHECK(call.peer == "10.0.0.7");
  CHECK(call.proof == protocol::Proof::password);
  CHECK(call.principal == "server");
  CHECK(outside.dialect->rows() == protocol::mobile_rows().size() + 1);
}

TEST_CASE("the access log has the pattern of a path", "[mobile_dialect]") {
  Alone alone;
  CHECK(alone.dialect->shown_target("GET", "/genesys/1/storage/1f/key?a=b") == "/genesys/1/storage/{id}/{key}");
}

}  // namespace outpost::proxy::mobile_dialect_test
