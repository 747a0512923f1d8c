#include "supervisor/children/http_proxy/configure.h"

#include "common/digest.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::configure_test {

using namespace outpost::supervisor;

namespace {

LoadedConfig good(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

}  // namespace

TEST_CASE("the proxy is told its part of the configuration", "[config]") {
  protocol::Configure message = to_proxy(good("{}").config, 7, ListenerProtocol::http);
  CHECK(message.generation == 7);
  CHECK(message.limits.idle_timeout_ms == 60'000);
  CHECK(message.log.level == LogLevel::interaction);

  message = to_proxy(good(R"({"application": {"http-request-timeout": 3, "channel-timeout": 250, "encoding": "cp1252"},
                              "listeners": [{"name": "a", "address": "::", "port": 0}],
                              "server-info": {"host": "h"}})")
                         .config,
                     8, ListenerProtocol::http);
  CHECK(message.limits.request_timeout_ms == 3'000);
  CHECK(message.limits.channel_timeout_ms == 250);
  CHECK(message.encoding == "cp1252");
  CHECK(message.listeners == std::vector<protocol::ListenAddress>{{"a", "::", 0, false, false, ""}});
}

TEST_CASE("a proxy of two supervisors misses its own before the lease is another's", "[config]") {
  LoadedConfig loaded = good(R"({"application": {"channel-timeout": 5000}, "redundancy": {"lease-time": 3000}})");
  CHECK(proxy_limits(loaded.config).channel_timeout_ms == 5'000);
  loaded.config.redundancy.enabled = true;
  CHECK(proxy_limits(loaded.config).channel_timeout_ms == 2'000);
}

TEST_CASE("a proxy listens where its protocol is spoken, and nowhere else", "[config]") {
  LoadedConfig loaded = good(R"({"listeners": [{"name": "a", "protocol": "admin", "port": 0},
                                               {"name": "b", "address": "::1", "port": 0}]})");
  for (ListenerConfig& listener : loaded.config.listeners) listener.secure = true;
  auto name_and_tls = [&](ListenerProtocol protocol) {
    protocol::Configure message = to_proxy(loaded.config, 1, protocol);
    REQUIRE(message.listeners.size() == 1);
    REQUIRE(message.tls.size() == 1);
    CHECK(message.listeners == listen_addresses(loaded.config, protocol));
    CHECK(message.tls[0].listener == message.listeners[0].name);
    return message.listeners[0].name;
  };
  CHECK(name_and_tls(ListenerProtocol::admin) == "a");
  CHECK(name_and_tls(ListenerProtocol::http) == "b");
}

TEST_CASE("who may use the data, and how often, is not said of those who watch", "[config]") {
  LoadedConfig loaded = good(R"({"application": {"http-allow": "10.0.0.0/8", "http-deny": "10.1.0.0/16",
                                                 "http-request-rate": 7, "http-max-connections": 9}})");
  protocol::ProxyLimits data = to_proxy(loaded.config, 1, ListenerProtocol::http).limits;
  CHECK(data.allow == "10.0.0.0/8");
  CHECK(data.deny == "10.1.0.0/16");
  CHECK(data.request_rate == 7);
  protocol::ProxyLimits admin = to_proxy(loaded.config, 1, ListenerProtocol::admin).limits;
  CHECK(admin.allow.empty());
  CHECK(admin.deny.empty());
  CHECK(admin.request_rate == 0);
  // What else is bounded is bounded here as well.
  CHECK(admin.connections_max == data.connections_max);
  CHECK(admin.connections_max == 9);
}

TEST_CASE("a mobile node's proxy is told its edge, who reaches it, and what it speaks", "[config]") {
  LoadedConfig loaded = good(R"({"listeners": [{"name": "a", "port": 0}]})");
  CHECK(service_dialect(loaded.config).empty());
  loaded.config.application.type = ApplicationType::mobile;
  loaded.config.application.limits.trusted_proxies = "10.0.0.0/8";
  loaded.config.application.limits.bodies_bytes_max = 4711;
  loaded.config.node.cross_origin = "https://a.example, https://b.example";
  loaded.config.node.worker_name = "one";
  loaded.config.node.secure_cookie = true;
  loaded.config.listeners[0].exposure = Exposure::external;
  loaded.config.listeners[0].redirect_to = "b";
  CHECK(service_dialect(loaded.config) == "mobile");
  protocol::Configure message = to_proxy(loaded.config, 1, ListenerProtocol::http);
  CHECK(message.mobile.origins == std::vector<std::string>{"https://a.example", "https://b.example"});
  CHECK(message.mobile.cookie_names == std::vector<std::string>{"JSESSIONID"});
  CHECK(message.mobile.worker_name == "one");
  CHECK(message.mobile.secure_cookie);
  CHECK(message.limits.trusted_proxies == "10.0.0.0/8");
  CHECK(message.limits.bodies_bytes_max == 4711);
  REQUIRE(message.listeners.size() == 1);
  CHECK(message.listeners[0].external);
  CHECK(message.listeners[0].redirect_to == "b");
}

TEST_CASE("a user and password travel as the digest of the two, and not by halves", "[config]") {
  LoadedConfig loaded = good("{}");
  CHECK(credentials(loaded.config).empty());
  loaded.config.node.username = "ann";
  CHECK(credentials(loaded.config).empty());
  loaded.config.node.password = "secret";
  auto pairs = credentials(loaded.config);
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].name == "server");
  CHECK(pairs[0].digest == sha256("ann:secret"));
}

}  // namespace outpost::test::configure_test
