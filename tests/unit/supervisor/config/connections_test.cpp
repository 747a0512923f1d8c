#include "supervisor/config/connections.h"

#include <catch2/generators/catch_generators.hpp>

#include "tests/unit/supervisor/config/mobile_file.h"

namespace outpost::test::connections_test {

using namespace outpost::supervisor;
using Addresses = std::vector<ServerAddress>;

TEST_CASE("addresses of servers are read with and without scheme and port", "[config][connections]") {
  auto [text, address] = GENERATE(table<std::string, ServerAddress>({
      {"ors", {false, "ors", 7'210}},
      {"ors.example:80", {false, "ors.example", 80}},
      {"http://ors", {false, "ors", 7'210}},
      {"https://ors:443/", {true, "ors", 443}},
      {"10.0.0.1:65535", {false, "10.0.0.1", 65'535}},
      {"[2001:db8::1]", {false, "2001:db8::1", 7'210}},
      {"[::1]:1", {false, "::1", 1}},
  }));
  CAPTURE(text);
  auto read = read_addresses(text, kOrsPort);
  REQUIRE(read);
  CHECK(*read == Addresses{address});
}

TEST_CASE("what is no address of a server is refused", "[config][connections]") {
  for (const char* text : {",", "a,", " ", "a:0", "a:65536", "a:x", "a:", "a/b", "http://a/b", "a?b", "u@a", "ftp://a",
                           "::1", "[1.2.3.4]", "a b", "http://", "a\\b", "a#b"}) {
    CAPTURE(text);
    CHECK_FALSE(read_addresses(text, kOrsPort));
  }
  CHECK(read_addresses("", kOrsPort)->empty());
  std::string many = "a";
  for (std::size_t i = 1; i < kOrsAddressesMax; ++i) many += ",a";
  CHECK(read_addresses(many, kOrsPort)->size() == kOrsAddressesMax);
  CHECK(read_addresses(many + ",a", kOrsPort).error() == "has 65 addresses, and 64 is the most");
}

TEST_CASE("the URL of a server has its port, and IPv6 in brackets", "[config][connections]") {
  CHECK(ServerAddress{false, "ors", 7'210}.url() == "http://ors:7210");
  CHECK(ServerAddress{true, "::1", 443}.url() == "https://[::1]:443");
}

TEST_CASE("servers of ORS are taken in the order of the file", "[config][connections]") {
  Config config = load_mobile(R"("connections": [{"host": "b"}, {"host": "w", "type": "webapi"}, {},
    {"name": "n", "host": "a", "port": 81, "secure": true}])")
                      .config;
  CHECK(ors_connections(config) == Addresses{{false, "b", 7'210}, {true, "a", 81}});
  CHECK(ors_connections(load_mobile("").config).empty());
  CHECK(load_mobile("").config.ors.max_ors_request_attempts == 3);
}

TEST_CASE("each wrong connection has its sentence", "[config][connections]") {
  CHECK(mobile_errors(R"("connections": [{"name": "a"},
{"name": "b", "host": "h"}, {"name": "b", "host": "h"},
{"host": "a b"}, {"host": "1::2::3"},
{"host": "h", "type": "chat", "port": 65536}],
"ors": {"max_ors_request_attempts": 0})") ==
        Lines{"f.json:2: connections[0].host: a server must have one; valid: a host name or address",
              "f.json:3: connections[2].name: connections[1] has this name too; valid: a name of its own",
              "f.json:4: connections[3].host: \"a b\" holds a character that no host name has; valid: a host name or "
              "address",
              "f.json:4: connections[4].host: \"1::2::3\" is no address of IPv6; valid: a host name or address",
              "f.json:5: connections[5].type: \"chat\" is not one of the words it may be; valid: ors or webapi",
              "f.json:5: connections[5].port: 65536 is out of range; valid: 0 to 65535",
              "f.json:6: ors.max_ors_request_attempts: 0 is out of range; valid: 1 to 100 attempts"});
}

TEST_CASE("there are not more servers than anybody has", "[config][connections]") {
  std::string entries = R"({"host": "h"})";
  for (std::size_t i = 1; i < kConnectionsMax; ++i) entries += R"(, {"host": "h"})";
  CHECK(mobile_errors(fmt::format(R"("connections": [{}])", entries)).empty());
  CHECK(mobile_errors(fmt::format(R"("connections": [{}, {{"host": "h"}}, {{"host": "h"}}])", entries)) ==
        Lines{"f.json:2: connections[64].name: there are too many; valid: up to 64"});
}

}  // namespace outpost::test::connections_test
