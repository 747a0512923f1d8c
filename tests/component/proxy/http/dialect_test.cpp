// What the proxy promises every dialect, with one that knows nothing of records.
#include "common/digest.h"
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::dialect_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::kTinyMs;
using test::TcpClient;

std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct Fixture : test::ProxyFixture {
  Fixture() { configure.dialect = "echo"; }

  void until_called(std::size_t n) {
    until([&] { return supervisor.calls.size() >= n; });
  }
  void reply(std::size_t call, const std::string& body, std::uint16_t status = 200, bool more = false) {
    protocol::CallReply reply;
    reply.status = status;
    reply.content_type = "text/plain";
    reply.body = body;
    reply.more = more;
    supervisor.send(reply, supervisor.calls.at(call).correlation);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "another dialect makes its own message, and its own response of the reply", "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/echo", "hello", "X-Echo: a\r\nX-Other: b\r\nx-echo: c\r\n"));
  until_called(1);
  const protocol::Call& call = supervisor.calls[0].call;
  CHECK(call.json == "hello");
  CHECK(call.captures == std::vector<std::string>{"a, c"});
  CHECK_FALSE(call.held);
  reply(0, "hello yourself", 409);
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 409 Conflict\r\n"));
  CHECK_THAT(c.received(), ContainsSubstring("Content-Type: text/plain\r\n"));
  CHECK_THAT(c.received(), EndsWith("\r\n\r\nhello yourself"));
}

TEST_CASE_METHOD(Fixture, "what the proxy itself refuses is said in the dialect's words", "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/nothing", ""));
  until_responses(c, 1);
  CHECK_THAT(c.received(), EndsWith("404 only /echo and /late are here"));
  TcpClient& broken = client();
  broken.send("BROKEN\r\n");
  until_ended(broken);
  CHECK_THAT(broken.received(), ContainsSubstring("\r\n\r\n400 "));
  CHECK(supervisor.calls.empty());
}

TEST_CASE_METHOD(Fixture, "a token is for what the dialect says is asked", "[dialect]") {
  start();
  protocol::Tokens tokens;
  tokens.required = true;
  tokens.tokens = {{"echo only", sha256("outpost_x"), {"echo"}, {"echo"}, 0}};
  supervisor.send(tokens, 1);
  TcpClient& c = client();
  c.send(post("/late", "", "Authorization: Bearer outpost_x\r\n"));
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 403 "));
  c.send(post("/echo", "in", "Authorization: Bearer outpost_x\r\n"));
  until_called(1);
  CHECK(supervisor.calls[0].call.json == "in");
}

TEST_CASE_METHOD(Fixture, "a held call takes no room, and may be answered after the time of others", "[dialect]") {
  configure.limits.window = 1;
  configure.limits.request_timeout_ms = kTinyMs;
  start();
  TcpClient& held = client();
  held.send(post("/late", "first"));
  until_called(1);
  CHECK(supervisor.calls[0].call.held);
  // One that is not held goes by it, and runs out of its time.
  TcpClient& c = client();
  c.send(post("/echo", "second"));
  until_responses(c, 1);
  CHECK_THAT(c.received(), EndsWith("504 no answer came in time; the request may still take effect"));
  CHECK(held.received().empty());
  reply(0, "late");
  until_responses(held, 1);
  CHECK_THAT(held.received(), EndsWith("late"));
  CHECK(supervisor.cancelled.empty());
}

TEST_CASE_METHOD(Fixture, "a held call whose time runs out is 504, and the supervisor hears of it", "[dialect]") {
  configure.limits.request_timeout_ms = 1;
  start();
  TcpClient& c = client();
  c.send(post("/late", "x"));
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 504 "));
  until([&] { return supervisor.cancelled.size() == 1; });
  CHECK(supervisor.cancelled[0] == supervisor.calls[0].correlation);
}

TEST_CASE_METHOD(Fixture, "a client that leaves a held call is a cancel at once, however it leaves", "[dialect]") {
  start();
  using Leave = void (*)(TcpClient&);
  const Leave leaves[] = {[](TcpClient& c) { c.close(); }, [](TcpClient& c) { c.reset(); },
                          [](TcpClient& c) { c.finish_writing(); }};
  std::size_t n = 0;
  for (Leave leave : leaves) {
    TcpClient& c = client();
    c.send(post("/late", "x"));
    until_called(++n);
    leave(c);
    until([&] { return supervisor.cancelled.size() == n; });
    CHECK(supervisor.cancelled.back() == supervisor.calls.back().correlation);
  }
  // A reply that met the cancel is dropped, and nobody else hears it.
  TcpClient& other = client();
  reply(0, "too late");
  other.send(post("/echo", "x"));
  until_called(n + 1);
  reply(n, "mine");
  until_responses(other, 1);
  CHECK_THAT(other.received(), EndsWith("mine"));
}

TEST_CASE_METHOD(Fixture, "who has ended its side before a held call is taken is not waited for", "[dialect]") {
  configure.limits.pipeline_max = 1;
  start();
  TcpClient& c = client();
  c.send(post("/echo", "first") + post("/late", "second"));
  c.finish_writing();
  until_called(1);
  reply(0, "one");
  until([&] { return supervisor.calls.size() == 2 && supervisor.cancelled.size() == 1; });
  CHECK(supervisor.cancelled[0] == supervisor.calls[1].correlation);
  until_ended(c);
  CHECK_THAT(c.received(), EndsWith("one"));
}

TEST_CASE_METHOD(Fixture, "a proxy that drains gives up its held calls at once", "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/late", "x"));
  until_called(1);
  supervisor.send(protocol::Drain{600'000});
  until_ended(c);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(c.received(), ContainsSubstring("Connection: close\r\n"));
  until([&] { return exit.has_value(); });
  CHECK(*exit == protocol::ProxyExit::ok);
  until([&] { return supervisor.cancelled.size() == 1; });
}

TEST_CASE_METHOD(Fixture, "while the proxy drains, a reply that goes on ends and none begins", "[dialect]") {
  start();
  TcpClient& stream = client();
  stream.send(post("/late", "x"));
  until_called(1);
  reply(0, "begun", 200, true);
  until_responses(stream, 1);
  TcpClient& late = client();
  late.send("POST /late HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  until([&] { return late.received() == "HTTP/1.1 100 Continue\r\n\r\n"; });

  supervisor.send(protocol::Drain{600'000});
  until_ended(stream);
  until([&] { return supervisor.cancelled.size() == 1; });
  CHECK(supervisor.cancelled[0] == supervisor.calls[0].correlation);
  CHECK_FALSE(late.ended());
  late.send("x");
  until_ended(late);
  CHECK_THAT(late.received(), ContainsSubstring("\r\n\r\nHTTP/1.1 503 "));
  CHECK_THAT(late.received(), ContainsSubstring("Connection: close\r\n"));
  until([&] { return exit.has_value(); });
  CHECK(*exit == protocol::ProxyExit::ok);
}

TEST_CASE_METHOD(Fixture, "behind a held call nothing is read until it is answered", "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/late", "first") + post("/echo", "second"));
  until_called(1);
  TcpClient& other = client();
  other.send(post("/echo", "another's"));
  until_called(2);
  CHECK(supervisor.calls[1].call.json == "another's");
  reply(0, "late");
  until_called(3);
  CHECK(supervisor.calls[2].call.json == "second");
  reply(2, "soon");
  until_responses(c, 2);
  CHECK(c.received().find("late") < c.received().find("soon"));
}

TEST_CASE_METHOD(Fixture, "a held call may be answered in pieces, and the connection ends behind the last",
                 "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/echo", "before") + post("/late", "x") + post("/echo", "behind"));
  until_called(2);
  reply(1, "one,", 200, true);
  reply(1, "two,", 200, true);
  // It waits for the response in front of it.
  TcpClient& other = client();
  other.send(post("/echo", "other"));
  until_called(3);
  reply(2, "");
  until_responses(other, 1);
  CHECK(c.received().empty());
  reply(0, "first");
  until([&] { return c.received().ends_with("\r\n\r\n8\r\none,two,\r\n"); });
  CHECK_THAT(c.received(), ContainsSubstring("Connection: close\r\n"));
  CHECK(test::count(c.received(), "Content-Length: ") == 1);
  reply(1, "three,", 200, true);
  until([&] { return c.received().ends_with("one,two,\r\n6\r\nthree,\r\n"); });
  CHECK_FALSE(c.ended());
  reply(1, "four");
  until_ended(c);
  CHECK_THAT(c.received(), EndsWith("three,\r\n4\r\nfour\r\n0\r\n\r\n"));
  CHECK(supervisor.cancelled.empty());
  CHECK(supervisor.calls.size() == 3);
}

TEST_CASE_METHOD(Fixture, "a reply that goes on ends when its client leaves, takes too little, or sees no body",
                 "[dialect]") {
  configure.limits.queued_bytes_max = 4'096;
  start();
  std::size_t n = 0;
  auto begin = [&](const std::string& method, int receive_buffer) -> TcpClient& {
    TcpClient& c = client(receive_buffer);
    c.send(method + " /late HTTP/1.1\r\nHost: a\r\n\r\n");
    until_called(++n);
    reply(n - 1, "begun", 200, true);
    until_responses(c, 1);
    return c;
  };
  auto until_cancelled = [&] {
    until([&] { return supervisor.cancelled.size() == n; });
    CHECK(supervisor.cancelled.back() == supervisor.calls.back().correlation);
  };
  begin("GET", 0).close();
  until_cancelled();
  begin("GET", 4'096);  // and reads no more
  while (supervisor.cancelled.size() < n) {
    reply(n - 1, std::string(65'536, 'x'), 200, true);
    loop.run_once(false);
  }
  until_cancelled();
  TcpClient& head = begin("HEAD", 0);
  until_cancelled();
  until_ended(head);
  CHECK_THAT(head.received(), EndsWith("\r\n\r\n"));
  TcpClient& c = client();
  c.send(post("/echo", "x"));
  until_called(++n);
  reply(n - 1, "alive");
  until_responses(c, 1);
  CHECK_THAT(c.received(), EndsWith("alive"));
}

TEST_CASE_METHOD(Fixture, "of a reply in pieces all bytes are counted, and the access log has them when it ends",
                 "[dialect]") {
  configure.log.access = protocol::AccessLogForm::combined;
  start();
  send_log_segment("access.log", protocol::LogFileKind::access);
  auto lines = [&] { return log_text("access.log"); };
  TcpClient& c = client();
  c.send(post("/late", "x"));
  until_called(1);
  reply(0, "one,", 200, true);
  until([&] { return c.received().ends_with("one,\r\n"); });
  reply(0, "two");
  until_ended(c);
  until([&] { return test::count(lines(), "\n") == 1; });
  CHECK_THAT(lines(), ContainsSubstring("\"POST /late HTTP/1.1\" 200 7 "));
  // One that its client has left has a line as well, of what was sent till then.
  TcpClient& other = client();
  other.send(post("/late", "x"));
  until_called(2);
  reply(1, "begun", 200, true);
  until([&] { return other.received().ends_with("begun\r\n"); });
  CHECK(test::count(lines(), "\n") == 1);
  other.close();
  until([&] { return test::count(lines(), "\n") == 2; });
  CHECK_THAT(lines(), ContainsSubstring("\"POST /late HTTP/1.1\" 200 5 "));
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->bytes_sent == c.received().size() + other.received().size());
}

TEST_CASE_METHOD(Fixture, "a client of HTTP/1.0 has the end of the connection as that of a reply in pieces",
                 "[dialect]") {
  start();
  TcpClient& c = client();
  c.send("POST /late HTTP/1.0\r\nContent-Length: 1\r\n\r\nx");
  until_called(1);
  reply(0, "one,", 200, true);
  until([&] { return c.received().ends_with("\r\n\r\none,"); });
  reply(0, "two");
  until_ended(c);
  CHECK_THAT(c.received(), EndsWith("\r\n\r\none,two"));
  CHECK_THAT(c.received(), !ContainsSubstring("Transfer-Encoding"));
}

TEST_CASE_METHOD(Fixture, "a reply that goes on has as long again for each piece, and then it ends", "[dialect]") {
  configure.limits.request_timeout_ms = kTinyMs;  // a held call has ten times as long
  start();
  TcpClient& c = client();
  c.send(post("/late", "x"));
  until_called(1);
  reply(0, "begun", 200, true);
  until_ended(c);
  CHECK_THAT(c.received(), EndsWith("\r\n\r\n5\r\nbegun\r\n0\r\n\r\n"));
  CHECK(test::count(c.received(), "HTTP/1.1 ") == 1);
  until([&] { return supervisor.cancelled.size() == 1; });
}

TEST_CASE_METHOD(Fixture, "an answer of another dialect ends the channel", "[dialect]") {
  start();
  TcpClient& c = client();
  c.send(post("/echo", "x"));
  until_called(1);
  supervisor.answer(supervisor.calls[0].correlation, "of the other dialect");
  until([&] { return exit.has_value(); });
  CHECK(*exit == protocol::ProxyExit::channel_protocol);
}

TEST_CASE_METHOD(Fixture, "a proxy that does not know its dialect does not start", "[dialect]") {
  configure.dialect = "esperanto";
  configure_proxy();
  until([&] { return exit.has_value(); });
  CHECK(*exit == protocol::ProxyExit::internal);
}

}  // namespace outpost::proxy::dialect_test
