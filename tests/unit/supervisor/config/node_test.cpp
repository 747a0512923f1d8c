// The configuration of a mobile node, and what it is to that of outbound.
#include "supervisor/config/node.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "supervisor/config/config.h"

namespace outpost::test::node_test {

using namespace outpost::supervisor;

namespace {

using Lines = std::vector<std::string>;

// A mobile node with these members of the section server, and further sections.
std::string mobile(const std::string& server, const std::string& sections = "") {
  return R"({"application": {"type": "mobile"}, "server": {)" + server + "}" + sections + "}";
}

LoadedConfig good(const std::string& text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

Lines errors(const std::string& text) {
  auto loaded = parse_config(text, "f.json");
  return loaded ? Lines{} : loaded.error();
}

}  // namespace

TEST_CASE("a default may be that of the type", "[config][node]") {
  Config node = good(mobile(R"("node_id": 99)")).config;
  CHECK(node.application.type == ApplicationType::mobile);
  CHECK(node.node.node_id == 99);
  CHECK(node.application.limits.body_bytes_max == 10 * 1024 * 1024);
  CHECK(node.application.limits.connections_max == 50'000);
  CHECK(node.store.url == "sqlite:///var/lib/outpost-mobile/mobile.db");
  CHECK(node.log.directory == "/var/log/outpost-mobile");
  CHECK(node.control.socket == "/run/outpost-mobile/control.sock");
  char name[256] = {};
  REQUIRE(gethostname(name, sizeof name - 1) == 0);
  CHECK(node.node.web_host == name);
  // What the other type has by default is a value as every other.
  Config given = good(R"({"application": {"type": "mobile", "http-max-body": 65536, "http-max-connections": 1024},
                          "store": {"url": "sqlite:///var/lib/outpost/outpost.db"}, "server": {"node_id": 0}})")
                     .config;
  CHECK(given.application.limits.body_bytes_max == 65'536);
  CHECK(given.application.limits.connections_max == 1'024);
  CHECK(given.store.url == "sqlite:///var/lib/outpost/outpost.db");
  CHECK(good(R"({"application": {"type": "outbound"}})").config.application.limits.connections_max == 1'024);
}

TEST_CASE("what is of the other type is refused, with what there is instead", "[config][node]") {
  constexpr std::string_view kOutbound = "is for applications of type outbound, and this one is of type mobile";
  constexpr std::string_view kMobile = "is for applications of type mobile, and this one is of type outbound";
  CHECK(errors(mobile(R"("node_id": 1)", R"(,
"redundancy": {"enabled": true},
"http-client": [],
"webhooks": [])")) ==
        Lines{fmt::format("f.json:2: redundancy: the section {}: all nodes are active and share the store", kOutbound),
              fmt::format("f.json:3: http-client: the section {}: the section gms says how requests to other servers "
                          "are made",
                          kOutbound),
              fmt::format("f.json:4: webhooks: the section {}", kOutbound)});
  for (const char* option :
       {"dbid", "idempotency-retention", "missed-callback-timeout", "session-timeout", "http-max-keys",
        "http-max-key-length", "unknown-fields", "record-processed", "validation-uri"}) {
    CHECK(errors(
              fmt::format(R"({{"application": {{"type": "mobile", "{}": 1}}, "server": {{"node_id": 1}}}})", option)) ==
          Lines{fmt::format("f.json:1: application.{}: the option {}", option, kOutbound)});
  }
  CHECK(errors(R"({"server": {}})") ==
        Lines{fmt::format("f.json:1: server: the section {}: the section server-info has the name of the host",
                          kMobile)});
  CHECK(errors(R"({"listeners": [{"exposure": "external"}]})") ==
        Lines{fmt::format("f.json:1: listeners[0].exposure: the option {}", kMobile)});
  CHECK(errors(R"({"application": {"type": "mobil"}})") ==
        Lines{"f.json:1: application.type: \"mobil\" is not one of the words it may be; valid: outbound or mobile"});
  CHECK(errors(R"({"application": {"type": 2}})") ==
        Lines{"f.json:1: application.type: 2 is not a string; valid: outbound "
              "or mobile"});
}

TEST_CASE("a value is printed when it is of the type", "[config][node]") {
  std::string printed = print_config(good(mobile(R"("node_id": 5, "username": "u", "password": "secret")")));
  CHECK(printed.find("server.node_id = 5 ") != std::string::npos);
  CHECK(printed.find("application.type = \"mobile\"") != std::string::npos);
  CHECK(printed.find("redundancy.") == std::string::npos);
  CHECK(printed.find("application.dbid") == std::string::npos);
  CHECK(printed.find("secret") == std::string::npos);
  printed = print_config(good("{}"));
  CHECK(printed.find("server.") == std::string::npos);
  CHECK(printed.find("store.synchronous") == std::string::npos);
}

TEST_CASE("each wrong value of a mobile node has its sentence", "[config][node]") {
  auto [server, error] = GENERATE(table<std::string, std::string>({
      {"", "node_id: a mobile node must have one; valid: 0 to 99, and none that another node of the store has"},
      {R"("node_id": 100)", "node_id: 100 is out of range; valid: 0 to 99"},
      {R"("node_id": -1)", "node_id: -1 is out of range; valid: 0 to 99"},
      {R"("node_id": 0, "username": "u")", "password: a username needs its password; valid: both or neither"},
      {R"("node_id": 0, "password": "p")", "username: a password needs its username; valid: both or neither"},
      {R"("node_id": 0, "username": "a:b", "password": "p")",
       "username: \"a:b\" holds a colon, which ends a user name in Basic; valid: a text of up to 255 bytes without a "
       "colon"},
      {R"("node_id": 0, "worker_name": "a.b")",
       "worker_name: \"a.b\" holds a character other than letters, digits, - and _; valid: letters, digits, - and _, "
       "or "
       "empty"},
      {R"("node_id": 0, "external_url_base": "https://a/b")",
       "external_url_base: \"https://a/b\" does not end with /; valid: an address as https://HOST/ or "
       "http://HOST:PORT/PATH/, or empty"},
      {R"("node_id": 0, "external_url_base": "ftp://a/")",
       "external_url_base: \"ftp://a/\" is no address of http or https; valid: an address as https://HOST/ or "
       "http://HOST:PORT/PATH/, or empty"},
      {R"("node_id": 0, "shutdown_delay": 301)", "shutdown_delay: 301 is out of range; valid: 0 to 300 seconds"},
  }));
  CAPTURE(server);
  CHECK(errors(mobile(server)) == Lines{"f.json:1: server." + error});
}

TEST_CASE("lists of a mobile node are checked item by item", "[config][node]") {
  auto [option, value, fault] = GENERATE(table<std::string, std::string, std::string>({
      {"sticky_cookie_names", "JSESSIONID, jsessionid", ""},
      {"sticky_cookie_names", "a b", "has an item that is no name of a cookie"},
      {"sticky_cookie_names", "a,", "has an item that is no name of a cookie"},
      {"sticky_cookie_names", "a,a", "names a cookie twice"},
      {"cross_origin", "https://a.example, http://b:8080,https://[::1]:1", ""},
      {"cross_origin", "https://a.example, *",
       "has *, and with it every page that a customer looks at could use the customer's session"},
      {"cross_origin", "a.example", "has an item that is no origin"},
      {"cross_origin", "https://a/", "has an item with a path, and an origin ends with its host or port"},
      {"dateFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSZ z XXX ''", ""},
      {"dateFormat", "yyyy-MM-dd hh:mm", "has the letter h, which is not supported outside of apostrophes"},
      {"dateFormat", "yyyy'T", "has an apostrophe without its second"},
  }));
  CAPTURE(option, value);
  Lines found = errors(mobile(fmt::format(R"("node_id": 0, "{}": "{}")", option, value)));
  CHECK(found.empty() == fault.empty());
  if (!fault.empty()) CHECK(found.front().find(fmt::format("\"{}\" {}; valid: ", value, fault)) != std::string::npos);
}

TEST_CASE("what will hold a mobile node up is a warning", "[config][node]") {
  std::string few = R"(, "gms": {"http.client_port_range": "40000-40049"})";
  CHECK(good(mobile(R"("node_id": 0)", few)).warnings ==
        Lines{"f.json:1: gms.http.client_port_range: has fewer ports than http.max_connections_total, which is 100"});
  CHECK(errors(mobile(R"("node_id": 0)", R"(, "gms": {"http.client_port_range": "2-1"})")).size() == 1);
  CHECK(errors(mobile(R"("node_id": 0)", R"(, "gms": {"http.deny_targets": "10.0.0.1/8"})")).size() == 1);
  CHECK(good(R"({"application": {"http-max-bodies": 3221225472}})").warnings ==
        Lines{"f.json:1: application.http-max-bodies: is more than a quarter of sandbox.memory-limit, 2048 MiB, with "
              "which the "
              "proxy ends: bodies may take four times their bytes, and connections need room as well"});
  CHECK(good(R"({"application": {"http-max-body": 1048577, "http-max-bodies": 1048576, "type": "mobile"},
                 "server": {"node_id": 1}})")
            .warnings == Lines{"f.json:1: application.http-max-bodies: is less than http-max-body, which is 1048577 "
                               "bytes: such a body is never served"});
  CHECK(good(R"({"application": {"http-max-bodies": 3221225472}, "sandbox": {"memory-limit": 0}})").warnings.empty());
}

TEST_CASE("a listener sends its clients to one that is secure", "[config][node]") {
  auto listeners = [](std::string_view first, std::string_view second) {
    return fmt::format(R"({{"listeners": [{{"name": "a", "redirect-to": "b"{}}},
{{"name": "b", "port": 1{}}}]}})",
                       first, second);
  };
  constexpr std::string_view kSecure = R"(, "secure": true, "certificate": "/c", "key": "/k")";
  CHECK(good(listeners("", kSecure)).config.listeners[0].redirect_to == "b");
  CHECK(errors(listeners("", "")) ==
        Lines{"f.json:1: listeners[0].redirect-to: listeners[1] is not a secure listener of "
              "protocol http; valid: the name of one"});
  CHECK(errors(listeners("", fmt::format(R"(, "protocol": "admin"{})", kSecure))).size() == 1);
  Lines own{
      "f.json:1: listeners[0].redirect-to: only a listener of protocol http that is not secure sends its clients "
      "elsewhere; valid: empty"};
  CHECK(errors(listeners(kSecure, kSecure)) == own);
  CHECK(errors(listeners(R"(, "protocol": "admin")", kSecure)) == own);
  CHECK(errors(R"({"listeners": [{"redirect-to": "nowhere"}]})") ==
        Lines{"f.json:1: listeners[0].redirect-to: no listener has this name; valid: the name of a secure listener of "
              "protocol http"});
}

TEST_CASE("a file of another type waits as a whole for the restart", "[config][node]") {
  Config outbound = good(R"({"listeners": [{}], "http-client": [{}], "log": {"level": "trace"}})").config;
  Config node = good(mobile(R"("node_id": 3)", R"(, "log": {"level": "debug"})")).config;
  const Lines kWaits{R"(application.type: "outbound" -> "mobile", after a restart)"};
  CHECK(config_changes(outbound, node, outbound) == kWaits);
  Config in_force = config_in_force(outbound, node);
  CHECK(in_force.application.type == ApplicationType::outbound);
  CHECK(in_force.application.limits.body_bytes_max == 64 * 1024);
  CHECK(in_force.http_clients.size() == 1);
  CHECK(in_force.log.level == outbound.log.level);
  RunningProxy proxy{ListenerProtocol::http, &outbound};
  CHECK(config_waiting(in_force, node, std::span(&proxy, 1)) == kWaits);
  // And back.
  CHECK(config_changes(node, outbound, in_force) == Lines{R"(application.type: "mobile" -> "outbound", at once)"});
  CHECK(config_in_force(in_force, outbound).log.level == outbound.log.level);
}

TEST_CASE("a mobile node takes its own options at once", "[config][node]") {
  Config before = good(mobile(R"("node_id": 3)")).config;
  Config after = good(mobile(R"("node_id": 4, "worker_name": "w")", R"(, "gms": {"http.socket_timeout": 3},
"store": {"synchronous": "power"})"))
                     .config;
  CHECK(config_changes(before, after, before) == Lines{"gms.http.socket_timeout: 2 -> 3, at once",
                                                       "server.node_id: 3 -> 4, at once",
                                                       R"(server.worker_name: "" -> "w", at once)",
                                                       R"(store.synchronous: "process" -> "power", after a restart)"});
}

}  // namespace outpost::test::node_test
