// How much memory the bodies of all connections take together.
#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::bodies_component_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::count;
using test::TcpClient;

std::string head(std::size_t body_bytes) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}
std::string post(std::size_t body_bytes) { return head(body_bytes) + std::string(body_bytes, 'x'); }

struct Fixture : test::ProxyFixture {
  Fixture() { configure.dialect = "echo"; }

  void until_called(std::size_t n) {
    until([&] { return supervisor.calls.size() >= n; });
  }
  void reply(std::size_t call, std::size_t body_bytes) {
    protocol::CallReply reply;
    reply.status = 200;
    reply.content_type = "text/plain";
    reply.body.assign(body_bytes, 'y');
    supervisor.send(reply, supervisor.calls.at(call).correlation);
  }
  protocol::Statistics statistics() {
    supervisor.statistics.reset();
    supervisor.send(protocol::Ping{});
    until([&] { return supervisor.statistics.has_value(); });
    return *supervisor.statistics;
  }
  void until_body_bytes(std::uint64_t bytes) {
    until([&] { return statistics().body_bytes == bytes; });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a body for which there is no room is refused before the rest of it is read", "[bodies]") {
  configure.limits.bodies_bytes_max = 1'000;
  start();
  TcpClient& first = client();
  first.send(post(900));
  until_called(1);
  CHECK(statistics().body_bytes == 900);
  TcpClient& second = client();
  second.send(head(5'000) + std::string(50, 'x'));
  until_body_bytes(950);
  second.send(std::string(500, 'x'));
  until_ended(second);
  CHECK_FALSE(second.was_reset());
  CHECK_THAT(second.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(second.received(), ContainsSubstring("\r\nRetry-After: 5\r\n"));
  CHECK_THAT(second.received(), ContainsSubstring("\r\nConnection: close\r\n"));
  until([&] { return count(log_text(), "41100") == 1; });
  CHECK(statistics().body_bytes == 900);
  // One that came whole is no better off.
  TcpClient& third = client();
  third.send(post(101));
  until_ended(third);
  CHECK_THAT(third.received(), StartsWith("HTTP/1.1 503 "));
  reply(0, 10);
  until_responses(first, 1);
  CHECK(statistics().body_bytes == 0);
  first.send(post(1'000));
  until_called(2);
  CHECK(supervisor.calls[1].call.json.size() == 1'000);
}

TEST_CASE_METHOD(Fixture,
                 "bodies of requests that wait for one another, or whose clients leave, are counted and given back",
                 "[bodies]") {
  start();
  TcpClient& c = client();
  c.send(post(10) + post(20) + head(40) + "xxxxx");
  until_called(2);
  until_body_bytes(35);
  reply(1, 1);  // waits for the first
  CHECK(statistics().body_bytes == 35);
  reply(0, 1);
  until_responses(c, 2);
  CHECK(statistics().body_bytes == 5);
  c.reset();
  until_body_bytes(0);
}

TEST_CASE_METHOD(Fixture, "a large response is counted until it is written, and without room is 503", "[bodies]") {
  constexpr std::size_t kLarge = std::size_t{12} * 1024 * 1024;
  configure.limits.bodies_bytes_max = 16 * 1024 * 1024;
  start();
  TcpClient& slow = client(4096);
  slow.send(post(1));
  until_called(1);
  reply(0, kLarge);
  until([&] { return statistics().responses_2xx == 1; });
  CHECK(statistics().body_bytes > kLarge / 2);
  TcpClient& other = client();
  other.send(post(1));
  until_called(2);
  reply(1, kLarge);
  until_responses(other, 1);
  CHECK_THAT(other.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_FALSE(other.ended());
  other.send(post(1));
  until_called(3);
  reply(2, Bodies::kLargeBytes);  // not counted
  until([&] { return other.received().ends_with("yyy"); });
  until([&] { return count(log_text(), "41100") == 1; });
  until([&] { return slow.received().size() > kLarge; });
  until_body_bytes(0);
  other.send(post(1));
  until_called(4);
  reply(3, kLarge);
  until([&] { return other.received().size() > kLarge; });
  until_body_bytes(0);
}

}  // namespace outpost::proxy::bodies_component_test
