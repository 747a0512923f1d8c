// Clients whom nobody has accepted yet.
#include "proxy/proxy.h"

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::ports_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using protocol::ProxyExit;
using Fixture = test::ProxyFixture;
using test::count;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "a want of descriptors makes accepting rest, not end", "[proxy]") {
  start();
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  int next = dup(0);
  ::close(next);
  TcpClient& c = client();
  c.send(post("later"));
  rlimit none{static_cast<rlim_t>(next) + 1, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (int turn = 0; turn < 3; ++turn) loop.run_once(false);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(c, 1);
  until([&] { return count(log_text(), " 41011 ") > 0; });
}

TEST_CASE_METHOD(Fixture, "draining serves the connections that nobody has accepted yet", "[proxy]") {
  start();
  check_service();
  // The system has completed these, and the loop does not turn meanwhile.
  constexpr std::size_t kWaiting = 200;
  for (std::size_t i = 0; i < kWaiting; ++i) client().send(post("waiting"));
  TcpClient& silent = client();
  std::size_t before = supervisor.asked.size();
  proxy->drain(std::chrono::minutes(1));
  until_asked(before + kWaiting);
  for (std::size_t i = 0; i < kWaiting; ++i) supervisor.answer(supervisor.asked[before + i].correlation, "m");
  for (TcpClient& c : clients) {
    if (&c == &clients.front()) continue;  // of the check
    until_ended(c);
    CHECK_FALSE(c.was_reset());
    if (&c == &silent) continue;
    CHECK_THAT(c.received(), StartsWith("HTTP/1.1 200 "));
    CHECK_THAT(c.received(), ContainsSubstring("Connection: close\r\n"));
  }
  CHECK(silent.received().empty());
  for (TcpClient& c : clients) c.close();
  until([&] { return exit.has_value(); });
  CHECK(*exit == ProxyExit::ok);
  auto freed = Listener::tcp(loop, "127.0.0.1", port(), 1);
  CHECK(freed);
}

}  // namespace

}  // namespace outpost::proxy::ports_test
