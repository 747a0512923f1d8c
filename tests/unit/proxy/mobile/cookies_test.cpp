#include "proxy/mobile/cookies.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::proxy::cookies_test {

namespace {

std::string fresh() { return "fresh1"; }
std::string none() { return {}; }

protocol::MobileEdge edge_of(std::vector<std::string> names = {"JSESSIONID"}) {
  protocol::MobileEdge edge;
  edge.cookie_names = std::move(names);
  edge.worker_name = "node1";
  return edge;
}

}  // namespace

TEST_CASE("a client without a cookie gets one", "[cookies]") {
  CHECK(cookie_lines("", edge_of(), fresh) == "Set-Cookie: JSESSIONID=fresh1.node1; Path=/genesys; HttpOnly\r\n");
  CHECK(cookie_lines("other=1", edge_of(), fresh) == cookie_lines("", edge_of(), fresh));
}

TEST_CASE("a client that has it gets none", "[cookies]") {
  auto header = GENERATE("JSESSIONID=abc.node1", "a=b; JSESSIONID=abc.node1; c=d", "a=b, JSESSIONID=\"abc.node1\"");
  CAPTURE(header);
  CHECK(cookie_lines(header, edge_of(), fresh).empty());
}

TEST_CASE("a cookie of another node keeps its id and gets our route", "[cookies]") {
  auto header = GENERATE("JSESSIONID=abc.node2", "JSESSIONID=abc", "JSESSIONID=abc.node1.x");
  CAPTURE(header);
  CHECK(cookie_lines(header, edge_of(), fresh) == "Set-Cookie: JSESSIONID=abc.node1; Path=/genesys; HttpOnly\r\n");
}

TEST_CASE("an id that could break out of its header, or is too long, is not sent back", "[cookies]") {
  auto id = GENERATE(as<std::string>{}, "a b", "a\tb", "<x>", "", "a-b", std::string(65, 'a'));
  CAPTURE(id);
  CHECK(cookie_lines("JSESSIONID=" + id + ".node2", edge_of(), fresh) == cookie_lines("", edge_of(), fresh));
}

TEST_CASE("each of the names has the same value, and only what lacks is sent", "[cookies]") {
  auto edge = edge_of({"JSESSIONID", "jsessionid"});
  CHECK(cookie_lines("", edge, fresh) ==
        "Set-Cookie: JSESSIONID=fresh1.node1; Path=/genesys; HttpOnly\r\n"
        "Set-Cookie: jsessionid=fresh1.node1; Path=/genesys; HttpOnly\r\n");
  CHECK(cookie_lines("jsessionid=abc.node1", edge, fresh) ==
        "Set-Cookie: JSESSIONID=abc.node1; Path=/genesys; HttpOnly\r\n");
}

TEST_CASE("without a name of the worker there is no route, and the option makes it secure", "[cookies]") {
  auto edge = edge_of();
  edge.worker_name.clear();
  edge.secure_cookie = true;
  CHECK(cookie_lines("", edge, fresh) == "Set-Cookie: JSESSIONID=fresh1; Path=/genesys; HttpOnly; Secure\r\n");
  CHECK(cookie_lines("JSESSIONID=abc", edge, fresh).empty());
}

TEST_CASE("without random bytes there is no cookie", "[cookies]") { CHECK(cookie_lines("", edge_of(), none).empty()); }

TEST_CASE("a new id is 26 letters and digits, and another each time", "[cookies]") {
  std::string id = new_cookie_id();
  CHECK(id.size() == 26);
  CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
  CHECK(id != new_cookie_id());
}

}  // namespace outpost::proxy::cookies_test
