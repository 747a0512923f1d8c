#include "proxy/proxy.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using protocol::ErrorNumber;
using protocol::ProxyExit;
using test::TcpClient;
using Fixture = test::ProxyFixture;
using test::count;
using test::kGeneration;
using test::kLogFile;
using test::kTinyMs;
using test::post;

TEST_CASE_METHOD(Fixture, "a request goes to the supervisor and its answer comes back", "[proxy]") {
  start();
  CHECK(supervisor.hello->version == protocol::kChannelVersion);
  TcpClient& c = client();
  c.send(post("+15550100", "Idempotency-Key: abc\r\n"));
  until_asked(1);
  const auto& asked = supervisor.asked[0];
  CHECK(protocol::generation_of(asked.correlation) == kGeneration);
  CHECK(asked.request.resource == "lists");
  CHECK(asked.request.idempotency_key == "abc");
  CHECK(*asked.request.event.string("GSW_CALLING_LIST") == "Spring");
  CHECK(asked.request.event.integer("GSW_REFERENCE_ID") == static_cast<std::int64_t>(asked.correlation));
  supervisor.answer(asked.correlation, "one");
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(c.received(), ContainsSubstring("X-Frame-Options: SAMEORIGIN\r\n"));
  CHECK_THAT(c.received(), ContainsSubstring(R"({"GSW_USER_EVENT":"AddRecordAcknowledge","MARK":"one"})"));
  // Keep-alive is the default: the same connection serves again.
  c.send(post("+15550101"));
  until_asked(2);
  CHECK(supervisor.asked[1].request.sequence == 2);
}

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
  configure.window = 7;
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
    CHECK(open.size() <= configure.window);
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
  configure.pipeline_max = 2;
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

TEST_CASE_METHOD(Fixture, "no more than the window is in flight, and the rest waits in order", "[proxy]") {
  configure.window = 2;
  start();
  for (int i = 0; i < 5; ++i) {
    TcpClient& c = client();
    c.send(post("w" + std::to_string(i)));
    // The order of the queue is the order of arrival, so the next is sent when this one is in.
    until([&] { return supervisor.asked.size() >= 2 || static_cast<int>(supervisor.asked.size()) > i; });
  }
  until_asked(2);
  for (std::size_t i = 0; i < 5; ++i) {
    until_asked(i + 1);
    CHECK(supervisor.asked.size() <= i + 2);
    supervisor.answer(supervisor.asked[i].correlation, "m");
  }
  for (TcpClient& c : clients) until_responses(c, 1);
}

TEST_CASE_METHOD(Fixture, "a request that never got room is 503, one that was sent is 504", "[proxy]") {
  configure.window = 1;
  configure.request_timeout_ms = kTinyMs;
  start();
  TcpClient& first = client();
  first.send(post("sent"));
  until_asked(1);
  TcpClient& second = client();
  second.send(post("queued"));
  until_responses(first, 1);
  until_responses(second, 1);
  CHECK_THAT(first.received(), StartsWith("HTTP/1.1 504 "));
  CHECK_THAT(first.received(), ContainsSubstring("\"GSW_ERROR_NUMBER\":132"));
  CHECK_THAT(first.received(), ContainsSubstring("may still take effect"));
  CHECK_THAT(second.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(second.received(), ContainsSubstring("\"GSW_ERROR_NUMBER\":134"));
  CHECK_THAT(second.received(), ContainsSubstring("Retry-After: 5\r\n"));
  CHECK(supervisor.asked.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an answer after 504 is dropped and never given to the next request", "[proxy]") {
  configure.request_timeout_ms = kTinyMs;
  start();
  TcpClient& c = client();
  c.send(post("slow"));
  until_asked(1);
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 504 "));
  // The next request must wait long enough for both answers.
  configure.request_timeout_ms = 60'000;
  supervisor.send(configure);
  c.send(post("next"));
  until_asked(2);
  supervisor.answer(supervisor.asked[0].correlation, "late");
  supervisor.answer(protocol::correlation_id(kGeneration - 1, supervisor.asked[1].correlation), "foreign");
  supervisor.answer(supervisor.asked[1].correlation, "right");
  until_responses(c, 2);
  CHECK_THAT(c.received(), ContainsSubstring("\"MARK\":\"right\""));
  CHECK(c.received().find("late") == std::string::npos);
  CHECK(c.received().find("foreign") == std::string::npos);
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->late_answers == 2);
  CHECK(supervisor.statistics->responses_2xx == 1);
  CHECK(supervisor.statistics->responses_5xx == 1);
}

TEST_CASE_METHOD(Fixture, "an answer that is no event is 502", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("x"));
  until_asked(1);
  supervisor.send(protocol::Answer{}, supervisor.asked[0].correlation);
  until_responses(c, 1);
  CHECK_THAT(c.received(), StartsWith("HTTP/1.1 502 "));
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
  configure.header_timeout_ms = configure.body_timeout_ms = configure.idle_timeout_ms = kTinyMs;
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
  configure.idle_timeout_ms = kTinyMs;
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

TEST_CASE_METHOD(Fixture, "a connection over the limit is told so and others stay", "[proxy]") {
  configure.connections_max = 2;
  start();
  TcpClient& first = client();
  TcpClient& second = client();
  first.send(post("1"));
  second.send(post("2"));
  until_asked(2);
  TcpClient& third = client();
  third.send(post("3"));
  until_ended(third);
  CHECK_THAT(third.received(), StartsWith("HTTP/1.1 503 "));
  CHECK_FALSE(third.was_reset());
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(first, 1);
  first.close();
  second.close();
  third.close();
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics && supervisor.statistics->connections_refused == 1; });
  supervisor.answer(supervisor.asked[1].correlation, "m");
  until([&] {
    supervisor.statistics.reset();
    supervisor.send(protocol::Ping{});
    until([&] { return supervisor.statistics.has_value(); });
    return supervisor.statistics->connections == 0;
  });
  check_service();
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

TEST_CASE_METHOD(Fixture, "the answer for a client that is gone is dropped", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("gone"));
  until_asked(1);
  c.reset();
  until([&] {
    supervisor.statistics.reset();
    supervisor.send(protocol::Ping{});
    until([&] { return supervisor.statistics.has_value(); });
    return supervisor.statistics->connections == 0;
  });
  CHECK(supervisor.statistics->in_flight == 1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  check_service();
  supervisor.statistics.reset();
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  CHECK(supervisor.statistics->late_answers == 1);
  CHECK(supervisor.statistics->in_flight == 0);
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
    configure.channel_timeout_ms = kTinyMs;
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
  configure.custom_headers = "X-Content-Type-Options: nosniff | X-Nonsense: 1";
  configure.body_bytes_max = 5;
  supervisor.send(configure);
  supervisor.send(protocol::Ping{});
  until([&] { return supervisor.statistics.has_value(); });
  c.send(post("2"));
  until_responses(c, 2);
  CHECK_THAT(c.received(), ContainsSubstring("HTTP/1.1 413 "));
  CHECK_THAT(c.received(), ContainsSubstring("X-Content-Type-Options: nosniff\r\n"));
}

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
}  // namespace outpost::proxy
