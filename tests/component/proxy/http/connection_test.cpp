// One connection: the order of its responses, what is read of it and when, and how it ends.
#include "proxy/proxy.h"

#include <algorithm>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::connection_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Fixture = test::ProxyFixture;
using test::kTinyMs;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "pipelined requests are answered in order although answers come reversed", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("1") + post("2") + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + post("3"));
  until_asked(3);
  for (std::size_t i : {2U, 1U}) supervisor.answer(supervisor.asked[i].correlation, "mark" + phone(i));
  supervisor.answer(supervisor.asked[0].correlation, "mark1");
  until_responses(c, 4);
  const std::string& text = c.received();
  std::size_t one = text.find("mark1");
  std::size_t two = text.find("mark2");
  std::size_t bad = text.find("HTTP/1.1 404");
  std::size_t three = text.find("mark3");
  REQUIRE(three != std::string::npos);
  CHECK((one < two && two < bad && bad < three));
}

TEST_CASE_METHOD(Fixture, "order holds however bytes are cut and answers are shuffled", "[proxy]") {
  configure.limits.window = 7;
  start();
  auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  constexpr std::size_t kClients = 5;
  constexpr std::size_t kRequests = 40;
  std::vector<std::string> unsent;
  for (std::size_t i = 0; i < kClients; ++i) {
    client();
    unsent.emplace_back();
    for (std::size_t n = 0; n < kRequests; ++n)
      unsent.back() += post(std::to_string(i) + "-" + std::to_string(n) + ".");
  }
  std::size_t answered = 0;
  std::vector<std::size_t> open;
  std::size_t seen = 0;
  while (answered < kClients * kRequests) {
    std::size_t i = 0;
    for (TcpClient& c : clients) {
      std::size_t n = std::min<std::size_t>(unsent[i].size(), random() % 300);
      if (n > 0) c.send(unsent[i].substr(0, n));
      unsent[i++].erase(0, n);
    }
    for (int turn = 0; turn < 4; ++turn) loop.run_once(false);
    for (; seen < supervisor.asked.size(); ++seen) open.push_back(seen);
    CHECK(open.size() <= configure.limits.window);
    std::shuffle(open.begin(), open.end(), random);
    for (std::size_t n = random() % 8; n > 0 && !open.empty(); --n, ++answered, open.pop_back()) {
      supervisor.answer(supervisor.asked[open.back()].correlation, "mark" + phone(open.back()));
    }
  }
  std::size_t i = 0;
  for (TcpClient& c : clients) {
    until_responses(c, kRequests);
    std::size_t at = 0;
    for (std::size_t n = 0; n < kRequests && at != std::string::npos; ++n) {
      at = c.received().find("mark" + std::to_string(i) + "-" + std::to_string(n) + ".", at);
    }
    CHECK(at != std::string::npos);
    ++i;
  }
}

TEST_CASE_METHOD(Fixture, "a client beyond pipeline_max is not read, and loses nothing", "[proxy]") {
  configure.limits.pipeline_max = 2;
  start();
  TcpClient& c = client();
  std::string all;
  for (int i = 0; i < 9; ++i) all += post("p" + std::to_string(i));
  c.send(all);
  for (std::size_t i = 0; i < 9; ++i) {
    until_asked(i + 1);
    CHECK(supervisor.asked.size() <= i + 2);
    CHECK(phone(i) == "p" + std::to_string(i));
    supervisor.answer(supervisor.asked[i].correlation, "m");
    until_responses(c, i + 1);
  }
}

TEST_CASE_METHOD(Fixture, "100 Continue is sent for an acceptable head only", "[proxy]") {
  start();
  TcpClient& good = client();
  std::string request = post("e", "Expect: 100-continue\r\n");
  std::size_t body_at = request.find("\r\n\r\n") + 4;
  good.send(request.substr(0, body_at));
  until_responses(good, 1);
  CHECK(good.received() == "HTTP/1.1 100 Continue\r\n\r\n");
  good.send(request.substr(body_at));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(good, 2);

  TcpClient& bad = client();
  bad.send("DELETE /lists/a?req=AddRecord HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  until_ended(bad);
  CHECK_THAT(bad.received(), StartsWith("HTTP/1.1 405 "));
  CHECK_THAT(bad.received(), ContainsSubstring("Connection: close\r\n"));

  TcpClient& unknown = client();
  unknown.send(post("e", "Expect: miracles\r\n"));
  until_responses(unknown, 1);
  CHECK_THAT(unknown.received(), StartsWith("HTTP/1.1 417 "));
}

TEST_CASE_METHOD(Fixture, "100 Continue waits until earlier requests are answered", "[proxy]") {
  start();
  TcpClient& c = client();
  std::string second = post("2", "Expect: 100-continue\r\n");
  std::size_t body_at = second.find("\r\n\r\n") + 4;
  c.send(post("1") + second.substr(0, body_at));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "first");
  until_responses(c, 2);
  CHECK(c.received().find("first") < c.received().find("100 Continue"));
  c.send(second.substr(body_at));
  until_asked(2);
}

TEST_CASE_METHOD(Fixture, "a slow head and a slow body are 408, an idle connection ends silently", "[proxy]") {
  configure.limits.header_timeout_ms = configure.limits.body_timeout_ms = configure.limits.idle_timeout_ms = kTinyMs;
  start();
  TcpClient& head = client();
  head.send("POST /lists/a HTTP/1.1\r\nHos");
  TcpClient& body = client();
  body.send("POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
  TcpClient& idle = client();
  for (TcpClient* c : {&head, &body, &idle}) until_ended(*c);
  CHECK_THAT(head.received(), StartsWith("HTTP/1.1 408 "));
  CHECK_THAT(body.received(), StartsWith("HTTP/1.1 408 "));
  CHECK(idle.received().empty());
  CHECK(supervisor.asked.empty());
}

TEST_CASE_METHOD(Fixture, "waiting for an answer does not count as idle", "[proxy]") {
  configure.limits.idle_timeout_ms = kTinyMs;
  start();
  TcpClient& waiting = client();
  waiting.send(post("w"));
  until_asked(1);
  TcpClient& idle = client();
  until_ended(idle);
  CHECK_FALSE(waiting.ended());
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(waiting, 1);
  CHECK_THAT(waiting.received(), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE_METHOD(Fixture, "garbage ends its own connection with 400 and never the listener", "[proxy]") {
  start();
  for (std::string_view garbage :
       {std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string_view("\0\xff\xfe\x01", 4),
        std::string_view("SSH-2.0-probe\r\n"), std::string_view("\r\n\r\n\r\n\r\n\r\n\r\n"),
        std::string_view("POST /lists/a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\n\r\n")}) {
    TcpClient& c = client();
    c.send(garbage);
    until_ended(c);
    CHECK_THAT(c.received(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK_THAT(c.received(), ContainsSubstring("X-Frame-Options: SAMEORIGIN\r\n"));
    CHECK_THAT(c.received(), ContainsSubstring("Connection: close\r\n"));
  }
  for (int i = 0; i < 20; ++i) client().reset();
  TcpClient& late_reset = client();
  late_reset.send(post("r"));
  until_asked(1);
  late_reset.reset();
  supervisor.answer(supervisor.asked[0].correlation, "m");
  check_service();
}

TEST_CASE_METHOD(Fixture, "a client that half-closes behind its request still gets the answer", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("half"));
  c.finish_writing();
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_ended(c);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 200 "));
  CHECK_FALSE(c.was_reset());
}

TEST_CASE_METHOD(Fixture, "HTTP/1.0 and Connection: close get their answer, then the end, without a reset", "[proxy]") {
  start();
  TcpClient& old = client();
  old.send("POST /lists/a?req=AddRecord HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}" + std::string(1000, 'x'));
  until_asked(1);
  TcpClient& closing = client();
  closing.send(post("c", "Connection: close\r\n") + post("never"));
  until_asked(2);
  for (const auto& asked : supervisor.asked) supervisor.answer(asked.correlation, "m");
  for (TcpClient* c : {&old, &closing}) {
    until_ended(*c);
    CHECK_THAT(c->received(), StartsWith("HTTP/1.1 200 "));
    CHECK_THAT(c->received(), ContainsSubstring("Connection: close\r\n"));
    CHECK_FALSE(c->was_reset());
  }
  CHECK(supervisor.asked.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a client that does not read stops being read", "[proxy]") {
  start();
  TcpClient& c = client(4096);
  // Bad requests are answered at once; unread answers pile up until the proxy takes no more.
  std::string request = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string many;
  for (int i = 0; i < 200; ++i) many += request;
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    c.send(many);
    sent += 200;
    for (int turn = 0; turn < 3; ++turn) loop.run_once(false);
  }
  until_responses(c, sent);
  check_service();
}

}  // namespace

}  // namespace outpost::proxy::connection_test
