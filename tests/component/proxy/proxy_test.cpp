// The life of a proxy on its channel: the start, a new configuration, the drain, the end.
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::proxy_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using protocol::ProxyExit;
using Fixture = test::ProxyFixture;
using test::count;
using test::kTinyMs;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "draining answers what is in flight, closes the rest and exits 0", "[proxy]") {
  start();
  TcpClient& idle = client();
  TcpClient& waiting = client();
  waiting.send(post("in flight"));
  until_asked(1);
  TcpClient& half = client();
  std::string request = post("begun");
  half.send(request.substr(0, 30));
  // The turn that takes the whole request of a third client has taken the half one before.
  TcpClient& marker = client();
  marker.send(post("marker"));
  until_asked(2);

  supervisor.send(protocol::Drain{60'000});
  until_ended(idle);
  CHECK(idle.received().empty());
  half.send(request.substr(30));
  until_asked(3);
  CHECK_FALSE(exit);
  for (const auto& asked : supervisor.asked) supervisor.answer(asked.correlation, "m");
  for (TcpClient* c : {&waiting, &half, &marker}) {
    until_ended(*c);
    CHECK_THAT(c->received(), StartsWith("HTTP/1.1 200 "));
    CHECK_THAT(c->received(), ContainsSubstring("Connection: close\r\n"));
  }
  for (TcpClient& c : clients) c.close();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::ok);
}

TEST_CASE_METHOD(Fixture, "what the drain deadline finds unanswered is 503 NotPrimary", "[proxy]") {
  start();
  TcpClient& waiting = client();
  waiting.send(post("in flight"));
  TcpClient& half = client();
  half.send("POST /lists/a HTTP");
  until_asked(1);
  supervisor.send(protocol::Drain{kTinyMs});
  for (TcpClient* c : {&waiting, &half}) {
    until_ended(*c);
    CHECK_THAT(c->received(), StartsWith("HTTP/1.1 503 "));
    CHECK_THAT(c->received(), ContainsSubstring("\"GSW_ERROR_NUMBER\":133"));
  }
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::ok);
}

TEST_CASE_METHOD(Fixture, "the end of the channel closes the port at once", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("lost"));
  until_asked(1);
  supervisor.disappear();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::channel_lost);
  auto freed = Listener::tcp(loop, "127.0.0.1", port(), 1);
  CHECK(freed);
  proxy.reset();
  until_ended(c);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 503 "));
}

TEST_CASE_METHOD(Fixture, "a supervisor that breaks the protocol or says nothing is left", "[proxy]") {
  SECTION("bytes that are no frame") {
    start();
    supervisor.send_raw(std::string(64, '\xff'));
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::channel_protocol);
  }
  SECTION("a word out of turn") {
    until([&] { return supervisor.hello.has_value(); });
    supervisor.send(protocol::Start{});
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::channel_protocol);
  }
  SECTION("a configuration before the first log file") {
    until([&] { return supervisor.hello.has_value(); });
    supervisor.send(configure);
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::channel_protocol);
  }
  SECTION("a log file that is announced and not sent") {
    until([&] { return supervisor.hello.has_value(); });
    supervisor.send(protocol::LogSegment{});
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::channel_protocol);
  }
  SECTION("silence") {
    configure.limits.channel_timeout_ms = kTinyMs;
    supervisor.answers_pings = false;
    configure_proxy();
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::channel_lost);
  }
  SECTION("a refusal") {
    until([&] { return supervisor.hello.has_value(); });
    supervisor.send(protocol::Refuse{"another version"});
    until([&] { return exit.has_value(); });
    CHECK(*exit == ProxyExit::version_mismatch);
  }
}

TEST_CASE_METHOD(Fixture, "a port that is taken is reported with its own exit code", "[proxy]") {
  auto holder = Listener::tcp(loop, "127.0.0.1", 0, 1);
  REQUIRE(holder);
  configure.listeners[0].port = (*holder)->port();
  configure_proxy();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::cannot_bind);
  proxy.reset();
  until([&] { return supervisor.failed.has_value(); });
  CHECK(supervisor.failed->exit_code == static_cast<int>(ProxyExit::cannot_bind));
  CHECK_FALSE(supervisor.bound);
}

TEST_CASE_METHOD(Fixture, "an address that this machine does not have is no port that is taken", "[proxy]") {
  configure.listeners[0].address = "192.0.2.1";  // for documentation: RFC 5737
  configure_proxy();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::internal);
  proxy.reset();
  until([&] { return supervisor.failed.has_value(); });
  CHECK(supervisor.failed->exit_code == static_cast<int>(ProxyExit::internal));
  CHECK_THAT(supervisor.failed->reason, ContainsSubstring("cannot listen on 192.0.2.1 port"));
}

TEST_CASE_METHOD(Fixture, "a new configuration takes effect on open connections", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("1"));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(c, 1);
  configure.http.custom_headers = "X-Content-Type-Options: nosniff | X-Nonsense: 1";
  configure.limits.body_bytes_max = 5;
  supervisor.send(configure);
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  c.send(post("2"));
  until_responses(c, 2);
  CHECK_THAT(c.received(), ContainsSubstring("HTTP/1.1 413 "));
  CHECK_THAT(c.received(), ContainsSubstring("X-Content-Type-Options: nosniff\r\n"));
}

TEST_CASE_METHOD(Fixture, "the sandbox is entered with the ports bound, and what became of it is told", "[proxy]") {
  sandbox = {{"user", true, "nobody"}, {"seccomp", false, "switched off by sandbox.seccomp"}};
  start();
  CHECK(sandbox_entered);
  REQUIRE(supervisor.bound->sandbox.size() == 2);
  CHECK(supervisor.bound->sandbox[0].text == "nobody");
  CHECK_FALSE(supervisor.bound->sandbox[1].active);
  until([&] { return count(log_text(), " 41003 ") == 1; });
  CHECK_THAT(log_text(), ContainsSubstring("Std 41050 in the sandbox: user: nobody\n"));
  CHECK_THAT(log_text(), ContainsSubstring("sandbox.seccomp is not in force: switched off by sandbox.seccomp\n"));
}

TEST_CASE_METHOD(Fixture, "without the sandbox that is configured nothing is served", "[proxy]") {
  sandbox.reset();
  configure_proxy();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::no_sandbox);
  proxy.reset();
  until([&] { return supervisor.failed.has_value(); });
  CHECK(supervisor.failed->reason == "no sandbox");
  CHECK_THAT(log_text(), ContainsSubstring(" 41052 no sandbox\n"));
}

TEST_CASE_METHOD(Fixture, "a full log file is written on until the next one comes", "[proxy]") {
  configure.log.segment_bytes = 1;
  start();
  until([&] { return supervisor.segments_wanted >= 1; });
  check_service();
  until([&] { return count(log_text(), "::message sent, status 200, ") == 1; });
  send_log_segment("next.log");
  // What was logged before the proxy took the new file stands in the old one.
  while (std::filesystem::file_size(folder.file("next.log")) == 0) check_service();
  int wanted = supervisor.segments_wanted;
  while (supervisor.segments_wanted == wanted) check_service();  // that one is full, too: it asks with its next line
}

TEST_CASE_METHOD(Fixture, "an unknown encoding leaves event strings as they are", "[proxy]") {
  configure.encoding = "no-such-charset";
  start();
  TcpClient& c = client();
  c.send(post("caf\xC3\xA9"));
  until_asked(1);
  CHECK(phone(0) == "caf\xC3\xA9");
  until([&] { return count(log_text(), " 41012 ") == 1; });
}

}  // namespace

}  // namespace outpost::proxy::proxy_test
