#include "supervisor/mobile/ors/session.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::ors_session_test {

using namespace outpost::supervisor::mobile;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

FetchReply answer(std::string body, std::vector<std::string> cookies = {}) {
  FetchReply reply;
  reply.status = 200;
  reply.body = std::move(body);
  reply.headers.push_back({"content-type", "text/plain"});
  for (std::string& cookie : cookies) reply.headers.push_back({"set-cookie", std::move(cookie)});
  return reply;
}

std::string id_of(std::string body, std::vector<std::string> cookies = {}) {
  auto session = read_session(answer(std::move(body), std::move(cookies)));
  return session ? session->id : "(none)";
}

FetchReply failed(FetchOutcome outcome, std::uint32_t connected_us = 0, bool reused = false) {
  FetchReply reply;
  reply.outcome = outcome;
  reply.times.connected_us = connected_us;
  reply.reused = reused;
  return reply;
}

}  // namespace

TEST_CASE("the id of a session is the bare body", "[mobile]") {
  CHECK(id_of("0B8A~3N1") == "0B8A~3N1");
  CHECK(id_of("\r\n 0B8A~3N1\n") == "0B8A~3N1");
  CHECK(id_of(std::string(256, 'A')) == std::string(256, 'A'));
}

TEST_CASE("the id of a session is a member of a JSON object", "[mobile]") {
  CHECK(id_of(R"({"_id":"A1"})") == "A1");
  CHECK(id_of(R"( {"sessionid":"A2"} )") == "A2");
  CHECK(id_of(R"({"session":"A3"})") == "A3");
  CHECK(id_of(R"({"session":"A3","sessionid":"A2","_id":"A1"})") == "A1");
  CHECK(id_of(R"({"_id":7,"session":"A3"})") == "A3");
}

TEST_CASE("the id of a session is in its cookie when the body has none", "[mobile]") {
  CHECK(id_of("", {"ORSSESSIONID=A4.node1; Path=/; HttpOnly"}) == "A4");
  CHECK(id_of("<ok/>", {"ORSSESSIONID=A4.ors1.example"}) == "A4");
  CHECK(id_of("{}", {"JSESSIONID=x", "ORSSESSIONID=A4"}) == "A4");
  CHECK(id_of("A1", {"ORSSESSIONID=A4.node1"}) == "A1");
}

TEST_CASE("what is no id is none", "[mobile]") {
  for (const char* body : {"", "a b", "<html>", "a/b", "..", "[\"A1\"]", "{\"_id\":\"a/b\"}", "{\"_id\":\"\"}",
                           "{\"_id\"", "{\"id\":\"A1\"}", "\"A1\"", "A\n1"}) {
    INFO(body);
    CHECK(id_of(body) == "(none)");
  }
  CHECK(id_of(std::string("A\0", 2)) == "(none)");
  CHECK(id_of(std::string(257, 'A')) == "(none)");
  CHECK(id_of("A1" + std::string(kStartAnswerBytesMax, ' ')) == "(none)");
  CHECK(id_of("", {"ORSSESSIONID=.node1"}) == "(none)");
  CHECK(id_of("", {"ORSSESSIONID=a/b.node1"}) == "(none)");
}

TEST_CASE("a session has the cookie that goes back to its server", "[mobile]") {
  auto session = read_session(answer("A1", {"JSESSIONID=x", "ORSSESSIONID=A1.node1; Path=/"}));
  REQUIRE(session);
  CHECK(*session == OrsSession{"A1", "", "ORSSESSIONID=A1.node1"});
  CHECK(session_cookie(answer("")).empty());
  for (const char* cookie :
       {"ORSSESSIONID=", "ORSSESSIONID=; Path=/", "orssessionid=A1", "XORSSESSIONID=A1", "ORSSESSIONID=a b",
        "ORSSESSIONID=a,b", "ORSSESSIONID=a\r\nX: y", "ORSSESSIONID=\xc3\xa4"}) {
    INFO(cookie);
    CHECK(session_cookie(answer("", {cookie})).empty());
  }
  constexpr std::size_t kValueBytes = kOrsCookieBytesMax - 13;
  CHECK(session_cookie(answer("", {"ORSSESSIONID=" + std::string(kValueBytes, 'x')})).size() == kOrsCookieBytesMax);
  CHECK(session_cookie(answer("", {"ORSSESSIONID=" + std::string(kValueBytes + 1, 'x')})).empty());
}

TEST_CASE("another server may be tried only when nothing came to the first", "[mobile]") {
  using enum FetchOutcome;
  for (FetchOutcome outcome : {resolve, connect, tls, denied_target, proxy}) CHECK(not_reached(failed(outcome)));
  for (FetchOutcome outcome : {answered, too_large, broken, cancelled, invalid, unavailable, lost}) {
    CHECK_FALSE(not_reached(failed(outcome)));
  }
  CHECK(not_reached(failed(timeout)));
  CHECK_FALSE(not_reached(failed(timeout, 900)));
  CHECK_FALSE(not_reached(failed(timeout, 0, true)));
}

TEST_CASE("a success is an answer of two hundred and something", "[mobile]") {
  FetchReply reply = answer("");
  for (int status : {200, 204, 299}) {
    reply.status = static_cast<std::uint16_t>(status);
    CHECK(is_success(reply));
  }
  for (int status : {100, 199, 300, 404, 500}) {
    reply.status = static_cast<std::uint16_t>(status);
    CHECK_FALSE(is_success(reply));
  }
  CHECK_FALSE(is_success(failed(FetchOutcome::timeout)));
}

TEST_CASE("what a server says of this very request, it would say again", "[mobile]") {
  FetchReply reply = answer("");
  for (int status : {400, 404, 499}) {
    reply.status = static_cast<std::uint16_t>(status);
    CHECK(is_refusal(reply));
  }
  for (int status : {200, 302, 408, 429, 500, 503}) {
    reply.status = static_cast<std::uint16_t>(status);
    CHECK_FALSE(is_refusal(reply));
  }
  using enum FetchOutcome;
  for (FetchOutcome outcome : {denied_target, invalid}) CHECK(is_refusal(failed(outcome)));
  for (FetchOutcome outcome : {resolve, connect, tls, timeout, too_large, broken, cancelled, unavailable, lost}) {
    CHECK_FALSE(is_refusal(failed(outcome)));
  }
}

TEST_CASE("what is done with a session has an address below it", "[mobile]") {
  OrsSession session{"A1~", "http://ors:7210", ""};
  CHECK(session_url(session, "terminate") == "http://ors:7210/scxml/session/A1~/terminate");
  CHECK(session_url(session, "request", "gms.start") == "http://ors:7210/scxml/session/A1~/request/gms.start");
  CHECK(session_url(session, "event", "a/b ?") == "http://ors:7210/scxml/session/A1~/event/a%2Fb%20%3F");
}

}  // namespace outpost::test::ors_session_test
