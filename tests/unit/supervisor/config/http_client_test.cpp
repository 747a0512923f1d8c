#include "supervisor/config/http_client.h"

#include "supervisor/children/courier/child.h"
#include "supervisor/children/courier/configure.h"
#include "supervisor/config/tls_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::http_client_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

LoadedConfig good(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

std::string error(std::string_view entry) {
  auto loaded = parse_config(fmt::format(R"({{"http-client": [{}]}})", entry), "f.json");
  REQUIRE_FALSE(loaded);
  return loaded.error().front();
}

}  // namespace

TEST_CASE("a proxy is a host with a port, and its password is not shown", "[config]") {
  auto proxy = read_proxy("http://anna:pa55%40word!@proxy.example:3128/");
  REQUIRE(proxy);
  CHECK(proxy->host == "proxy.example");
  CHECK(proxy->port == 3128);
  CHECK(proxy->has_password);
  CHECK_FALSE(read_proxy("http://[::1]:8080")->has_password);
  for (const char* text : {"proxy:3128", "https://proxy:1", "socks5://a:1", "http://proxy", "http://:1", "http://p:0",
                           "http://p:65536", "http://p q:1", "http://p:1/x", "http://a:b@c@p:1", "http://a:b/c@p:1",
                           "http://a:b c@p:1", "http://a:%4@p:1", "http://a:%4g@p:1", "http://a:\"@p:1"}) {
    INFO(text);
    CHECK_FALSE(read_proxy(text));
  }
  std::string shown = print_config(good(R"({"http-client": [{"http-proxy": "http://anna:pa55word@proxy:3128",
                                                             "http-custom-headers": "X: topsecret"}]})"));
  CHECK_THAT(shown, ContainsSubstring("http://***@proxy:3128"));
  CHECK_THAT(shown, !ContainsSubstring("pa55word"));
  CHECK_THAT(shown, !ContainsSubstring("topsecret"));
}

TEST_CASE("a range of ports has two ends in order", "[config]") {
  REQUIRE(read_ports("40000-40999"));
  CHECK(read_ports("40000-40999")->low == 40'000);
  CHECK(read_ports("1-1")->high == 1);
  for (const char* text : {"", "1", "-", "1-", "2-1", "0-1", "1-65536", "a-b", "1-2-3", "1 - 2"}) {
    INFO(text);
    CHECK_FALSE(read_ports(text));
  }
}

TEST_CASE("an http-client that cannot be meant is an error that names the option", "[config]") {
  CHECK_THAT(error(R"({"http-proxy": "proxy"})"), ContainsSubstring("http-client[0].http-proxy: "));
  std::string at = error(R"({"http-proxy": "http://anna:pa55@word@proxy:3128"})");
  CHECK_THAT(at, ContainsSubstring("\"http://***@proxy:3128\" is no HTTP proxy"));
  CHECK_THAT(at, ContainsSubstring("as %XX"));
  CHECK_THAT(at, !ContainsSubstring("pa55"));
  CHECK_THAT(error(R"({"http-deny-targets": "10.0.0.0/33"})"), ContainsSubstring("http-client[0].http-deny-targets: "));
  CHECK_THAT(error(R"({"http-custom-headers": "A: 1 | Host: x"})"), ContainsSubstring("which is set by what is sent"));
  CHECK_THAT(error(R"({"http-client-ports": "9"})"), ContainsSubstring("as in 40000-40999"));
  CHECK_THAT(error(R"({"http-response-timeout": 0})"), ContainsSubstring("http-client[0].http-response-timeout: "));
  CHECK_THAT(error(R"({"key": "/k.pem"})"), ContainsSubstring("http-client[0].certificate: the key needs its"));
  CHECK_THAT(error(R"({"name": "a"}, {"name": "a"})"), ContainsSubstring("http-client[1].name: http-client[0] has"));
  auto warned = good(R"({"http-client": [{"http-client-ports": "4000-4009"}]})");
  REQUIRE(warned.warnings.size() == 1);
  CHECK_THAT(warned.warnings.front(), ContainsSubstring("fewer ports than http-max-connections"));
  warned = good(R"({"http-client": [{"http-connection-pool-size": 11, "http-max-connections": 10}]})");
  REQUIRE(warned.warnings.size() == 1);
  CHECK_THAT(warned.warnings.front(), ContainsSubstring("has the effect of http-max-connections, which is 10"));
}

TEST_CASE("the courier is told its part of the configuration", "[config]") {
  CHECK(to_courier(good("{}").config, 3).clients.empty());
  auto loaded = good(R"({"http-client": [{"name": "a", "http-custom-headers": "A: 1|B: 2", "http-client-ports": "5-9",
                         "http-max-connections": 5, "http-connection-pool-size": 5, "http-proxy": "http://p:1",
                         "http-allow-targets": "10.0.0.0/8", "minimum-version": "1.3", "ca": "/ca.pem"}, {}],
                         "application": {"channel-timeout": 700}})");
  loaded.config.tls_files["/ca.pem"].content = "trusted";
  loaded.config.tls_files[kSystemCa].content = "system";
  auto message = to_courier(loaded.config, 3);
  CHECK(message.generation == 3);
  CHECK(message.channel_timeout_ms == 700);
  CHECK(message.system_ca == "system");
  REQUIRE(message.clients.size() == 2);
  const protocol::FetchClient& client = message.clients.front();
  CHECK(client.headers == std::vector<std::string>{"A: 1", "B: 2"});
  CHECK(client.port_low == 5);
  CHECK(client.port_high == 9);
  CHECK(client.proxy == "http://p:1");
  CHECK(client.allow == "10.0.0.0/8");
  CHECK(client.minimum_version == protocol::TlsVersion::tls_1_3);
  CHECK(client.ca == "trusted");
  CHECK(message.clients.back().ca.empty());
  CHECK(message.clients.back().requests_per_server_max == 10);
}

TEST_CASE("a mobile node's courier has one client, which its section gms is about", "[config]") {
  LoadedConfig loaded = good(R"({"application": {"type": "mobile"}, "server": {"node_id": 1},
      "gms": {"http.client_port_range": "5-9", "http.allow_targets": "10.0.0.0/8", "http.ca_file": "/ca.pem",
              "http.connection_timeout": 3, "http.socket_timeout": 4, "http.max_connections_total": 7}})");
  loaded.config.tls_files["/ca.pem"].content = "trusted";
  loaded.config.http_clients.emplace_back();  // of the other type
  CHECK(wants_courier(loaded.config));
  auto message = to_courier(loaded.config, 3);
  REQUIRE(message.clients.size() == 1);
  const protocol::FetchClient& client = message.clients.front();
  CHECK(client.name == kNodeClient);
  CHECK(client.port_low == 5);
  CHECK(client.port_high == 9);
  CHECK(client.allow == "10.0.0.0/8");
  CHECK(client.deny == GmsConfig().deny_targets);
  CHECK(client.ca == "trusted");
  CHECK(client.requests_per_server_max == 7);
  CHECK(client.requests_max == 7);
  CHECK(message.system_ca.empty());
  CourierClient how = courier_clients(loaded.config).front();
  CHECK(how.connect_timeout == 3);
  CHECK(how.stall_timeout == 4);
}

TEST_CASE("a file of trusted certificates that was written anew is a change", "[config]") {
  Config before;
  before.gms.ca_file = "/ca.pem";
  before.tls_files["/ca.pem"].content = "old";
  Config after = before;
  CHECK(tls_file_changes(before, after).empty());
  after.tls_files["/ca.pem"].content = "new";
  CHECK(tls_file_changes(before, after) ==
        std::vector<std::string>{"gms.http.ca_file: read again, new content, at once"});
}

}  // namespace outpost::test::http_client_test
