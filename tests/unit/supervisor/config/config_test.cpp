#include "supervisor/config/config.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "protocol/manual.h"
#include "tests/support/member_count.h"

namespace outpost::test::config_test {

using namespace outpost::supervisor;

namespace {

using Lines = std::vector<std::string>;

LoadedConfig good(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

Lines errors(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  return loaded ? Lines{} : loaded.error();
}

constexpr std::array<ApplicationType, 2> kTypes{ApplicationType::outbound, ApplicationType::mobile};

// A file of a type with one number, and what such a file must have.
std::string file_with(ApplicationType type, const OptionSection& section, const OptionRow& row, std::int64_t number) {
  std::map<std::string, std::string> sections{{"application", fmt::format("\"type\": \"{}\"", word_of(type))}};
  if (type == ApplicationType::mobile && row.name != "node_id") sections["server"] = "\"node_id\": 1";
  std::string instance(section.name);
  if (section.shape == OptionShape::by_name) instance = section.name == "list.*" ? "list.a.b" : "push.provider.event";
  if (section.name == "connections") sections[instance] = "\"host\": \"h\"";
  std::string& members = sections[instance];
  members += fmt::format("{}\"{}\": {}", members.empty() ? "" : ", ", row.name, number);
  std::string text;
  for (const auto& [name, inside] : sections) {
    bool array = section.name == name && section.shape == OptionShape::array;
    text +=
        fmt::format("{}\"{}\": {}{{{}}}{}", text.empty() ? "" : ", ", name, array ? "[" : "", inside, array ? "]" : "");
  }
  return "{" + text + "}";
}

// While a proxy runs that began with `begun_with`.
Lines waiting_of(const Config& in_force, const Config& latest, const Config& begun_with,
                 ListenerProtocol protocol = ListenerProtocol::http) {
  RunningProxy proxy{protocol, &begun_with};
  return config_waiting(in_force, latest, std::span(&proxy, 1));
}

Lines changes(std::string_view before, std::string_view after) {
  Config started = good(before).config;
  return config_changes(started, good(after).config, started);
}

}  // namespace

TEST_CASE("every option has a name of its own, a text, a source and a valid default", "[config]") {
  std::set<std::string_view> sections;
  for (const OptionSection& section : config_options().table()) {
    CAPTURE(section.name);
    CHECK(sections.insert(section.name).second);
    CHECK_FALSE(section.text.empty());
    CHECK_FALSE(section.rows.empty());
    std::string_view last;
    for (const OptionRow& row : section.rows) {
      CAPTURE(row.name);
      CHECK(row.name > last);
      last = row.name;
      CHECK(row.facts.text.ends_with('.'));
      CHECK((row.facts.source.starts_with("Source: ") || row.facts.source.starts_with("Assumption: ")));
      CHECK_FALSE(row.valid_text().empty());
      if (std::holds_alternative<std::int64_t>(row.default_value)) CHECK(row.facts.low < row.facts.high);
    }
  }
  // That the defaults are valid is shown by the sample, which holds them all.
  for (ApplicationType type : kTypes) CHECK(errors(sample_config(type)) == Lines{});
}

TEST_CASE("a default of the structs is that of outbound", "[config]") {
  const Options<Config>& options = config_options();
  Lines other;
  for (const OptionChange& change :
       changed_settings(options.table(), options.settings(Config()), good("{}").settings)) {
    other.push_back(change.option);
  }
  // What a file is asked for that does not name it: the name of the machine.
  CHECK(other == Lines{"server-info.host", "server.web_host", "redundancy.name"});
}

TEST_CASE("the limits of each number fit the member it is for", "[config]") {
  for (ApplicationType type : kTypes) {
    for (const OptionSection& section : config_options().table()) {
      for (const OptionRow& row : section.rows) {
        if (!std::holds_alternative<std::int64_t>(row.default_value)) continue;
        if (!section.is_for(word_of(type)) || !row.is_for(word_of(type))) continue;
        CAPTURE(word_of(type), section.name, row.name);
        for (std::int64_t number : {row.facts.low, row.high_for(word_of(type))}) {
          LoadedConfig loaded = good(file_with(type, section, row, number));
          OptionSettings settings = config_options().settings(loaded.config);
          CHECK(changed_settings(config_options().table(), settings, loaded.settings).empty());
          CHECK(print_config(loaded).find(fmt::format(".{} = {} ", row.name, number)) != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("each limit of the proxy has a row of its own", "[config]") {
  auto check = [](const auto& field) {
    Config config;
    auto& member = config.application.limits.*(field.member);
    if constexpr (std::is_integral_v<std::decay_t<decltype(member)>>) {
      member += 1'000;
    } else {
      member += "::1";
    }
    const Options<Config>& options = config_options();
    auto changes = changed_settings(options.table(), options.settings(Config()), options.settings(config));
    INFO("ProxyLimits::" << field.name << " of protocol/channel/settings.h needs a row in options_http.cpp");
    CHECK(changes.size() == 1);
  };
  std::apply([&](const auto&... fields) { (check(fields), ...); }, protocol::ProxyLimits::fields());
}

TEST_CASE("each member of the configuration has a row", "[config]") {
  std::map<std::string_view, std::size_t> members{
      // In the place of three members, the limits, which are another test's, and the like.
      {"application", test::member_count<ApplicationConfig>() - 3 + test::member_count<protocol::ProxyLimits>() +
                          test::member_count<protocol::HttpSettings>() + test::member_count<OutwardConfig>()},
      {"server-info", test::member_count<ServerInfoConfig>()},
      {"listeners", test::member_count<ListenerConfig>()},
      {"certificates", test::member_count<CertificateConfig>()},
      {"http-client", test::member_count<HttpClientConfig>()},
      {"webhooks", test::member_count<WebhookConfig>()},
      {"gms", test::member_count<GmsConfig>()},
      // Both spellings, and what is no member of either.
      {"service.*", test::member_count<ServiceConfig>() - 2 + 2 * test::member_count<ServiceOptions>()},
      {"resources", test::member_count<ResourcesConfig>()},
      {"list.*", test::member_count<ListGroupConfig>()},
      {"connections", test::member_count<ConnectionConfig>()},
      {"ors", test::member_count<OrsConfig>()},
      {"alarms", test::member_count<AlarmsConfig>()},
      // Each with the options of a format, and those of a provider as one.
      {"push", test::member_count<PushConfig>() + test::member_count<PushFormatOptions>()},
      {"push.provider.*", test::member_count<PushSectionConfig>() - 1 + test::member_count<PushFormatOptions>()},
      {"server", test::member_count<NodeConfig>()},
      {"sandbox", test::member_count<protocol::SandboxSettings>()},
      {"log", test::member_count<LogConfig>()},
      {"store", test::member_count<StoreConfig>()},
      {"redundancy", test::member_count<RedundancyConfig>()},
      {"control", test::member_count<ControlConfig>()},
  };
  for (const OptionSection& section : config_options().table()) {
    INFO("a member of section " << section.name << " has no row in supervisor/config/options_*.cpp");
    CHECK(members.at(section.name) == section.rows.size());
  }
  CHECK(members.size() == config_options().table().size());
}

TEST_CASE("the sample says what the defaults are", "[config]") {
  LoadedConfig sample = good(sample_config(ApplicationType::outbound));
  CHECK(sample.warnings.empty());
  REQUIRE(sample.config.listeners.size() == 1);
  Config defaults = good("{}").config;
  CHECK(defaults.listeners.empty());
  defaults.listeners.emplace_back();
  defaults.certificates.emplace_back();
  defaults.http_clients.emplace_back();
  defaults.webhooks.emplace_back();
  CHECK(config_changes(sample.config, defaults, sample.config).empty());

  sample = good(sample_config(ApplicationType::mobile));
  CHECK(sample.warnings.empty());
  defaults = good(R"({"application": {"type": "mobile"}, "server": {"node_id": 0}})").config;
  defaults.listeners.emplace_back();
  defaults.certificates.emplace_back();
  defaults.connections.emplace_back();
  // The examples, whose values are no defaults.
  CHECK(sample.config.services.size() == 3);
  CHECK(sample.config.list_groups.at("GMS_Resources.Support").values.size() == 3);
  sample.config.services.clear();
  sample.config.list_groups.clear();
  sample.config.push_providers.clear();
  CHECK(config_changes(sample.config, defaults, sample.config).empty());
}

TEST_CASE("the manuals name every option and every request", "[config]") {
  std::string manual = options_manual();
  for (const OptionSection& section : config_options().table()) {
    for (const OptionRow& row : section.rows) CHECK(manual.find(fmt::format(".{}\n", row.name)) != std::string::npos);
  }
  std::string messages = protocol::messages_manual();
  CHECK(messages.find("| lists | AddRecord | Adds a record to a calling list.") != std::string::npos);
  CHECK(messages.find("one record is made. | POST, PUT | Desktop | AddRecordAcknowledge |") != std::string::npos);
  CHECK(messages.find("**2 Configure**: ") != std::string::npos);
  CHECK(messages.find("| 103 | MissingAttribute | 400 |") != std::string::npos);
  CHECK(messages.find("102 is 404 when the resource type itself is not known.") != std::string::npos);
  CHECK(messages.find("| GSW_CALL_TIME | integer from 0 to 253402214399 |") != std::string::npos);
  CHECK(messages.find("| GSW_CHAIN_ID | integer from 0 to 9007199254740991 |") != std::string::npos);
}

TEST_CASE("the host is the machine's unless the file says otherwise", "[config]") {
  char name[256] = {};
  REQUIRE(gethostname(name, sizeof name - 1) == 0);
  CHECK(good("{}").config.server_info.host == name);
  CHECK(good("{}").config.advertised_host() == name);
  CHECK(good(R"({"server-info": {"host": "a"}})").config.advertised_host() == "a");
  CHECK(print_config(good(R"({"server-info": {"host": "a"}})")).find("server-info.advertised-host = \"a\"") !=
        std::string::npos);
  auto both = good("{\"server-info\": {\"host\": \"a\",\n\"advertised-host\": \"b.example\"}}");
  CHECK(both.config.advertised_host() == "b.example");
  CHECK(print_config(both).find("server-info.advertised-host = \"b.example\"") != std::string::npos);
  CHECK(print_config(good("{\"server-info\": {\"host\": \"\"}}")).find("f.json") == std::string::npos);
}

TEST_CASE("each wrong value of the configuration has its sentence", "[config]") {
  auto [text, error] = GENERATE(table<std::string, std::string>({
      {R"({"application": {"http-request-timeout": 301}})",
       "f.json:1: application.http-request-timeout: 301 is out of range; valid: 1 to 300 seconds"},
      {R"({"application": {"http-reqest-timeout": 30}})",
       "f.json:1: application.http-reqest-timeout: there is no such option; did you mean http-request-timeout?"},
      {R"({"srv": {}})",
       "f.json:1: srv: there is no such section; valid: application, server-info, listeners, certificates, "
       "http-client, webhooks, sandbox, log, store, redundancy, control"},
      {R"({"application": {"encoding": "UTF-16"}})",
       "f.json:1: application.encoding: \"UTF-16\" is a character set that does not write ASCII as ASCII; valid: a "
       "character set's name as iconv knows it, or empty"},
      {R"({"application": {"encoding": "utf-8//TRANSLIT"}})",
       "f.json:1: application.encoding: \"utf-8//TRANSLIT\" holds a character that no character set's name has; valid: "
       "a character set's name as iconv knows it, or empty"},
      {R"({"server-info": {"host": "a b"}})",
       "f.json:1: server-info.host: \"a b\" holds a character that no host name has; valid: a host name or address, or "
       "empty"},
      {R"({"listeners": [{"address": "localhost"}]})",
       "f.json:1: listeners[0].address: \"localhost\" is no numeric address; valid: a numeric IPv4 or IPv6 address"},
      {R"({"listeners": [{"port": 65536}]})", "f.json:1: listeners[0].port: 65536 is out of range; valid: 0 to 65535"},
      {R"({"listeners": [{"protocol": "https"}]})",
       "f.json:1: listeners[0].protocol: \"https\" is not one of the words it may be; valid: http or admin"},
      {R"({"log": {"level": "verbose"}})",
       "f.json:1: log.level: \"verbose\" is not one of the words it may be; valid: standard, interaction, trace or "
       "debug"},
      {R"({"log": {"directory": "logs"}})",
       "f.json:1: log.directory: \"logs\" is no absolute path; valid: an absolute path"},
      {R"({"store": {"url": "sqlite://outpost.db"}})",
       "f.json:1: store.url: \"sqlite://outpost.db\" is no store; valid: sqlite:/// and an absolute path, as in "
       "sqlite:///var/lib/outpost/outpost.db, or a connection URI of PostgreSQL, as in "
       "postgresql://outpost@db1,db2/outpost"},
      {R"({"redundancy": {"enabled": true, "lease-time": 1000}})",
       "f.json:1: redundancy.renewal-interval: 500 ms is more than a quarter of lease-time, 1000 ms; valid: up to 250 "
       "ms"},
      {R"({"control": {"socket": "control.sock"}})",
       "f.json:1: control.socket: \"control.sock\" is no absolute path; valid: an absolute path of at most 107 bytes"},
      {"{\n\"log\": {},\n\"log\": {}\n}",
       "f.json: line 3, column 1: expected each key once, but \"log\" was there before"},
      {"{\"log\": {\"level\": trace}}", "f.json: line 1, column 19: expected a value"},
      {"", "f.json: line 1, column 1: expected a value"},
      {"7", "f.json:1: the file holds an integer; valid: an object of sections"},
  }));
  CAPTURE(text);
  CHECK(errors(text) == Lines{error});
}

TEST_CASE("two errors of a file are both reported, in the order of the file", "[config]") {
  CHECK(errors("{\n  \"listeners\": [\n    {\"port\": 8080},\n    {\"port\": 8080, \"nmae\": \"b\"}\n  ],\n"
               "  \"application\": {\n    \"dbid\": 0\n  }\n}") ==
        Lines{"f.json:4: listeners[1].nmae: there is no such option; did you mean name?",
              "f.json:7: application.dbid: 0 is out of range; valid: 1 to 2147483647"});
}

TEST_CASE("listeners that are in each other's way are an error", "[config]") {
  CHECK(errors("{\"application\": {\"dbid\": 0},\n\"listeners\": [\n{},\n{}]}") ==
        Lines{"f.json:1: application.dbid: 0 is out of range; valid: 1 to 2147483647",
              "f.json:4: listeners[1].name: listeners[0] has this name too; valid: a name of its own",
              "f.json:4: listeners[1].port: listeners[0] has this address and port too; valid: another port"});
}

TEST_CASE("listeners may share a port on different addresses, and port 0", "[config]") {
  CHECK(good(R"({"listeners": [{"name": "a"}, {"name": "b", "address": "::1"}]})").config.listeners.size() == 2);
  CHECK(good(R"({"listeners": [{"name": "a", "port": 0}, {"name": "b", "port": 0}]})").config.listeners.size() == 2);
}

TEST_CASE("what will be ignored is a warning", "[config]") {
  LoadedConfig loaded = good(
      "{\"application\": {\n\"http-custom-headers\": \"X-Frame-Options: DENY | Server: me | X-XSS-Protection\\r\\n"
      "Strict-Transport-Security: max-age=1\",\n\"record-processed\": \"true\"}}");
  CHECK(
      loaded.warnings ==
      Lines{"f.json:2: application.http-custom-headers: the item \"Server: me\" is dropped: the names allowed are "
            "X-Frame-Options, X-XSS-Protection, X-Content-Type-Options, Content-Security-Policy, "
            "Strict-Transport-Security",
            "f.json:2: application.http-custom-headers: the item \"X-XSS-Protection\" is dropped: it has no colon; an "
            "item reads \"Name: value\"",
            "f.json:3: application.record-processed: the option is accepted and has no effect"});
}

TEST_CASE("a reload says what changed and when it takes effect", "[config]") {
  CHECK(changes("{}", "{}").empty());
  CHECK(changes("{}", R"({"application": {"http-request-timeout": 10, "dbid": 2}})") ==
        Lines{"application.dbid: 1 -> 2, after a restart", "application.http-request-timeout: 30 -> 10, at once"});
  CHECK(changes(R"({"listeners": [{}]})", R"({"listeners": [{"port": 8081}]})") ==
        Lines{"listeners[0].port: 8080 -> 8081, waits for the next proxy start"});
  CHECK(changes(R"({"listeners": [{}]})", "{}") == Lines{"listeners[0]: removed, at once"});
  CHECK(changes("{}", R"({"listeners": [{}]})") == Lines{"listeners[0]: added, at once"});
}

TEST_CASE("a listener waits for the next start of the proxy of its protocol, if there is one", "[config]") {
  constexpr std::string_view kBoth = R"({"listeners": [{}, {"name": "a", "protocol": "admin", "port": 1}]})";
  constexpr std::string_view kMoved = R"({"listeners": [{"port": 7}, {"name": "a", "protocol": "admin", "port": 2}]})";
  CHECK(changes(R"({"listeners": [{}]})", kBoth) == Lines{"listeners[1]: added, at once"});
  CHECK(changes(kBoth, R"({"listeners": [{}]})") == Lines{"listeners[1]: removed, at once"});
  Config both = good(kBoth).config;
  Config moved = good(kMoved).config;
  std::string http = "listeners[0].port: 8080 -> 7, waits for the next proxy start";
  std::string admin = "listeners[1].port: 1 -> 2, waits for the next proxy start";
  CHECK(config_changes(both, moved, both) == Lines{http, admin});
  CHECK(waiting_of(moved, moved, both) == Lines{http});
  CHECK(waiting_of(moved, moved, both, ListenerProtocol::admin) == Lines{admin});
  Config sandboxed = good(R"({"sandbox": {"landlock": false}})").config;
  Config before = good("{}").config;
  RunningProxy proxies[] = {{ListenerProtocol::http, &before}, {ListenerProtocol::admin, &before}};
  CHECK(config_waiting(sandboxed, sandboxed, proxies) ==
        Lines{"sandbox.landlock: true -> false, waits for the next proxy start"});
}

TEST_CASE("an admin listener that other machines reach needs TLS and tokens", "[config]") {
  auto listener = [](const std::string& members, const std::string& more = "") {
    return R"({"listeners": [{"protocol": "admin", )" + members + "}]" + more + "}";
  };
  const std::string kTokens = R"(, "application": {"authentication": "token"})";
  const std::string kSecure = R"("secure": true, "certificate": "/c", "key": "/k")";
  constexpr std::string_view kOr = "or an address of this machine alone, as 127.0.0.1 or ::1";
  std::string no_tls = fmt::format(
      "f.json:1: listeners[0].secure: an admin listener that other machines reach needs TLS; valid: true, {}", kOr);
  std::string no_tokens = fmt::format(
      "f.json:1: listeners[0].address: an admin listener that other machines reach needs tokens; valid: "
      "application.authentication token, {}",
      kOr);
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "126.0.0.1", "fe80::1"}) {
    CAPTURE(address);
    std::string at = fmt::format(R"("address": "{}")", address);
    CHECK(errors(listener(at)) == Lines{no_tls, no_tokens});
    CHECK(errors(listener(at + ", " + kSecure)) == Lines{no_tokens});
    CHECK(errors(listener(at, kTokens)) == Lines{no_tls});
    CHECK(errors(listener(at + ", " + kSecure, kTokens)) == Lines{});
  }
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    CHECK(errors(listener(fmt::format(R"("address": "{}", "admin-write": true)", address))) == Lines{});
  }
  CHECK(good(R"({"listeners": [{"protocol": "admin"}]})").config.listeners.at(0).address == "127.0.0.1");
  CHECK(good(R"({"listeners": [{"admin-write": true}]})").warnings ==
        Lines{"f.json:1: listeners[0].admin-write: has no effect: protocol is http"});
}

TEST_CASE("what waits for a restart stays as it was at the start, and is listed", "[config]") {
  Config started = good(R"({"application": {"dbid": 1, "http-request-timeout": 30}, "listeners": [{}]})").config;
  Config latest =
      good(R"({"application": {"dbid": 2, "http-request-timeout": 10}, "listeners": [{"port": 8081}]})").config;
  Config in_force = config_in_force(started, latest);
  CHECK(in_force.application.dbid == 1);
  CHECK(in_force.application.limits.request_timeout_ms == 10'000);
  CHECK(in_force.listeners.at(0).port == 8081);
  std::string dbid = "application.dbid: 1 -> 2, after a restart";
  CHECK(config_waiting(in_force, latest, {}) == Lines{dbid});
  CHECK(waiting_of(in_force, latest, started) ==
        Lines{dbid, "listeners[0].port: 8080 -> 8081, waits for the next proxy start"});
  CHECK(waiting_of(in_force, latest, in_force) == Lines{dbid});
  // A second file on top of the first.
  Config third = good(R"({"application": {"dbid": 1}})").config;
  CHECK(config_in_force(in_force, third).application.dbid == 1);
  CHECK(config_waiting(in_force, third, {}).empty());
}

TEST_CASE("what is taken back before the restart needs none", "[config]") {
  Config started = good("{}").config;
  Config second = good(R"({"application": {"dbid": 2}})").config;
  CHECK(config_changes(started, second, started) == Lines{"application.dbid: 1 -> 2, after a restart"});
  CHECK(config_changes(second, started, config_in_force(started, second)) ==
        Lines{"application.dbid: 2 -> 1, at once"});
}

TEST_CASE("a default that follows another option follows the value of it that is in force", "[config]") {
  Config started = good(R"({"server-info": {"host": "a"}})").config;
  Config latest = good(R"({"server-info": {"host": "b"}})").config;
  Lines host{R"(redundancy.name: "a" -> "b", after a restart)", R"(server-info.host: "a" -> "b", after a restart)"};
  Lines changes = config_changes(started, latest, started);
  std::ranges::sort(changes);
  CHECK(changes == host);
  Config in_force = config_in_force(started, latest);
  CHECK(in_force.advertised_host() == "a");
  CHECK(in_force.redundancy.name == "a");
  Lines waiting = waiting_of(in_force, latest, started);
  std::ranges::sort(waiting);
  CHECK(waiting == host);
  // What is given is given, though it be the new host.
  Config given = good(R"({"server-info": {"host": "b", "advertised-host": "b"}})").config;
  CHECK(config_in_force(started, given).advertised_host() == "b");
}

TEST_CASE("a repeated section waits for a restart as a whole, or not at all", "[config]") {
  for (const OptionSection& section : config_options().table()) {
    if (section.shape == OptionShape::single) continue;
    bool waits = section.rows.front().facts.takes_effect == TakesEffect::restart;
    for (const OptionRow& row : section.rows) {
      INFO(section.name << '.' << row.name);
      CHECK((row.facts.takes_effect == TakesEffect::restart) == waits);
    }
  }
}

TEST_CASE("a file that cannot be read is one clear error", "[config]") {
  CHECK(
      load_config("/nowhere/outpost.json").error() ==
      Lines{"/nowhere/outpost.json: cannot be opened: No such file or directory: the folder /nowhere does not exist"});
  CHECK(load_config("/").error() == Lines{"/: cannot be read: Is a directory"});
}

TEST_CASE("a file is loaded, and one that is too large is refused", "[config]") {
  auto path = std::filesystem::temp_directory_path() / fmt::format("outpost-config-test-{}.json", getpid());
  auto write = [&](const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    REQUIRE(file);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
    REQUIRE(std::fclose(file) == 0);
  };
  write(R"({"application": {"name": "n"}})");
  auto loaded = load_config(path);
  REQUIRE(loaded);
  CHECK(loaded->config.application.name == "n");
  write("{}" + std::string(kConfigBytesMax, ' '));
  auto too_large = load_config(path);
  std::filesystem::remove(path);
  REQUIRE_FALSE(too_large);
  CHECK(too_large.error().front().find("expected at most 1 MiB of JSON") != std::string::npos);
}

TEST_CASE("a damaged configuration is refused or valid, never more", "[config]") {
  const std::string sample = sample_config(GENERATE(ApplicationType::outbound, ApplicationType::mobile));
  auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 500; ++i) {
    std::string text = sample;
    for (auto n = random() % 4 + 1; n > 0; --n) text[random() % text.size()] = "{}[]\",:/*09a-\n"[random() % 14];
    auto loaded = parse_config(text, "f.json");
    CHECK((loaded || !loaded.error().empty()));
  }
}

}  // namespace outpost::test::config_test
