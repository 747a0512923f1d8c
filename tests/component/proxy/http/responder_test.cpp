#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::responder_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Fixture = test::ProxyFixture;
using test::count;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "an exchange is in the log in the syntax of its parser, and forges no line", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("1\\n'GSW_FORGED'\\t1"));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(c, 1);
  until([&] { return count(log_text(), "::message sent, status 200, ") == 1; });
  CHECK_THAT(log_text(),
             ContainsSubstring("HTTPProxyClient[1.1]::mesage received\n\t'GSW_AGENT_REQ_TYPE'\t'AddRecord'\n"));
  CHECK(count(log_text(), "\n'GSW_FORGED'") == 0);
}

constexpr const char* kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kAccessFile = "access.log";

TEST_CASE_METHOD(Fixture, "what a client calls its request is told the supervisor, logged, and returned", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("1", std::string("X-Request-Id: 7f3c\r\ntraceparent: ") + kTrace + "\r\n"));
  until_asked(1);
  CHECK(supervisor.asked[0].request.ids == protocol::RequestIds{"7f3c", kTrace});
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(c, 1);
  CHECK_THAT(c.received(), ContainsSubstring(std::string("\r\nX-Request-Id: 7f3c\r\ntraceparent: ") + kTrace + "\r\n"));
  until([&] {
    return count(log_text(), " Int 41033 connection 1 request 1: request id \"7f3c\", traceparent \"00-") == 1;
  });
  // Also on what the proxy itself answers.
  c.send("GET /lists/a?req=AddRecord HTTP/1.1\r\nHost: a\r\nX-Request-Id: of-405\r\n\r\n");
  until_responses(c, 2);
  CHECK_THAT(c.received(), ContainsSubstring("\r\nX-Request-Id: of-405\r\n"));
}

TEST_CASE_METHOD(Fixture, "an id that is none, or comes twice, is ignored", "[proxy]") {
  start();
  TcpClient& c = client();
  const std::string ids[] = {"X-Request-Id: a b\r\n",
                             "X-Request-Id: " + std::string(129, 'x') + "\r\n",
                             "X-Request-Id: a\r\nX-Request-Id: a\r\n",
                             "X-Request-Id: \r\n",
                             "traceparent: 00-x\r\n",
                             ""};
  std::size_t n = 0;
  for (const std::string& id : ids) {
    CAPTURE(id);
    c.send(post("1", id));
    until_asked(++n);
    CHECK(supervisor.asked.back().request.ids.empty());
    supervisor.answer(supervisor.asked.back().correlation, "m");
    until_responses(c, n);
  }
  CHECK(count(c.received(), "X-Request-Id") == 0);
  CHECK(count(c.received(), "traceparent") == 0);
  until([&] { return count(log_text(), " 41034 ") == 5; });
}

TEST_CASE_METHOD(Fixture, "the access log has a line for each response while it is on", "[proxy]") {
  configure.log.access = protocol::AccessLogForm::combined;
  configure_proxy();
  send_log_segment(kAccessFile, protocol::LogFileKind::access);
  until([&] { return supervisor.bound.has_value(); });
  supervisor.send(protocol::Start{});
  TcpClient& c = client();
  c.send(post("+15550100", "X-Request-Id: 7f3c\r\nUser-Agent: test \"x\"\r\nReferer: http://a/b\r\n"));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  c.send("HEAD /phones/+15550100?req=DoNotCall HTTP/1.1\r\nHost: a\r\n\r\nGET\r\n");
  until_responses(c, 3);
  auto lines = [&] { return log_text(kAccessFile); };
  until([&] { return count(lines(), "\n") == 3; });
  CHECK_THAT(lines(), Catch::Matchers::StartsWith("127.0.0.1 - - ["));
  CHECK_THAT(lines(), ContainsSubstring("] \"POST /lists/Spring?req=AddRecord HTTP/1.1\" 200 "));
  CHECK_THAT(lines(), ContainsSubstring(" \"http://a\" \"test \\x22x\\x22\" "));
  CHECK_THAT(lines(), ContainsSubstring(" 1.1 \"7f3c\" \"-\"\n"));
  CHECK_THAT(lines(), ContainsSubstring("] \"HEAD /phones/***?req=DoNotCall HTTP/1.1\" 405 0 \"-\" \"-\" "));
  CHECK_THAT(lines(), ContainsSubstring(" 1.3 \"-\" \"-\"\n"));

  configure.log.access = protocol::AccessLogForm::off;
  supervisor.send(configure);
  until([&] { return count(log_text(), " 41004 ") == 1; });
  check_service();
  configure.log.access = protocol::AccessLogForm::json;
  supervisor.send(configure);
  until([&] { return count(log_text(), " 41004 ") == 2; });
  check_service();
  until([&] { return count(lines(), "\n") == 4; });
  CHECK_THAT(lines(), ContainsSubstring("\n{\"time\":\""));
}

TEST_CASE_METHOD(Fixture, "a full access log asks for its next file", "[proxy]") {
  configure.log.access = protocol::AccessLogForm::json;
  start();
  check_service();  // no file yet, and no line
  configure.log.segment_bytes = 1;
  supervisor.send(configure);
  send_log_segment(kAccessFile, protocol::LogFileKind::access);
  while (supervisor.access_segments_wanted == 0) check_service();
  send_log_segment("next.log", protocol::LogFileKind::access);
  while (log_text("next.log").empty()) check_service();
  CHECK_THAT(log_text("next.log"), Catch::Matchers::StartsWith("{\"time\":"));
}

}  // namespace

}  // namespace outpost::proxy::responder_test
