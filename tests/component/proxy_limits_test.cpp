// What a source and a connection are allowed.
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Fixture = test::ProxyFixture;
using test::count;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "an idle connection makes room, and one with an answer due never does", "[proxy]") {
  configure.connections_max = 2;
  start();
  TcpClient& waiting = client();
  waiting.send(post("waiting"));
  until_asked(1);
  TcpClient& idle = client();
  idle.send(post("idle"));
  until_asked(2);
  supervisor.answer(supervisor.asked[1].correlation, "m");
  until_responses(idle, 1);
  TcpClient& fresh = client();
  fresh.send(post("fresh"));
  until_asked(3);
  until_ended(idle);
  CHECK_FALSE(idle.was_reset());
  CHECK_FALSE(waiting.ended());
  supervisor.answer(supervisor.asked[0].correlation, "first");
  until_responses(waiting, 1);
  CHECK_THAT(waiting.received(), StartsWith("HTTP/1.1 200 "));
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->connections_evicted == 1);
  CHECK(supervisor.statistics->connections_refused == 0);
}

TEST_CASE_METHOD(Fixture, "requests over the rate are 429 in order and never reach the supervisor", "[proxy]") {
  configure.request_rate = 1;
  configure.request_burst = 2;
  start();
  TcpClient& c = client();
  c.send(post("1") + post("2") + post("3"));
  until_asked(2);
  CHECK(c.received().empty());
  for (const auto& asked : supervisor.asked) supervisor.answer(asked.correlation, "m");
  until_responses(c, 3);
  CHECK(count(c.received(), "HTTP/1.1 200 ") == 2);
  CHECK_THAT(c.received(), ContainsSubstring("HTTP/1.1 429 "));
  CHECK(c.received().find("HTTP/1.1 429 ") > c.received().rfind("HTTP/1.1 200 "));
  CHECK_THAT(c.received(), ContainsSubstring("\r\nRetry-After: 1\r\n"));
  CHECK(supervisor.asked.size() == 2);
  CHECK_FALSE(c.ended());
}

}  // namespace
}  // namespace outpost::proxy
