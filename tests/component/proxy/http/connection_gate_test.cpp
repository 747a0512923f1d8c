// Who asks over a connection: redirects, trusted proxies, users and passwords.
#include "common/digest.h"
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::connection_gate_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using test::count;
using test::TcpClient;

std::string echo(const std::string& headers) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: 0\r\n\r\n";
}
std::string basic(const std::string& pair) { return "Authorization: Basic " + base64(pair) + "\r\n"; }

struct Fixture : test::ProxyFixture {
  Fixture() { configure.dialect = "echo"; }

  void until_called(std::size_t n) {
    until([&] { return supervisor.calls.size() >= n; });
  }
  void reply(std::size_t call) {
    protocol::CallReply reply;
    reply.status = 200;
    reply.content_type = "text/plain";
    supervisor.send(reply, supervisor.calls.at(call).correlation);
  }
  // The call that such a request becomes, answered.
  const protocol::Call& called(TcpClient& client, const std::string& headers) {
    std::size_t before = supervisor.calls.size();
    std::size_t answered = count(client.received(), "HTTP/1.1 ");
    client.send(echo(headers));
    until_called(before + 1);
    reply(before);
    until_responses(client, answered + 1);
    return supervisor.calls.back().call;
  }
  // The status line and headers of what is answered without a call.
  std::string refused(TcpClient& client, const std::string& bytes) {
    std::size_t before = client.received().size();
    client.send(bytes);
    until([&] { return client.received().find("\r\n\r\n", before) != std::string::npos; });
    return client.received().substr(before);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a call says over which listener it came, and from whom", "[gate]") {
  configure.listeners[0].external = true;
  start();
  const protocol::Call& call = called(client(), "X-Forwarded-For: 192.0.2.1\r\n");
  CHECK(call.listener == "http");
  CHECK(call.external);
  CHECK(call.peer == "127.0.0.1");
  CHECK(call.proof == protocol::Proof::none);
  CHECK(call.principal.empty());
}

// --- Redirects -------------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(Fixture, "a listener that redirects sends every request to the other, and asks for nothing",
                 "[gate]") {
  configure.listeners[0].redirect_to = "other";
  configure.listeners.push_back({"other", "127.0.0.1", 0, false, false, ""});
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  supervisor.send(tokens, 1);
  std::string place = "\r\nLocation: https://shop.example:" + std::to_string(supervisor.bound->listeners.at(1).port);
  TcpClient& c = client();
  std::string response = refused(c, "GET /nothing?x=%20 HTTP/1.1\r\nHost: shop.example:80\r\n\r\n");
  CHECK_THAT(response, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"));
  CHECK_THAT(response, ContainsSubstring(place + "/nothing?x=%20\r\n"));
  CHECK_FALSE(c.ended());
  response = refused(c, "POST /echo HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3\r\n\r\nabc");
  CHECK_THAT(response, ContainsSubstring(place + "/echo\r\n"));
  // Nothing of a body is waited for.
  response =
      refused(c, "POST /echo HTTP/1.1\r\nHost: shop.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK_THAT(response, StartsWith("HTTP/1.1 308 "));
  until_ended(c);
  CHECK_THAT(refused(client(), "GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  CHECK(supervisor.calls.empty());
}

TEST_CASE_METHOD(Fixture, "a redirect to a listener that is not there is an error of ours", "[gate]") {
  configure.listeners[0].redirect_to = "other";
  start();
  CHECK_THAT(refused(client(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

// --- Trusted proxies -------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(Fixture, "a trusted proxy asks for others, each of whom has a rate of its own", "[gate]") {
  configure.limits.trusted_proxies = "127.0.0.0/8";
  configure.limits.connections_per_source_max = 1;
  configure.limits.request_rate = 1;
  configure.limits.request_burst = 1;
  start();
  TcpClient& c = client();
  CHECK(called(c, "X-Forwarded-For: 192.0.2.9, 192.0.2.1\r\n").peer == "192.0.2.1");
  CHECK(called(client(), "X-Forwarded-For: 192.0.2.1, 2001:db8::1\r\n").peer == "2001:db8::1");
  CHECK(called(client(), "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n").peer == "192.0.2.2");
  std::string again = refused(c, echo("X-Forwarded-For: 192.0.2.1\r\n"));
  CHECK_THAT(again, StartsWith("HTTP/1.1 429 "));
  // For itself it may ask as it likes, and so it does whoever cannot say for whom.
  for (const char* forwarded : {"", "", "X-Forwarded-For: somebody\r\n", "X-Forwarded-For: 192.0.2.1,\r\n"}) {
    CHECK(called(c, forwarded).peer == "127.0.0.1");
  }
}

TEST_CASE_METHOD(Fixture, "who is no proxy any more speaks for itself from the next request on", "[gate]") {
  configure.limits.trusted_proxies = "127.0.0.1";
  start();
  TcpClient& c = client();
  CHECK(called(c, "X-Forwarded-For: 192.0.2.1\r\n").peer == "192.0.2.1");
  configure.limits.trusted_proxies = "127.0.0.2";
  configure.limits.request_rate = 1;
  configure.limits.request_burst = 1;
  supervisor.send(configure);
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(called(c, "X-Forwarded-For: 192.0.2.1\r\n").peer == "127.0.0.1");
  CHECK_THAT(refused(c, echo("X-Forwarded-For: 192.0.2.1\r\n")), StartsWith("HTTP/1.1 429 "));
}

TEST_CASE_METHOD(Fixture, "the logs name for whom a trusted proxy asks", "[gate]") {
  configure.limits.trusted_proxies = "127.0.0.1";
  configure.log.access = protocol::AccessLogForm::combined;
  until([&] { return supervisor.hello.has_value(); });
  send_log_segment("access.log", protocol::LogFileKind::access);
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  supervisor.send(tokens, 1);
  TcpClient& c = client();
  CHECK_THAT(refused(c, echo("X-Forwarded-For: 192.0.2.1\r\n")), StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(refused(c, echo("")), StartsWith("HTTP/1.1 401 "));
  until([&] { return count(log_text(), "no token") == 2; });
  CHECK_THAT(log_text(), ContainsSubstring("request 1 from 192.0.2.1 by 127.0.0.1:"));
  CHECK_THAT(log_text(), ContainsSubstring("request 2 from 127.0.0.1:"));
  until([&] { return count(log_text("access.log"), " 401 ") == 2; });
  CHECK_THAT(log_text("access.log"), StartsWith("192.0.2.1 - "));
  CHECK_THAT(log_text("access.log"), ContainsSubstring("\n127.0.0.1 - "));
}

// --- Users and passwords ---------------------------------------------------------------------------------------------

TEST_CASE_METHOD(Fixture, "a user and password that are known are told to the supervisor, and others not", "[gate]") {
  start();
  protocol::Tokens tokens;
  tokens.credentials = {{"server", sha256("ann:secret")}};
  supervisor.send(tokens, 1);
  TcpClient& c = client();
  const protocol::Call right = called(c, basic("ann:secret"));
  CHECK(right.proof == protocol::Proof::password);
  CHECK(right.principal == "server");
  const protocol::Call wrong = called(c, basic("ann:guess"));
  CHECK(wrong.proof == protocol::Proof::none);
  CHECK(wrong.principal.empty());
  CHECK(called(c, "").proof == protocol::Proof::none);
  until([&] { return count(log_text(), "a user and password that are not known") == 1; });
  CHECK_THAT(log_text(), ContainsSubstring("request 1: password \"server\", echo of echo"));
  CHECK(count(log_text(), "secret") + count(log_text(), "guess") == 0);
}

TEST_CASE_METHOD(Fixture, "where a token is needed, a user and password that are right are enough", "[gate]") {
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  tokens.tokens = {{"all", sha256("outpost_x"), {}, {}, 0}};
  tokens.credentials = {{"server", sha256("ann:secret")}};
  supervisor.send(tokens, 1);
  TcpClient& c = client();
  CHECK(called(c, basic("ann:secret")).principal == "server");
  const protocol::Call by_token = called(c, "Authorization: Bearer outpost_x\r\n");
  CHECK(by_token.proof == protocol::Proof::token);
  CHECK(by_token.principal == "all");
  std::string response = refused(c, echo(basic("ann:guess")));
  CHECK_THAT(response, StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(response, ContainsSubstring("WWW-Authenticate: Bearer realm=\"outpost\", Basic realm=\"outpost\"\r\n"));
}

}  // namespace outpost::proxy::connection_gate_test
